import type { StepKind } from '../../steps/step-kind.ts';
import type { Located, Path } from '../document.ts';
import { problemsOfShape } from '../issues.ts';
import { meant } from '../nearest.ts';
import { placeholdersOf } from '../needs.ts';
import type { Problem } from '../problem.ts';
import { CHECK_KEYS, type RunbookFile } from '../schema.ts';
import { isAble, type PlacedStep, type RunbookContext } from './context.ts';

/** Step kinds, their inputs, and the placeholders in them. */
export function lintSteps(context: RunbookContext): Problem[] {
  return [...lintKindsOfChecks(context), ...context.steps.flatMap((step) => lintStep(context, step))];
}

/** Beside a check's own keys stands exactly one more: the step kind. */
function lintKindsOfChecks({ document, runbook, kinds }: RunbookContext): Problem[] {
  return Object.entries(runbook.checks).flatMap(([name, check]) => {
    const path = ['checks', name];
    const others = Object.keys(check).filter((key) => !CHECK_KEYS.includes(key));
    const probes = others.filter((key) => Object.hasOwn(kinds, key));
    const strange = others.filter((key) => !probes.includes(key));
    if (probes.length > 1) {
      const second = probes[1] as string;
      const message = `"${name}" has two probes: ${probes.join(' and ')}`;
      return [document.problem('wrong-type', [...path, second], message, 'make it two checks')];
    }
    if (probes.length === 0 && strange.length !== 1) {
      const mend = `add one of ${Object.keys(kinds).join(', ')}`;
      return [document.problem('missing-key', path, `"${name}" has no step kind that probes`, mend)];
    }
    return strange.map((key) =>
      probes.length === 0
        ? unknownKind(document, [...path, key], key, kinds)
        : unknownKey(document, path, key),
    );
  });
}

function unknownKey(document: Located, path: Path, key: string): Problem {
  return document.problem(
    'unknown-key',
    [...path, key],
    `"${key}" is not known here`,
    meant(key, CHECK_KEYS, 'known are'),
  );
}

function unknownKind(document: Located, path: Path, key: string, kinds: RunbookContext['kinds']): Problem {
  return document.problem(
    'unknown-step-kind',
    path,
    `there is no step kind "${key}"`,
    meant(key, Object.keys(kinds), 'there are'),
  );
}

function lintStep(context: RunbookContext, step: PlacedStep): Problem[] {
  const { document, kinds } = context;
  const { parsed } = step;
  const kind = kinds[step.kind];
  if (!kind || !parsed) return [unknownKind(document, step.path, step.kind, kinds)];
  const cannot = whatItCannot(kind, step);
  if (cannot) return [document.problem('step-cannot', step.path, cannot, `use ${whoCan(context, step)}`)];
  if (!parsed.success) {
    return problemsOfShape({ document, schema: kind.input, at: step.path, rule: 'step-input' }, parsed.error);
  }
  const wrong = misplaced(kind, parsed.data, step);
  if (wrong) {
    const mend = step.asked === 'act' ? 'make it a check' : 'put it under the steps of an action';
    return [document.problem('step-cannot', step.path, `${kind.name}: ${wrong}`, mend)];
  }
  const mild = tooMild(context, kind, parsed.data, step);
  if (mild) return [mild];
  const declared = Object.keys(context.runbook.parameters ?? {});
  const strange = placeholdersOf(step.input).filter((name) => !declared.includes(name));
  const said = kind.check?.(parsed.data, [...declared, ...strange]) ?? [];
  return [
    ...strange.map((name) => unknownPlaceholder(document, step.path, name, declared)),
    ...said.map((message) =>
      document.problem('step-check', step.path, `${step.kind}: ${message}`, 'correct it there'),
    ),
  ];
}

const DOES = {
  look: 'cannot look at anything',
  'dry-run': 'cannot be looked at beforehand',
  act: 'cannot change anything',
} as const;

/** An input that changes something does not stand in a check, and the other way round. */
function misplaced(kind: StepKind, input: unknown, { asked }: PlacedStep): string | null {
  const asks = kind.asks?.(input);
  if (asks === undefined || asks === (asked === 'act' ? 'act' : 'look')) return null;
  return asks === 'act' ? 'this changes something' : 'this only looks';
}

/** What is destroyed has to be approved: its risk is no matter of opinion. */
function tooMild(
  { document, runbook }: RunbookContext,
  kind: StepKind,
  input: unknown,
  { path: [place, name = ''], asked }: PlacedStep,
): Problem | null {
  const action = place === 'actions' ? runbook.actions?.[name] : undefined;
  if (!action || asked !== 'act' || action.risk === 'destructive' || !kind.destroys?.(input)) return null;
  const message = `"${name}" is said to be ${action.risk}, and its ${kind.name} step destroys something`;
  return document.problem('risk-too-mild', ['actions', name, 'risk'], message, 'write risk: destructive');
}

function whatItCannot(kind: StepKind, { asked }: PlacedStep): string | null {
  return isAble(kind, asked) ? null : `${kind.name} ${DOES[asked]}`;
}

function whoCan({ kinds }: RunbookContext, { asked }: PlacedStep): string {
  return Object.values(kinds)
    .filter((kind) => isAble(kind, asked))
    .map((kind) => kind.name)
    .join(', ');
}

function unknownPlaceholder(
  document: Located,
  path: Path,
  name: string,
  declared: readonly string[],
): Problem {
  const mend = meant(name, declared, `declare "${name}" under parameters`);
  return document.problem('unknown-placeholder', path, `{${name}} is not a parameter of this runbook`, mend);
}

/** Placeholders in titles and in what a failing check means. */
export function lintWords({ document, runbook }: RunbookContext): Problem[] {
  const declared = Object.keys(runbook.parameters ?? {});
  return wordsOf(runbook).flatMap(([path, words]) =>
    placeholdersOf(words)
      .filter((name) => !declared.includes(name))
      .map((name) => unknownPlaceholder(document, path, name, declared)),
  );
}

function wordsOf({ checks, actions = {} }: RunbookFile): [Path, string | undefined][] {
  return [
    ...Object.entries(checks).flatMap(([name, { title, means }]): [Path, string | undefined][] => [
      [['checks', name, 'title'], title],
      [['checks', name, 'means'], means],
    ]),
    ...Object.entries(actions).map(([name, { title }]): [Path, string] => [
      ['actions', name, 'title'],
      title,
    ]),
  ];
}
