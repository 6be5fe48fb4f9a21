import type { ObservedValue, Scalar } from '../steps/step-kind.ts';

type Comparator = '>' | '>=' | '<' | '<=' | '==' | '!=';

/** One parsed condition. `field` picks one named field of a record; without it any field may satisfy it. */
export type Condition =
  | { kind: 'empty' }
  | { kind: 'not-empty' }
  | { kind: 'compare'; field?: string; comparator: Comparator; operand: number | string | boolean };

const COMPARISON = /^(?:([A-Za-z_][\w.-]*)\s*)?(>=|<=|==|!=|>|<)\s*(.+)$/;

/**
 * Parses `> 500`, `ready < 1`, `!= PONG`, `none` (nothing there) and `some` (something there).
 * Throws an Error whose message says what is allowed.
 */
export function parseCondition(text: string): Condition {
  const trimmed = text.trim();
  if (trimmed === 'none') return { kind: 'empty' };
  if (trimmed === 'some') return { kind: 'not-empty' };
  const match = COMPARISON.exec(trimmed);
  if (!match?.[2] || !match[3]) {
    throw new Error(
      `"${text}" is not a condition; write for example "> 500", "ready < 1", "!= PONG", none or some`,
    );
  }
  const comparator = match[2] as Comparator;
  const operand = literal(match[3].trim());
  if (typeof operand !== 'number' && comparator !== '==' && comparator !== '!=') {
    throw new Error(`"${text}" compares with "${operand}", which is not a number; use == or != for words`);
  }
  return { kind: 'compare', comparator, operand, ...(match[1] ? { field: match[1] } : {}) };
}

/** A check's `warning` or `failing`: one condition, or a list of which any may hold. */
export function parseConditions(written: string | readonly string[] | undefined): Condition[] {
  if (written === undefined) return [];
  return (typeof written === 'string' ? [written] : written).map(parseCondition);
}

export function holds(condition: Condition, value: ObservedValue): boolean {
  if (condition.kind === 'empty') return isEmpty(value);
  if (condition.kind === 'not-empty') return !isEmpty(value);
  return candidates(condition.field, value).some((candidate) =>
    compare(candidate, condition.comparator, condition.operand),
  );
}

/** Bounds of plain numeric comparisons, to be drawn into a chart, and on which side of them the bad lies. */
export interface Thresholds {
  warning?: number;
  failing?: number;
  side?: 'over' | 'under';
}

export function thresholdsOf(warning: readonly Condition[], failing: readonly Condition[]): Thresholds {
  const [warns, fails] = [bound(warning), bound(failing)];
  const side = fails?.side ?? warns?.side;
  return {
    ...(warns ? { warning: warns.at } : {}),
    ...(fails ? { failing: fails.at } : {}),
    ...(side ? { side } : {}),
  };
}

function bound(conditions: readonly Condition[]): { at: number; side: 'over' | 'under' } | undefined {
  for (const condition of conditions) {
    if (condition.kind !== 'compare' || typeof condition.operand !== 'number') continue;
    if (condition.comparator === '>' || condition.comparator === '>=')
      return { at: condition.operand, side: 'over' };
    if (condition.comparator === '<' || condition.comparator === '<=')
      return { at: condition.operand, side: 'under' };
  }
  return undefined;
}

function literal(text: string): number | string | boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  const unquoted = /^(["'])(.*)\1$/.exec(text);
  if (unquoted) return unquoted[2] ?? '';
  const number = Number(text);
  return text !== '' && Number.isFinite(number) ? number : text;
}

function isEmpty(value: ObservedValue): boolean {
  if (value === null || value === '') return true;
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

function candidates(field: string | undefined, value: ObservedValue): readonly Scalar[] {
  if (Array.isArray(value)) return field === undefined || field === 'count' ? [value.length] : [];
  if (value !== null && typeof value === 'object') {
    const record = value as Readonly<Record<string, Scalar>>;
    return field === undefined ? Object.values(record) : field in record ? [record[field] ?? null] : [];
  }
  return field === undefined ? [value as Scalar] : [];
}

function compare(left: Scalar, comparator: Comparator, right: number | string | boolean): boolean {
  if (comparator === '==') return left === right;
  if (comparator === '!=') return left !== right;
  if (typeof left !== 'number' || typeof right !== 'number') return false;
  if (comparator === '>') return left > right;
  if (comparator === '>=') return left >= right;
  if (comparator === '<') return left < right;
  return left <= right;
}
