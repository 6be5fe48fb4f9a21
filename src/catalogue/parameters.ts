import type { Parameters, Scalar } from '../steps/step-kind.ts';
import type { Runbook } from './catalogue.ts';
import { listed, meant } from './nearest.ts';
import type { Refused } from './needs.ts';
import type { Parameter } from './schema.ts';

const LONGEST = 256;
const NUMBER = /^-?\d{1,15}(\.\d{1,15})?$/;

export type ParametersAnswer = { ok: true; parameters: Parameters } | { ok: false; problems: string[] };

/** Typed values from `name=value` text, defaults filled in; or every reason why not, worded for people. */
export function parametersFor(runbook: Runbook, given: Readonly<Record<string, string>>): ParametersAnswer {
  const problems = Object.keys(given)
    .filter((name) => !Object.hasOwn(runbook.parameters, name))
    .map((name) => strange(runbook, name));
  const read = parametersNamed(runbook, Object.keys(runbook.parameters), given);
  if (problems.length === 0) return read;
  return { ok: false, problems: [...problems, ...(read.ok ? [] : read.problems)] };
}

/** The same for some of the parameters. */
export function parametersNamed(
  runbook: Pick<Runbook, 'parameters'>,
  names: readonly string[],
  given: Readonly<Record<string, string>>,
): ParametersAnswer {
  const problems: string[] = [];
  const parameters: Record<string, Scalar> = {};
  for (const name of names) {
    const parameter = runbook.parameters[name];
    if (!parameter) continue;
    const text = Object.hasOwn(given, name) ? given[name] : undefined;
    const value = text === undefined ? parameter.default : typed(parameter, text);
    const complaint = value === undefined ? missing(parameter, name) : complaintAbout(parameter, value);
    if (complaint) problems.push(value === undefined ? complaint : `${name} ${complaint}.`);
    else if (value !== undefined) parameters[name] = value;
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, parameters: Object.freeze(parameters) };
}

/** The labels of a group of alerts. */
export interface AlertLabels {
  /** Those on which its alerts agree. */
  labels: Readonly<Record<string, string>>;
  /** The values of those on which they do not, or that not all of them have. */
  differing?: Readonly<Record<string, readonly string[]>>;
  /** How many labels were left out, since there were too many. */
  left?: number;
}

/** What labels give to a runbook, and why they gave nothing to those of its parameters that have no value. */
export interface LabelledParameters {
  parameters: Parameters;
  refused: Refused;
}

/**
 * What an alert's labels say of a runbook's parameters: a label called like a parameter (or as its `label` says) gives
 * its value. The default stands only where there is no such label. What a label says and the parameter does not allow
 * is no reason to take something else: that parameter has no value, and whatever needs it says why.
 */
export function parametersFromLabels(
  runbook: Pick<Runbook, 'parameters'>,
  given: AlertLabels,
): LabelledParameters {
  const parameters: Record<string, Scalar> = {};
  const refused: Record<string, string> = {};
  for (const [name, parameter] of Object.entries(runbook.parameters)) {
    const value = labelled(parameter, parameter.label ?? name, given);
    if ('refused' in value) refused[name] = value.refused;
    else parameters[name] = value.is;
  }
  return Object.freeze({ parameters: Object.freeze(parameters), refused: Object.freeze(refused) });
}

function labelled(
  parameter: Parameter,
  key: string,
  { labels, differing = {}, left = 0 }: AlertLabels,
): { is: Scalar } | { refused: string } {
  if (Object.hasOwn(differing, key)) {
    return { refused: `its alerts do not agree on the label ${key} (${quoted(differing[key] ?? [])})` };
  }
  const text = Object.hasOwn(labels, key) ? labels[key] : undefined;
  if (text !== undefined) {
    const value = typed(parameter, text);
    const complaint = complaintAbout(parameter, value);
    const about = parameter.about ? ` (${parameter.about})` : '';
    if (complaint === null) return { is: value };
    return { refused: text === '' ? `the label ${key} is empty` : `${quoted([text])} ${complaint}${about}` };
  }
  if (left > 0) return { refused: `the label ${key} may be among the ${left} that were left out` };
  if (parameter.default !== undefined) return { is: parameter.default };
  return { refused: `there is no label ${key}` };
}

const SHOWN = 3;

/** What came from outside, as one line of text that is not too long. */
function quoted(values: readonly string[]): string {
  const shown = values
    .slice(0, SHOWN)
    .map((value) => (value === '' ? 'nothing' : `"${value.slice(0, 60)}${value.length > 60 ? '…' : ''}"`));
  return [...shown, ...(values.length > SHOWN ? ['…'] : [])].join(', ');
}

/** Why a parameter does not allow a value, to follow its name: `must be at most 5`; null when it does. */
export function complaintAbout(parameter: Parameter, value: Scalar): string | null {
  if (typeof value !== parameter.type) return `must be ${TYPES[parameter.type]}`;
  if (parameter.values && !parameter.values.includes(value as string | number)) {
    return `must be one of ${listed(parameter.values.map(String))}`;
  }
  if (typeof value === 'string') return complaintAboutText(parameter, value);
  if (typeof value !== 'number') return null;
  if (parameter.min !== undefined && value < parameter.min) return `must be at least ${parameter.min}`;
  if (parameter.max !== undefined && value > parameter.max) return `must be at most ${parameter.max}`;
  return null;
}

/** What names one thing and is given as nothing would often mean all: it has to be foreseen. */
function complaintAboutText(parameter: Parameter, value: string): string | null {
  if (value === '' && parameter.default !== '' && !parameter.values) return 'must not be empty';
  if (value.length > LONGEST) return `must be at most ${LONGEST} characters long`;
  // U+FFFD stands where something was that nobody can store.
  if (/[\p{Cc}\p{Cf}\p{Cs}\uFFFD]/u.test(value)) return 'must not have control or invisible characters';
  if (parameter.pattern !== undefined && !wholeMatch(parameter.pattern).test(value)) {
    return `must match ${parameter.pattern}`;
  }
  return null;
}

/** The whole value has to match, as in HTML: a pattern without `^` and `$` lets nothing else in. */
export function wholeMatch(pattern: string): RegExp {
  new RegExp(pattern, 'u');
  return new RegExp(`^(?:${pattern})$`, 'u');
}

const TYPES = { string: 'text', number: 'a number', boolean: 'true or false' } as const;

/** Text that is not of the type stays text, so that the complaint is about the type. */
function typed(parameter: Parameter, text: string): Scalar {
  if (parameter.type === 'number' && NUMBER.test(text)) return Number(text);
  if (parameter.type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}

function missing(parameter: Parameter, name: string): string {
  const about = parameter.about ? ` (${parameter.about})` : '';
  return `${name} is missing${about}: write ${name}=${parameter.values?.[0] ?? '…'}.`;
}

function strange(runbook: Runbook, name: string): string {
  const known = Object.keys(runbook.parameters);
  if (known.length === 0) return `${runbook.title} takes no parameters, and ${name.slice(0, 60)} is one.`;
  return `There is no parameter ${name.slice(0, 60)}: ${meant(name, known, 'there are')}`;
}
