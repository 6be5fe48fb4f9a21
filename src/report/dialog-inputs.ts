import type { InputBlock, InputBlockElement } from '@slack/types';
import type { Runbook } from '../catalogue/catalogue.ts';
import type { Parameter } from '../catalogue/schema.ts';
import type { Scalar } from '../steps/step-kind.ts';
import { plain } from './blocks.ts';
import { BLOCKS } from './ids.ts';

export const ACTION_ID = BLOCKS.action;
const LONGEST = 256;

type Chosen = Pick<Runbook, 'service' | 'name'>;

/** Blocks are named by their runbook, so that what was chosen for one is not kept for the next. */
export function actionBlock({ service, name }: Chosen): string {
  return `${BLOCKS.action}:${service}/${name}`;
}

function parameterBlock({ service, name }: Chosen, parameter: string): string {
  return `${BLOCKS.parameter}:${service}/${name}:${parameter}`;
}

/** `refused`: why an alert gave it no value; then it has to be typed, and nothing stands there beforehand. */
export function parameterInput(
  runbook: Chosen,
  name: string,
  parameter: Parameter,
  refused?: string,
): InputBlock {
  const hint = [
    parameter.about,
    parameter.pattern && `must match ${parameter.pattern}`,
    refused && `the alert did not say it: ${refused}`,
  ]
    .filter(Boolean)
    .join(' · ');
  if (refused !== undefined) {
    const { default: _, ...rest } = parameter;
    return inputFor(runbook, name, rest, hint);
  }
  return inputFor(runbook, name, parameter, hint);
}

function inputFor(runbook: Chosen, name: string, parameter: Parameter, hint: string): InputBlock {
  return {
    type: 'input',
    block_id: parameterBlock(runbook, name),
    label: plain(name, 150),
    ...(hint ? { hint: plain(hint, 300) } : {}),
    optional: parameter.default !== undefined,
    element: elementFor(parameter),
  };
}

function elementFor(parameter: Parameter): InputBlockElement {
  const { default: initial, type, values } = parameter;
  const choices = (values?.map(String) ?? (type === 'boolean' ? ['true', 'false'] : [])).filter(isOption);
  if (choices.length > 0) return choice(choices, initial ?? null);
  if (type === 'number') return numberInput(parameter);
  const start =
    typeof initial === 'string' && initial !== '' && initial.length <= LONGEST
      ? { initial_value: initial }
      : {};
  return { type: 'plain_text_input', action_id: BLOCKS.parameter, max_length: LONGEST, ...start };
}

/** Slack refuses an option without a value, or with a long one. */
function isOption(value: string): boolean {
  return value !== '' && value.length <= 150;
}

function choice(choices: readonly string[], initial: Scalar): InputBlockElement {
  const options = choices.slice(0, 100).map((value) => ({ text: plain(value, 75), value }));
  const chosen = options.find((option) => option.value === String(initial));
  const start = chosen ? { initial_option: chosen } : {};
  return { type: 'static_select', action_id: BLOCKS.parameter, options, ...start };
}

function numberInput({ default: initial, min, max }: Parameter): InputBlockElement {
  return {
    type: 'number_input',
    action_id: BLOCKS.parameter,
    is_decimal_allowed: true,
    ...(min === undefined ? {} : { min_value: String(min) }),
    ...(max === undefined ? {} : { max_value: String(max) }),
    ...(typeof initial === 'number' ? { initial_value: String(initial) } : {}),
  };
}

export interface DialogValues {
  /** `service/runbook` */
  runbook: string | null;
  action: string | null;
  /** As typed, not checked yet; left out where nothing was typed. */
  parameters: Readonly<Record<string, string>>;
  reason: string | null;
  /** Values of the boxes that are ticked. */
  chosen: readonly string[];
}

/** Reads `view.state.values`. What is not one of our blocks is passed over. */
export function readDialog(values: unknown): DialogValues {
  const read = {
    runbook: null as string | null,
    action: null as string | null,
    reason: null as string | null,
  };
  const parameters: Record<string, string> = {};
  const chosen: string[] = [];
  for (const [block, elements] of entries(values)) {
    if (block === BLOCKS.labels) chosen.push(...entries(elements).flatMap(([, one]) => tickedIn(one)));
    const typed = entries(elements).map(([, element]) => typedInto(element))[0] ?? null;
    if (typed === null || typed === '') continue;
    const [kind, , parameter] = block.split(':');
    if (kind === BLOCKS.parameter && parameter) parameters[parameter] = typed;
    else if (kind === BLOCKS.runbook || kind === BLOCKS.action || kind === BLOCKS.reason) read[kind] = typed;
  }
  return { ...read, parameters, chosen };
}

function typedInto(element: unknown): string | null {
  const found = Object.fromEntries(entries(element));
  const selected = Object.fromEntries(entries(found.selected_option));
  const value = found.value ?? selected.value ?? null;
  return typeof value === 'string' ? value.trim() : null;
}

function tickedIn(element: unknown): string[] {
  const { selected_options: options } = Object.fromEntries(entries(element));
  return entries(options).flatMap(([, option]) => {
    const { value } = Object.fromEntries(entries(option));
    return typeof value === 'string' ? [value] : [];
  });
}

function entries(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}

/** For `response_action: 'errors'`: problems that begin with a parameter's name go to its block, others to the top. */
export function dialogErrors(runbook: Runbook, problems: readonly string[]): Record<string, string> {
  const errors: Record<string, string> = {};
  for (const problem of problems) {
    const name = Object.keys(runbook.parameters).find((one) => problem.startsWith(`${one} `));
    const block = name === undefined ? BLOCKS.runbook : parameterBlock(runbook, name);
    errors[block] = errors[block] ? `${errors[block]} ${problem}` : problem;
  }
  return errors;
}
