import type { Observation, Scalar } from '../../step-kind.ts';
import { clipped, count, plainText } from '../text.ts';
import { type Answer, MOST_RECORDS } from './client.ts';

const MOST_FIELDS = 200;
const MOST_SHOWN = 20;
const LONGEST = 500;

/**
 * One record with one field is a scalar, or a list when the field is one; one with several its fields by name; several
 * records the list of their first field; and none is null.
 */
export function observed({ keys, rows }: Answer): Observation {
  const [first] = rows;
  if (!first) return { value: null, says: 'no record', evidence: [] };
  const evidence = [{ label: 'Answer', text: table(keys, rows) }];
  if (rows.length > 1) return { ...listed(rows.map(([field]) => field)), evidence };
  if (first.length > 1) {
    const fields = keys.slice(0, MOST_FIELDS).map((key, index) => [key, scalar(first[index])]);
    return { value: Object.fromEntries(fields), evidence };
  }
  return Array.isArray(first[0]) ? { ...listed(first[0]), evidence } : { value: scalar(first[0]), evidence };
}

function listed(all: readonly unknown[]): Pick<Observation, 'value' | 'says'> {
  const value = all.slice(0, MOST_RECORDS).map(text);
  if (all.length <= MOST_RECORDS) return { value };
  const most = count(MOST_RECORDS);
  return { value, says: `over ${most} values, of which the first ${most} are kept` };
}

/** A figure is a number; NaN is nothing. */
function scalar(value: unknown): Scalar {
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'number') return Number.isNaN(value) ? null : value;
  if (typeof value === 'boolean' || value === null || value === undefined) return value ?? null;
  return text(value);
}

/** Nodes and relationships by what they are and hold; times and points as the driver writes them. */
function text(value: unknown): string {
  const written = plain(value ?? null);
  return clipped(plainText(typeof written === 'string' ? written : JSON.stringify(written)), LONGEST);
}

function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(plain);
  if ('properties' in value) {
    const { labels, type, properties } = value as { labels?: unknown; type?: unknown; properties: object };
    return { [`:${labels ?? type}`]: plain({ ...properties }) };
  }
  if (Object.getPrototypeOf(value) !== Object.prototype) return String(value);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}

function table(keys: readonly string[], rows: Answer['rows']): string {
  const lines = rows
    .slice(0, MOST_SHOWN)
    .map((row) => row.map((field) => clipped(text(field), 200)).join(' | '));
  const more = rows.length > MOST_SHOWN ? [`and more, of ${count(rows.length)} records that were read`] : [];
  return clipped([keys.join(' | '), ...lines, ...more].join('\n'), 4_000);
}
