import type { Observation, ObservedValue, Scalar, Series } from '../../step-kind.ts';
import { clipped, count, counted } from '../text.ts';
import type { Panel } from './dashboard.ts';
import { columnsOf, type Frame, isOverTime, type Numbers, namesOf, numbersIn } from './frames.ts';
import { lookOf, scaleOf } from './panel.ts';

const MOST_SERIES = 200;
const MOST_ROWS = 200;
const MOST_COLUMNS = 30;
const MOST_CELL = 500;

/** A frame, and the query that it answers. */
export interface Answered {
  refId: string;
  frame: Frame;
}

/** What a panel shows, and what of it is left out, as sentences. */
export interface Shown extends Pick<Observation, 'value' | 'says' | 'series' | 'drawing'> {
  leftOut: readonly string[];
  /** The unit that the data itself comes with. */
  unit?: string | undefined;
}

/**
 * Lines and figures: one series is its figure, several are a record by name, none is null. The figure is the latest, of a
 * stat or a gauge what it reduces its points to. A table is the number of its rows.
 */
export function shownBy(panel: Panel, answered: readonly Answered[], to: number): Shown {
  const look = lookOf(panel);
  const frames = answered.filter(({ frame }) => frame.schema.fields.length > 0);
  const hasTime = frames.some(({ frame }) => frame.schema.fields.some(({ type }) => type === 'time'));
  if (look === 'table' || (look === 'lines' && frames.length > 0 && !hasTime)) return tableOf(frames);
  return figuresOf(panel, frames, to);
}

interface Figure extends Series {
  value: number;
}

function figuresOf(panel: Panel, answered: readonly Answered[], to: number): Shown {
  const numbers = answered.flatMap(({ frame }) => numbersIn(frame));
  const names = displayNames(panel, numbers);
  const { calc, note } = calculationOf(panel);
  const all = numbers.map((one, index) => figureOf(one, names[index] as string, calc, to));
  const known = all.filter(({ value }) => !Number.isNaN(value));
  const kept = known.length <= MOST_SERIES ? known : extremes(known);
  const look = lookOf(panel);
  return {
    value: observedValue(kept),
    ...saysOf(kept, all.length),
    ...(look === 'not drawn' ? {} : { series: kept.map(({ name, points }) => ({ name, points })) }),
    ...(look === 'figures' ? { drawing: { as: 'figures' } } : {}),
    ...(look === 'gauge'
      ? {
          drawing: {
            as: 'gauge',
            ...scaleOf(
              panel,
              kept.map(({ value }) => value),
            ),
          },
        }
      : {}),
    unit: numbers[0]?.column.unit,
    leftOut: [
      ...(note ? [note] : []),
      ...(known.length < all.length
        ? [`${counted(all.length - known.length, 'series', 'series')} without a number`]
        : []),
      ...(kept.length < known.length
        ? [`of ${count(known.length)} series the ${MOST_SERIES / 2} highest and lowest are kept`]
        : []),
    ],
  };
}

function displayNames(panel: Panel, numbers: readonly Numbers[]): string[] {
  const own = panel.fieldConfig?.defaults.displayName;
  return own && !own.includes('$') && numbers.length === 1 ? [own] : namesOf(numbers);
}

type Calculation = (values: readonly number[]) => number;
const sum: Calculation = (values) => values.reduce((a, b) => a + b, 0);
const last: Calculation = (values) => values.at(-1) as number;
const max: Calculation = (values) => values.reduce((a, b) => Math.max(a, b));
const min: Calculation = (values) => values.reduce((a, b) => Math.min(a, b));
const mean: Calculation = (values) => sum(values) / values.length;
const CALCULATIONS: Readonly<Record<string, Calculation>> = {
  last,
  lastNotNull: last,
  first: (values) => values[0] as number,
  firstNotNull: (values) => values[0] as number,
  mean,
  max,
  min,
  sum,
  // As singlestat called them.
  current: last,
  avg: mean,
  total: sum,
};

function calculationOf(panel: Panel): { calc: Calculation; note?: string } {
  if (!['figures', 'gauge'].includes(lookOf(panel))) return { calc: last };
  const name = panel.options?.reduceOptions?.calcs?.[0] ?? panel.valueName ?? 'last';
  const calc = Object.hasOwn(CALCULATIONS, name) ? CALCULATIONS[name] : undefined;
  return calc
    ? { calc }
    : { calc: last, note: `its calculation ${name} is not made: the latest value is shown` };
}

