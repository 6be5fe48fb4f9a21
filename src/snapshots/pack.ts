import { setImmediate } from 'node:timers/promises';
import { GuardiaError } from '../errors.ts';
import type { Drawing, Scalar, Series } from '../steps/step-kind.ts';
import type { ChartSpec, PackedTable, Sheet, Thresholds } from './chart-spec.ts';
import { plain } from './text.ts';

/** As many lines as can be told apart. */
const MOST_LINES = 12;
const MOST_MARKS = 4;
/** More of a table than finds room. */
const MOST_ROWS = 20;
const MOST_COLUMNS = 24;
/** Beyond this the arithmetic of an axis overflows. */
const LARGEST = 1e150;
const SLICE_MS = 4;
const POINTS_A_LOOK = 4_096;
const LATEST_DATE = 8.64e15;

/**
 * Chooses what is drawn and lays it out flat. Two million points are looked at in slices, so the event loop is
 * free in between.
 */
export async function pack(spec: ChartSpec): Promise<Sheet> {
  const { from, to } = windowOf(spec);
  const pause = createPause();
  const side = sideOf(spec.thresholds);
  const { drawing } = spec;
  const series = drawing?.as === 'table' ? [] : spec.series;
  const ranked = await rank(series, { from, to, side, by: drawing ? 'latest' : 'extreme' }, pause);
  const drawn = ranked.slice(0, MOST_LINES);
  const points = new Float64Array(2 * drawn.reduce((sum, one) => sum + one.length, 0));
  let at = 0;
  for (const one of drawn) at = await copy(one.series, points, at, from, to, pause);
  return {
    title: plain(spec.title, 140),
    ...(spec.subtitle === undefined ? {} : { subtitle: plain(spec.subtitle, 140) }),
    ...(spec.unit === undefined ? {} : { unit: plain(spec.unit, 20) }),
    ...(spec.theme === undefined ? {} : { theme: spec.theme }),
    ...(drawing === undefined ? {} : { drawing: packedDrawing(drawing) }),
    thresholds: { warning: finite(spec.thresholds.warning), failing: finite(spec.thresholds.failing) },
    side,
    marks: drawing === undefined ? marksOf(spec, from, to) : [],
    from,
    to,
    names: drawn.map((one) => plain(one.series.name, 120)),
    lengths: drawn.map((one) => one.length),
    points,
    total: ranked.length,
  };
}

interface Ranked {
  series: Series;
  /** Points inside the window, gaps included. */
  length: number;
  /** The value nearest to failing, and the last one; the higher, the worse. */
  extreme: number;
  latest: number;
  latestAt: number;
}

interface Ranking {
  from: number;
  to: number;
  side: 'over' | 'under';
  /** Lines show all that happened; other forms what is. */
  by: 'extreme' | 'latest';
}

async function rank(series: readonly Series[], ranking: Ranking, pause: Pause): Promise<Ranked[]> {
  const none = Number.NEGATIVE_INFINITY;
  const ranked: Ranked[] = [];
  for (const one of series) {
    const found: Ranked = { series: one, length: 0, extreme: none, latest: none, latestAt: none };
    for (let i = 0; i < one.points.length; i += POINTS_A_LOOK) {
      look(found, i, Math.min(i + POINTS_A_LOOK, one.points.length), ranking);
      await pause();
    }
    if (found.extreme > none) ranked.push(found);
  }
  return ranked.sort((a, b) => b[ranking.by] - a[ranking.by]);
}

function look(found: Ranked, start: number, end: number, { from, to, side }: Ranking): void {
  const { points } = found.series;
  const sign = side === 'over' ? 1 : -1;
  for (let i = start; i < end; i += 1) {
    const point = points[i];
    if (point === undefined || !(point[0] >= from && point[0] <= to)) continue;
    found.length += 1;
    if (Math.abs(point[1]) < LARGEST) note(found, point[0], sign * point[1]);
  }
}

function note(found: Ranked, at: number, value: number): void {
  if (value > found.extreme) found.extreme = value;
  if (at < found.latestAt) return;
  found.latestAt = at;
  found.latest = value;
}

async function copy(
  series: Series,
  into: Float64Array,
  start: number,
  from: number,
  to: number,
  pause: Pause,
): Promise<number> {
  let at = start;
  for (const [index, point] of series.points.entries()) {
    if (index % POINTS_A_LOOK === 0) await pause();
    if (!(point[0] >= from && point[0] <= to)) continue;
    into[at] = point[0];
    into[at + 1] = Math.abs(point[1]) < LARGEST ? point[1] : Number.NaN;
    at += 2;
  }
  return at;
}

type Pause = () => Promise<void> | undefined;

function createPause(): Pause {
  let since = performance.now();
  return () => {
    if (performance.now() - since < SLICE_MS) return undefined;
    return setImmediate().then(() => {
      since = performance.now();
    });
  };
}

/** A window without width, as one point has it, is opened to the ten minutes before. */
function windowOf({ from, to, title }: ChartSpec): { from: number; to: number } {
  if (![from, to].every((at) => Math.abs(at) <= LATEST_DATE)) {
    throw new GuardiaError(
      'bad-input',
      `The chart "${plain(title, 70)}" was asked for a time that does not exist.`,
    );
  }
  return from < to ? { from, to } : { from: to - 600_000, to };
}

function sideOf({ warning, failing, side }: Thresholds): 'over' | 'under' {
  if (side !== undefined) return side;
  return warning !== undefined && failing !== undefined && warning > failing ? 'under' : 'over';
}

function marksOf(spec: ChartSpec, from: number, to: number): Sheet['marks'] {
  return (spec.marks ?? [])
    .filter((mark) => mark.at >= from && mark.at <= to)
    .slice(0, MOST_MARKS)
    .sort((a, b) => a.at - b.at)
    .map((mark) => ({ at: mark.at, label: plain(mark.label, 60) }));
}

function finite(value: number | undefined): number | undefined {
  return value !== undefined && Math.abs(value) < LARGEST ? value : undefined;
}

function packedDrawing(drawing: Drawing): NonNullable<Sheet['drawing']> {
  return drawing.as === 'table' ? packedTable(drawing) : drawing;
}

function packedTable({ columns, rows }: Extract<Drawing, { as: 'table' }>): PackedTable {
  const names = columns.slice(0, MOST_COLUMNS).map((name) => plain(name, 120));
  return {
    as: 'table',
    columns: names,
    rows: rows.slice(0, MOST_ROWS).map((row) => names.map((_, index) => packedCell(row[index]))),
    totalColumns: columns.length,
    totalRows: rows.length,
  };
}

function packedCell(cell: Scalar | undefined): Scalar {
  return typeof cell === 'string' ? plain(cell, 120) : (cell ?? null);
}
