import type { Parameters, Scalar } from '../steps/step-kind.ts';
import type { Runbook } from './catalogue.ts';
import { listed, meant } from './nearest.ts';
import type { Parameter } from './schema.ts';

const LONGEST = 256;
const NUMBER = /^-?\d{1,15}(\.\d{1,15})?$/;

export type ParametersAnswer = { ok: true; parameters: Parameters } | { ok: false; problems: string[] };

/** Typed values from `name=value` text, defaults filled in; or every reason why not, worded for people. */
export function parametersFor(runbook: Runbook, given: Readonly<Record<string, string>>): ParametersAnswer {
  const problems = Object.keys(given)
    .filter((name) => !Object.hasOwn(runbook.parameters, name))
    .map((name) => strange(runbook, name));
  const parameters: Record<string, Scalar> = {};
  for (const [name, parameter] of Object.entries(runbook.parameters)) {
    const text = Object.hasOwn(given, name) ? given[name] : undefined;
    const value = text === undefined ? parameter.default : typed(parameter, text);
    const complaint = value === undefined ? missing(parameter, name) : complaintAbout(parameter, value);
    if (complaint) problems.push(value === undefined ? complaint : `${name} ${complaint}.`);
    else if (value !== undefined) parameters[name] = value;
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, parameters: Object.freeze(parameters) };
}

/**
 * What an alert's labels say of a runbook's parameters: a label called like a parameter (or as its `label` says)
 * gives its value when the parameter allows it, otherwise the default stands. A parameter without either is left
 * out, and steps that need it say so.
 */
export function parametersFromLabels(runbook: Runbook, labels: Readonly<Record<string, string>>): Parameters {
  const parameters: Record<string, Scalar> = {};
  for (const [name, parameter] of Object.entries(runbook.parameters)) {
    const key = parameter.label ?? name;
    const label = Object.hasOwn(labels, key) ? labels[key] : undefined;
    const value = label === undefined ? undefined : typed(parameter, label);
    if (value !== undefined && complaintAbout(parameter, value) === null) parameters[name] = value;
    else if (parameter.default !== undefined) parameters[name] = parameter.default;
  }
  return Object.freeze(parameters);
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
  if (/[\p{Cc}\p{Cf}\p{Cs}]/u.test(value)) return 'must not have control or invisible characters';
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
