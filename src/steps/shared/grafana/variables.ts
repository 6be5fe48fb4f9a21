import { GuardiaError } from '../../../errors.ts';
import type { DashboardVariable } from './dashboard.ts';
import type { Chosen } from './link.ts';
import type { TimeRange } from './time.ts';

/** Grafana's own three notations: `$x`, `[[x]]` or `[[x:regex]]`, and `${x}` or `${x:regex}`. */
export const VARIABLE = /\$(\w+)|\[\[(\w+)(?::(\w+))?\]\]|\$\{(\w+)(?:\.[^:}]+)?(?::([^}]+))?\}/g;
/** What stands for an interval that Grafana works out itself. */
const AUTO = '$__auto';

export interface VariableValue {
  values: readonly string[];
  /** People may choose several: such a value is part of a regular expression. */
  many: boolean;
  /** It is not the dashboard's own, so that it may be anything. */
  given: boolean;
  /** What stands for All, put in as it is. */
  all?: string;
  /** Unix milliseconds, of `__from` and `__to`. */
  moment?: number;
}

/** What each variable of a dashboard is at the moment; undefined where the dashboard keeps no value of it. */
export type VariableValues = ReadonlyMap<string, VariableValue | undefined>;

/** What was chosen, else what the dashboard was saved with. */
export function variableValues(
  variables: readonly DashboardVariable[],
  chosen: Readonly<Record<string, Chosen>>,
  { from, to }: TimeRange,
): VariableValues {
  const moment = (at: number) => ({ values: [String(at)], many: false, given: false, moment: at });
  return new Map([
    ['__from', moment(from)],
    ['__to', moment(to)],
    ...variables.map((one) => [one.name, currentOf(one, chosen[one.name])] as const),
  ]);
}

/** Names that were chosen and that the dashboard does not have. */
export function strangeVariables(
  variables: readonly DashboardVariable[],
  chosen: Readonly<Record<string, Chosen>>,
): string[] {
  return Object.keys(chosen).filter((name) => !variables.some((one) => one.name === name));
}

/** As a title or a legend shows them. */
export function filledTitle(text: string, values: VariableValues): string {
  return text.replace(VARIABLE, (match, ...groups) => {
    const value = values.get(variableIn(groups).name);
    if (!value) return match;
    return value.all === undefined ? value.values.join(' + ') : 'All';
  });
}

/** The groups of a match of VARIABLE. */
export function variableIn(groups: readonly unknown[]): { name: string; format: string } {
  const [plain, bracket, bracketFormat, brace, braceFormat] = groups as (string | undefined)[];
  return { name: plain ?? bracket ?? brace ?? '', format: bracketFormat ?? braceFormat ?? '' };
}

/** Undefined for what is none of the dashboard's, and for what has no value, which is an error. */
export function knownValue(name: string, values: VariableValues): VariableValue | undefined {
  if (!values.has(name)) return undefined;
  const value = values.get(name);
  if (value) return value;
  const message = `the dashboard keeps no value of its variable ${name}; give one under variables`;
  throw new GuardiaError('bad-input', message);
}

function currentOf(variable: DashboardVariable, given: Chosen | undefined): VariableValue | undefined {
  const many = variable.multi || variable.includeAll;
  if (given === 'all') return everything(variable, many);
  if (given !== undefined) return { values: given, many, given: true };
  const current = savedValues(variable);
  if (current.length === 1 && current[0] === '$__all') return everything(variable, many);
  const values = current.map((value) => (value.startsWith(AUTO) ? '$__interval' : value));
  return values.length === 0 ? undefined : { values, many, given: false };
}

/** Its own word for All; else each of its options; where Grafana would have to ask for them, whatever there is. */
function everything(variable: DashboardVariable, many: boolean): VariableValue {
  if (!many) throw new GuardiaError('bad-input', `the variable ${variable.name} of the dashboard has no All`);
  const options = variable.options.map(({ value }) => value).filter((value) => value !== '$__all');
  const all = variable.allValue || (options.length === 0 ? '.*' : undefined);
  return { values: options, many, given: false, ...(all === undefined ? {} : { all }) };
}

function savedValues({ type, current, options, query }: DashboardVariable): readonly string[] {
  if (type === 'constant') return [query];
  const saved = current?.value ?? [];
  if (saved.length > 0 && !(saved.length === 1 && saved[0] === '' && type !== 'textbox')) return saved;
  if (type === 'textbox') return [query];
  if (type !== 'custom' && type !== 'interval') return [];
  return [options[0]?.value ?? query.split(',')[0]?.trim() ?? ''].filter((value) => value !== '');
}
