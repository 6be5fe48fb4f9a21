import type { Sheet } from './chart-spec.ts';

interface Point {
  at: number;
  value: number;
}

/** One series as it is drawn, with the points that words are made from. */
export interface Line {
  name: string;
  times: Float64Array;
  values: Float64Array;
  /** The usual distance of two points, in milliseconds; 0 for a single one. */
  step: number;
  latest: Point;
  lowest: Point;
  highest: Point;
}

/** A point farther from the one before than this many usual distances leaves a gap. */
const GAP = 2.5;

/** The series of a sheet, in time order. Every one has at least one value: `pack` saw to that. */
export function linesOf(sheet: Sheet): Line[] {
  let start = 0;
  return sheet.names.map((name, index) => {
    const length = sheet.lengths[index] ?? 0;
    const flat = sheet.points.subarray(2 * start, 2 * (start + length));
    start += length;
    return lineOf(name, flat);
  });
}

function lineOf(name: string, flat: Float64Array): Line {
  const order = Uint32Array.from({ length: flat.length / 2 }, (_, index) => index);
  const time = (index: number) => flat[2 * index] ?? 0;
  if (order.some((index) => index > 0 && time(index) < time(index - 1)))
    order.sort((a, b) => time(a) - time(b));
  const times = Float64Array.from(order, time);
  const values = Float64Array.from(order, (index) => flat[2 * index + 1] ?? Number.NaN);
  return { name, times, values, step: usualDistance(times), ...pointsOf(times, values) };
}

function pointsOf(times: Float64Array, values: Float64Array): Pick<Line, 'latest' | 'lowest' | 'highest'> {
  let latest: Point | undefined;
  let lowest: Point | undefined;
  let highest: Point | undefined;
  for (const [index, value] of values.entries()) {
    if (Number.isNaN(value)) continue;
    latest = { at: times[index] ?? 0, value };
    if (lowest === undefined || value < lowest.value) lowest = latest;
    if (highest === undefined || value >= highest.value) highest = latest;
  }
  const none = { at: 0, value: Number.NaN };
  return { latest: latest ?? none, lowest: lowest ?? none, highest: highest ?? none };
}

/** Median of the distances; a thousand of them are enough. */
function usualDistance(times: Float64Array): number {
  const stride = Math.max(1, Math.floor(times.length / 1_000));
  const distances: number[] = [];
  for (let i = 1; i < times.length; i += stride) {
    const distance = (times[i] ?? 0) - (times[i - 1] ?? 0);
    if (distance > 0) distances.push(distance);
  }
  return distances.sort((a, b) => a - b)[Math.floor(distances.length / 2)] ?? 0;
}

/** A value this young is "now" for whoever looks, however short the chart. */
const FRESH_MS = 60_000;

/** Whether the line's last value is as new as the chart: otherwise it is not "now". */
export function isCurrent(line: Line, sheet: Pick<Sheet, 'from' | 'to'>): boolean {
  const missing = sheet.to - line.latest.at;
  return missing <= Math.max(FRESH_MS, GAP * line.step, (sheet.to - sheet.from) / 50);
}

/**
 * The stretches between gaps, thinned to what `columns` can show: in each column the first, lowest, highest and last
 * value stay, so no spike is lost. A gap narrower than a column could not be seen, and is none.
 */
export function stretchesOf(line: Line, from: number, to: number, columns: number): [number, number][][] {
  const stretches = split(line);
  if (line.times.length <= 4 * columns) return stretches;
  const width = (to - from) / columns;
  return joined(stretches, width).map((stretch) => thin(stretch, from, width));
}

function split(line: Line): [number, number][][] {
  const stretches: [number, number][][] = [];
  let open: [number, number][] | undefined;
  let before = Number.NEGATIVE_INFINITY;
  for (const [index, value] of line.values.entries()) {
    const at = line.times[index] ?? 0;
    if (line.step > 0 && at - before > GAP * line.step) open = undefined;
    before = at;
    if (Number.isNaN(value)) {
      open = undefined;
      continue;
    }
    if (open === undefined) {
      open = [];
      stretches.push(open);
    }
    open.push([at, value]);
  }
  return stretches;
}

function joined(stretches: readonly [number, number][][], width: number): [number, number][][] {
  const kept: [number, number][][] = [];
  let end = Number.NEGATIVE_INFINITY;
  for (const stretch of stretches) {
    const last = kept.at(-1);
    if (last !== undefined && (stretch[0]?.[0] ?? 0) - end < width) {
      for (const point of stretch) last.push(point);
    } else kept.push(stretch);
    end = stretch.at(-1)?.[0] ?? end;
  }
  return kept;
}

function thin(stretch: [number, number][], from: number, width: number): [number, number][] {
  const kept: [number, number][] = [];
  let start = 0;
  while (start < stretch.length) {
    const column = Math.floor(((stretch[start]?.[0] ?? 0) - from) / width);
    let end = start;
    while (end < stretch.length && Math.floor(((stretch[end]?.[0] ?? 0) - from) / width) === column) end += 1;
    kept.push(...corners(stretch, start, end));
    start = end;
  }
  return kept;
}

function corners(stretch: [number, number][], start: number, end: number): [number, number][] {
  let low = start;
  let high = start;
  for (let i = start; i < end; i += 1) {
    if ((stretch[i]?.[1] ?? 0) < (stretch[low]?.[1] ?? 0)) low = i;
    if ((stretch[i]?.[1] ?? 0) > (stretch[high]?.[1] ?? 0)) high = i;
  }
  const indexes = [...new Set([start, low, high, end - 1])].sort((a, b) => a - b);
  return indexes.flatMap((index) => {
    const point = stretch[index];
    return point === undefined ? [] : [point];
  });
}
