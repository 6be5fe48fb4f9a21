import { z } from 'zod';
import type { Scalar } from '../../step-kind.ts';
import { clipped } from '../text.ts';

const MOST_NAME = 200;

const positions = z.array(z.number()).nullish();
const entities = z.object({ NaN: positions, Inf: positions, NegInf: positions }).nullish();
const field = z.object({
  name: z.string().default(''),
  type: z.string().default('other'),
  labels: z.record(z.string(), z.string()).nullish(),
  config: z
    .object({
      displayNameFromDS: z.string().optional(),
      displayName: z.string().optional(),
      unit: z.string().optional(),
    })
    .nullish()
    .catch(null),
});
const frame = z.object({
  schema: z.object({
    name: z.string().nullish(),
    fields: z.array(field).default([]),
    meta: z
      .object({ notices: z.array(z.object({ text: z.string() })).nullish() })
      .nullish()
      .catch(null),
  }),
  data: z
    .object({
      values: z.array(z.array(z.unknown())).default([]),
      entities: z.array(entities).nullish(),
    })
    .default({ values: [] }),
});
const result = z.object({
  frames: z.array(frame).nullish(),
  error: z.string().nullish(),
  status: z.number().nullish(),
});

/** What `POST /api/ds/query` answers: for each refId its data frames, or its error. */
export const queryAnswer = z.object({ results: z.record(z.string(), result) });
export type QueryAnswer = z.output<typeof queryAnswer>;
export type Frame = z.output<typeof frame>;

export interface Column {
  name: string;
  /** `time` in unix milliseconds, `number`, `string`, `boolean`, `other`. */
  type: string;
  labels: Readonly<Record<string, string>>;
  /** How Grafana's data source calls it, by its legend. */
  title?: string;
  unit?: string;
  values: readonly Scalar[];
}

/** A frame column by column. JSON has no NaN and no infinity: those stand beside the values. */
export function columnsOf({ schema, data }: Frame): Column[] {
  return schema.fields.map(({ name, type, labels, config }, index) => ({
    name,
    type,
    labels: labels ?? {},
    ...optional({ title: config?.displayNameFromDS ?? config?.displayName, unit: config?.unit }),
    values: decoded((data.values[index] ?? []).map(scalar), data.entities?.[index]),
  }));
}

/** Columns of numbers over the time of their frame; `at` is undefined for a frame without one. */
export interface Numbers {
  column: Column;
  at: readonly Scalar[] | undefined;
  /** What tells rows apart that a frame holds one below the other. */
  frame?: string | undefined;
}

export function numbersIn(frame: Frame): Numbers[] {
  const columns = columnsOf(frame);
  const at = columns.find(({ type }) => type === 'time')?.values;
  const numbers = columns.filter(({ type }) => type === 'number');
  const name = frame.schema.name ?? undefined;
  return numbers.flatMap((column) =>
    apart(columns, column, at).map((part) => ({ ...part, ...(numbers.length === 1 ? { frame: name } : {}) })),
  );
}

/** Of a frame with time and texts, as SQL gives it, each combination of texts is a series. */
function apart(columns: readonly Column[], column: Column, at: readonly Scalar[] | undefined): Numbers[] {
  const texts = columns.filter(({ type }) => type === 'string');
  if (at === undefined || texts.length === 0) return [{ column, at }];
  const rows = Map.groupBy(column.values.keys(), (row) =>
    JSON.stringify(texts.map(({ values }) => values[row])),
  );
  return [...rows.values()].map((indexes) => {
    const labels = Object.fromEntries(
      texts.map(({ name, values }) => [name, String(values[indexes[0] as number])]),
    );
    const pick = (values: readonly Scalar[]) => indexes.map((row) => values[row] ?? null);
    return { column: { ...column, labels, values: pick(column.values) }, at: pick(at) };
  });
}

/** Whether a frame is nothing but numbers over time. */
export function isOverTime({ schema: { fields } }: Frame): boolean {
  const types = fields.map(({ type }) => type);
  return types.includes('time') && types.includes('number') && !types.includes('string');
}

/**
 * A name for each, as Grafana's legend has it: by the data source, else by the labels in which they differ; the value of a
 * label alone where there is only one such. Each name is there once.
 */
export function namesOf(all: readonly Numbers[]): string[] {
  const differing = differingLabels(all.map(({ column }) => column.labels));
  const seen = new Map<string, number>();
  return all.map((one) => {
    const name = clipped(nameOf(one, differing), MOST_NAME);
    const times = (seen.get(name) ?? 0) + 1;
    seen.set(name, times);
    return times === 1 ? name : `${name} (${times})`;
  });
}

function nameOf({ column: { title, name, labels }, frame }: Numbers, differing: readonly string[]): string {
  if (title) return title;
  const own = differing.filter((label) => labels[label] !== undefined);
  const plain = frame || name || 'Value';
  if (own.length === 0) return plain;
  if (differing.length === 1) return labels[own[0] as string] as string;
  const pairs = own.map((label) => `${label}=${JSON.stringify(labels[label])}`).join(', ');
  return plain === 'Value' ? `{${pairs}}` : `${plain}{${pairs}}`;
}

function differingLabels(all: readonly Readonly<Record<string, string>>[]): string[] {
  const names = [...new Set(all.flatMap((labels) => Object.keys(labels)))];
  return names.filter((name) => all.length === 1 || new Set(all.map((labels) => labels[name])).size > 1);
}

function decoded(values: Scalar[], at: z.output<typeof entities>): Scalar[] {
  const stand = { NaN: Number.NaN, Inf: Number.POSITIVE_INFINITY, NegInf: Number.NEGATIVE_INFINITY };
  for (const [name, value] of Object.entries(stand)) {
    for (const index of at?.[name as keyof typeof stand] ?? []) {
      if (index < values.length) values[index] = value;
    }
  }
  return values;
}

function scalar(value: unknown): Scalar {
  if (value === null || value === undefined) return null;
  return typeof value === 'object' ? JSON.stringify(value) : (value as Scalar);
}

function optional<T extends object>(given: T) {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value)) as {
    [Key in keyof T]?: NonNullable<T[Key]>;
  };
}
