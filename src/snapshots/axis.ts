import { formatTick, isWordUnit } from '../report/figures.ts';
import type { Sheet } from './chart-spec.ts';
import type { Line } from './lines.ts';

/** A limit this many times larger than all there is to see would press the line flat. */
const FAR = 8;
const TIMES = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400,
];
const ROUND = [1, 2, 5, 10];

/** From where to where values are shown. */
export interface Scale {
  low: number;
  high: number;
}

/** What an axis has to know of a line. */
type Extent = Pick<Line, 'lowest' | 'highest' | 'values'>;

const ZERO: Extent = {
  lowest: { at: 0, value: 0 },
  highest: { at: 0, value: 0 },
  values: new Float64Array(),
};

export interface ValueAxis extends Scale {
  ticks: { value: number; label: string }[];
}

/** An axis over all lines and the limits that are near them, with round steps of the unit's own kind. */
export function valueAxis(lines: readonly Extent[], sheet: Pick<Sheet, 'unit' | 'thresholds'>): ValueAxis {
  const lowest = Math.min(...lines.map((line) => line.lowest.value));
  const highest = Math.max(...lines.map((line) => line.highest.value));
  const limits = [sheet.thresholds.warning, sheet.thresholds.failing].filter((limit) => limit !== undefined);
  const size = Math.max(Math.abs(lowest), Math.abs(highest));
  const near = limits.filter((limit) => size === 0 || Math.abs(limit) <= FAR * size);
  const { low, high } = widened(Math.min(lowest, ...near), Math.max(highest, ...near));
  const whole = lines.every((line) =>
    line.values.every((value) => Number.isNaN(value) || Number.isInteger(value)),
  );
  const step = roundStep((high - low) / 4, sheet.unit, whole);
  const first = Math.floor(low / step + 1e-9);
  const last = Math.ceil(high / step - 1e-9);
  const values = Array.from({ length: last - first + 1 }, (_, index) => clean((first + index) * step, step));
  return { low: values[0] ?? low, high: values.at(-1) ?? high, ticks: labelled(values, step, sheet.unit) };
}

/** A gauge's scale as it was asked for, or from zero over all there is to see where that is none. */
export function gaugeScale(
  { min, max }: { min: number; max: number },
  lines: readonly Line[],
  sheet: Pick<Sheet, 'unit' | 'thresholds'>,
): Scale {
  const isScale = [min, max, max - min].every(Number.isFinite) && max > min;
  return isScale ? { low: min, high: max } : valueAxis([...lines, ZERO], sheet);
}

/** Zero stays in sight unless all the movement is far from it; a flat line gets room on both sides. */
function widened(low: number, high: number): { low: number; high: number } {
  if (low === 0 && high === 0) return { low: 0, high: 1 };
  if (low >= 0 && low <= 0.75 * high) return { low: 0, high };
  if (high <= 0 && high >= 0.75 * low) return { low, high: 0 };
  const margin = low === high ? Math.abs(low) * 0.1 : (high - low) * 0.1;
  return {
    low: low >= 0 ? Math.max(0, low - margin) : low - margin,
    high: high + (low === high ? margin : 0),
  };
}

function roundStep(rough: number, unit: string | undefined, whole: boolean): number {
  if (unit === 'bytes' || unit === 'B' || unit === 'bytes/s' || unit === 'B/s') return bytesStep(rough);
  const scale = unit === 'ms' || unit === 'milliseconds' ? 1_000 : 1;
  if ((unit === 's' || unit === 'seconds' || scale === 1_000) && rough >= 15 * scale) {
    return (
      scale * (TIMES.find((one) => one * scale >= rough) ?? decimalStep(rough / scale / 86_400) * 86_400)
    );
  }
  return whole && rough < 1 ? 1 : decimalStep(rough);
}

function bytesStep(rough: number): number {
  return rough < 1 ? decimalStep(rough) : 2 ** Math.ceil(Math.log2(rough));
}

function decimalStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  return (ROUND.find((one) => one * power >= rough * 0.999) ?? 10) * power;
}

function clean(value: number, step: number): number {
  return Math.abs(value) < step / 2 ? 0 : Number(value.toPrecision(12));
}

/** Short labels, or exact ones where short ones would read the same. */
function labelled(values: number[], step: number, unit: string | undefined): ValueAxis['ticks'] {
  const short = values.map((value) => formatTick(value, unit));
  const distinct = new Set(short).size === short.length;
  return values.map((value, index) => ({
    value,
    label: distinct ? (short[index] ?? '') : exact(value, step, unit),
  }));
}

function exact(value: number, step: number, unit: string | undefined): string {
  const factor = unit === 'ratio' ? 100 : 1;
  const decimals = Math.min(12, Math.max(0, -Math.floor(Math.log10(step * factor) + 1e-9)));
  const figure = (value * factor).toLocaleString('en-US', { maximumFractionDigits: decimals });
  return isWordUnit(unit) || unit === undefined ? figure : `${figure} ${factor === 100 ? '%' : unit}`;
}
