import { placeholdersIn } from '../steps/shared/placeholders.ts';
import type { Parameters } from '../steps/step-kind.ts';
import type { Runbook, RunbookAction, RunbookCheck } from './catalogue.ts';

/** Why an alert gave a parameter no value, by the parameter's name. */
export type Refused = Readonly<Record<string, string>>;

/** The names of all placeholders anywhere in a value, each once. */
export function placeholdersOf(value: unknown): string[] {
  if (typeof value === 'string') return [...new Set(placeholdersIn(value).map(({ name }) => name))];
  if (value === null || typeof value !== 'object') return [];
  return [...new Set(Object.values(value).flatMap(placeholdersOf))];
}

/** The parameters that a check asks with and that have no value. */
export function lackingForCheck(
  runbook: Pick<Runbook, 'parameters'>,
  check: Pick<RunbookCheck, 'step'>,
  parameters: Parameters,
): string[] {
  return lacking(runbook, [check.step.input], parameters);
}

/** The same for an action: for what it does and is called, and for the checks that justify and prove it. */
export function lackingForAction(
  runbook: Pick<Runbook, 'parameters' | 'checks'>,
  { title, steps, preview, criteria = [], verify }: RunbookAction,
  parameters: Parameters,
): string[] {
  const looked = [...criteria, ...(verify?.checks ?? [])];
  const checks = runbook.checks.filter(({ name }) => looked.includes(name)).map(({ step }) => step.input);
  return lacking(runbook, [title, steps, preview, checks], parameters);
}

function lacking(runbook: Pick<Runbook, 'parameters'>, uses: unknown, parameters: Parameters): string[] {
  return placeholdersOf(uses).filter(
    (name) => Object.hasOwn(runbook.parameters, name) && !Object.hasOwn(parameters, name),
  );
}

/** `queue: "a b" must match [a-z]+`, one for each. */
export function lackingInWords(names: readonly string[], refused: Refused = {}): string[] {
  return names.map((name) => `${name}: ${refused[name] ?? 'nobody has said what it is'}`);
}
