import type { Observation, Scalar } from '../../step-kind.ts';
import { clipped, count, plainText } from '../text.ts';
import type { Answer } from './client.ts';

/** How many rows are kept of an answer; one more is asked for, to know that there are more. */
export const MOST_ROWS = 1_000;
const MOST_COLUMNS = 200;
const MOST_SHOWN = 20;
const LONGEST = 500;
const BOOLEAN = 16;
/** int8, int2, int4, oid, float4, float8, numeric */
const FIGURES = [20, 21, 23, 26, 700, 701, 1700];

/**
 * One row with one column is a scalar, one with several its fields by name, several rows the list of their first
 * column, and none is null.
 */
export function observed({ columns, rows }: Answer): Observation {
  const evidence = rows.length > 0 ? [{ label: 'Answer', text: table({ columns, rows }) }] : [];
  const [first] = rows;
  if (!first) return { value: null, says: 'no row', evidence };
  if (rows.length > 1) return { ...listed(rows), evidence };
  const fields = columns.map(({ name, type }, index) => [name, typed(first[index] ?? null, type)] as const);
  if (fields.length === 1) return { value: fields[0]?.[1] ?? null, evidence };
  return { value: Object.fromEntries(fields.slice(0, MOST_COLUMNS)), evidence };
}

function listed(rows: Answer['rows']): Pick<Observation, 'value' | 'says'> {
  const value = rows.slice(0, MOST_ROWS).map(([text]) => clipped(text ?? 'null', LONGEST));
  if (rows.length <= MOST_ROWS) return { value };
  return { value, says: `over ${count(MOST_ROWS)} rows, of which the first ${count(MOST_ROWS)} are kept` };
}

/** A figure is a number; NaN is nothing. Times, intervals, JSON and the like stay as PostgreSQL writes them. */
function typed(text: string | null, type: number): Scalar {
  if (text === null) return null;
  if (type === BOOLEAN) return text === 't';
  if (!FIGURES.includes(type)) return clipped(plainText(text), LONGEST);
  const figure = Number(text);
  return Number.isNaN(figure) ? null : figure;
}

/** The first rows as lines, columns apart by a bar. */
export function table({ columns, rows }: Answer): string {
  const head = columns.map(({ name }) => name).join(' | ');
  const lines = rows.slice(0, MOST_SHOWN).map((row) => row.map((text) => cell(text)).join(' | '));
  const more = rows.length > MOST_SHOWN ? [`and more, of ${count(rows.length)} rows that were read`] : [];
  return clipped([head, ...lines, ...more].join('\n'), 4_000);
}

function cell(text: string | null): string {
  return text === null ? 'null' : clipped(plainText(text).replaceAll('\n', ' '), 200);
}
