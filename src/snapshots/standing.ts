import { formatFigure } from '../report/figures.ts';
import type { Sheet } from './chart-spec.ts';
import type { Line } from './lines.ts';

/** How a line stands against the limits at its last point. */
export interface Standing {
  is: 'failing' | 'warning';
  /** `failing over 1,000` */
  words: string;
  /** When it went beyond the limit; null when it was there from the first point on. */
  since: number | null;
}

type Limits = Pick<Sheet, 'thresholds' | 'side' | 'unit'>;

export function standingOf(line: Line, sheet: Limits): Standing | null {
  for (const is of ['failing', 'warning'] as const) {
    const limit = sheet.thresholds[is];
    if (limit !== undefined && beyond(line.latest.value, limit, sheet.side)) {
      return { is, words: limitInWords(is, sheet) ?? is, since: sinceWhen(line, limit, sheet.side) };
    }
  }
  return null;
}

/** `failing over 1,000`, or nothing when there is no such limit. */
export function limitInWords(
  is: 'failing' | 'warning',
  { thresholds, side, unit }: Limits,
): string | undefined {
  const limit = thresholds[is];
  return limit === undefined ? undefined : `${is} ${side} ${formatFigure(limit, unit)}`;
}

/** The line that matters most now: the highest, or the lowest where that is the failing side. */
export function leading(lines: readonly Line[], side: 'over' | 'under'): Line | undefined {
  const sign = side === 'over' ? 1 : -1;
  return lines.toSorted((a, b) => sign * (b.latest.value - a.latest.value))[0];
}

function beyond(value: number, limit: number, side: 'over' | 'under'): boolean {
  return side === 'over' ? value > limit : value < limit;
}

function sinceWhen(line: Line, limit: number, side: 'over' | 'under'): number | null {
  let since = line.latest.at;
  for (let i = line.values.length - 1; i >= 0; i -= 1) {
    const value = line.values[i] ?? Number.NaN;
    if (Number.isNaN(value)) continue;
    if (!beyond(value, limit, side)) return since;
    since = line.times[i] ?? since;
  }
  return null;
}
