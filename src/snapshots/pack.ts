import { setImmediate } from 'node:timers/promises';
import { GuardiaError } from '../errors.ts';
import type { Series } from '../steps/step-kind.ts';
import type { ChartSpec, Sheet, Thresholds } from './chart-spec.ts';

/** As many lines as can be told apart. */
const MOST_LINES = 12;
const MOST_MARKS = 4;
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
  const ranked = await rank(spec.series, from, to, side, pause);
  const drawn = ranked.slice(0, MOST_LINES);
  const points = new Float64Array(2 * drawn.reduce((sum, one) => sum + one.length, 0));
  let at = 0;
  for (const one of drawn) at = await copy(one.series, points, at, from, to, pause);
  return {
    title: plain(spec.title, 140),
    ...(spec.subtitle === undefined ? {} : { subtitle: plain(spec.subtitle, 140) }),
    ...(spec.unit === undefined ? {} : { unit: plain(spec.unit, 20) }),
    ...(spec.theme === undefined ? {} : { theme: spec.theme }),
    thresholds: { warning: finite(spec.thresholds.warning), failing: finite(spec.thresholds.failing) },
    side,
    marks: marksOf(spec, from, to),
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
  extreme: number;
}

async function rank(
  series: readonly Series[],
  from: number,
  to: number,
  side: 'over' | 'under',
  pause: Pause,
): Promise<Ranked[]> {
  const sign = side === 'over' ? 1 : -1;
  const ranked: Ranked[] = [];
  for (const one of series) {
    const found: Ranked = { series: one, length: 0, extreme: Number.NEGATIVE_INFINITY };
    for (let i = 0; i < one.points.length; i += POINTS_A_LOOK) {
      look(found, i, Math.min(i + POINTS_A_LOOK, one.points.length), from, to, sign);
      await pause();
    }
    if (found.extreme > Number.NEGATIVE_INFINITY) ranked.push(found);
  }
  return ranked.sort((a, b) => b.extreme - a.extreme);
}

function look(found: Ranked, start: number, end: number, from: number, to: number, sign: number): void {
  const { points } = found.series;
  for (let i = start; i < end; i += 1) {
    const point = points[i];
    if (point === undefined || !(point[0] >= from && point[0] <= to)) continue;
    found.length += 1;
    const value = sign * point[1];
    if (value > found.extreme && Math.abs(value) < LARGEST) found.extreme = value;
  }
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

/** Text that can stand in an SVG: no control, direction or half characters, on one line, not too long. */
function plain(text: string, longest: number): string {
  const cleaned = text
    .slice(0, 4 * longest)
    .toWellFormed()
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .replace(/[\p{Cf}\p{Co}\p{Cn}]/gu, '')
    .trim();
  const characters = [...cleaned];
  return characters.length > longest ? `${characters.slice(0, longest - 1).join('')}…` : cleaned;
}