/** Its value is NaN where there is none; points are finite. What has no time is a figure of the moment. */
function figureOf({ column, at }: Numbers, name: string, calc: Calculation, to: number): Figure {
  const numbers = column.values.filter(
    (value): value is number => typeof value === 'number' && !Number.isNaN(value),
  );
  const value = numbers.length === 0 ? Number.NaN : calc(numbers);
  if (at === undefined) return { name, value, points: Number.isFinite(value) ? [[to, value]] : [] };
  const points = column.values.flatMap((one, row) => {
    const time = at[row];
    return typeof one === 'number' && Number.isFinite(one) && typeof time === 'number'
      ? [[time, one] as const]
      : [];
  });
  return { name, value, points };
}

function extremes(figures: readonly Figure[]): Figure[] {
  const sorted = figures.toSorted((a, b) => b.value - a.value);
  return [...sorted.slice(0, MOST_SERIES / 2), ...sorted.slice(-MOST_SERIES / 2)];
}

function observedValue(figures: readonly Figure[]): ObservedValue {
  if (figures.length === 0) return null;
  const [first] = figures;
  if (figures.length === 1 && first) return first.value;
  return Object.fromEntries(figures.map(({ name, value }) => [name, value]));
}

function saysOf(kept: readonly Figure[], asked: number): { says?: string } {
  if (kept.length === 0)
    return { says: asked === 0 ? 'Grafana answered nothing for it' : 'Grafana answered no number for it' };
  const infinite = kept.length === 1 && !Number.isFinite(kept[0]?.value);
  return infinite ? { says: (kept[0]?.value ?? 0) > 0 ? '+Inf' : '-Inf' } : {};
}

interface Table {
  columns: string[];
  rows: Scalar[][];
}

/** Series become rows, one for each set of labels; of other frames the first is the table. */
function tableOf(answered: readonly Answered[]): Shown {
  const others = answered.filter(({ frame }) => !isOverTime(frame));
  const [first] = others;
  const { columns, rows } = first && !isEmpty(first) ? tableIn(first.frame) : pivoted(answered);
  const leftOut = [
    ...(others.length > 1 ? [`${counted(others.length - 1, 'table')} of other queries`] : []),
    ...(rows.length > MOST_ROWS
      ? [`${counted(rows.length - MOST_ROWS, 'row')} of ${count(rows.length)}`]
      : []),
    ...(columns.length > MOST_COLUMNS ? [`${counted(columns.length - MOST_COLUMNS, 'column')}`] : []),
  ];
  const drawing = {
    as: 'table',
    columns: columns.slice(0, MOST_COLUMNS).map((name) => clipped(name, MOST_CELL)),
    rows: rows.slice(0, MOST_ROWS).map((row) => row.slice(0, MOST_COLUMNS).map(cell)),
  } as const;
  return { value: rows.length, says: counted(rows.length, 'row'), drawing, leftOut };
}

function isEmpty({ frame }: Answered): boolean {
  return columnsOf(frame).every(({ values }) => values.length === 0);
}

function tableIn(frame: Frame): Table {
  const columns = columnsOf(frame);
  const length = columns.reduce((most, { values }) => Math.max(most, values.length), 0);
  const rows = Array.from({ length }, (_, row) =>
    columns.map(({ type, values }) => readable(values[row] ?? null, type)),
  );
  return { columns: columns.map(({ title, name }) => title ?? name), rows };
}

function readable(value: Scalar, type: string): Scalar {
  if (type !== 'time' || typeof value !== 'number') return value;
  return Number.isNaN(new Date(value).getTime()) ? null : new Date(value).toISOString();
}

/** The latest value of each series beside its labels; several queries have a column each, as Grafana's tables have. */
function pivoted(answered: readonly Answered[]): Table {
  const cells = answered.flatMap(({ refId, frame }) => numbersIn(frame).map((one) => ({ refId, ...one })));
  const refIds = [...new Set(cells.map(({ refId }) => refId))];
  const labels = [...new Set(cells.flatMap(({ column }) => Object.keys(column.labels)))];
  const byLabels = Map.groupBy(cells, ({ column }) =>
    JSON.stringify(labels.map((label) => column.labels[label] ?? null)),
  );
  const rows = [...byLabels].map(([key, row]) => [
    ...(JSON.parse(key) as Scalar[]),
    ...refIds.map((refId) => row.find((one) => one.refId === refId)?.column.values.at(-1) ?? null),
  ]);
  const values = refIds.length > 1 ? refIds.map((refId) => `Value #${refId}`) : refIds.map(() => 'Value');
  return { columns: [...labels, ...values], rows };
}

/** A table has no word for what is no number. */
function cell(value: Scalar): Scalar {
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  return typeof value === 'string' ? clipped(value, MOST_CELL) : value;
}
