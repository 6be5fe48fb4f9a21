import { durationMs } from '../../../catalogue/schema-parts.ts';

const HOUR_MS = 3_600_000;
const RELATIVE = /^now(?:([+-])(\d{1,6})([smhdwMyQ]))?(?:\/([smhdwMyQ]))?$/;
const FIXED = { s: 1_000, m: 60_000, h: HOUR_MS, d: 24 * HOUR_MS, w: 7 * 24 * HOUR_MS } as const;
/** Months and years are not all of one length. */
const MONTHS = { M: 1, Q: 3, y: 12 } as const;
const THURSDAY = 3;

/** Unix milliseconds. */
export interface TimeRange {
  from: number;
  to: number;
}

/** A range as Grafana writes it: relative to now and rounded in UTC, unix milliseconds, or a date. */
export function rangeOf(
  from: string | undefined,
  to: string | undefined,
  now: number,
): TimeRange | undefined {
  const begin = momentOf(from ?? '', now, 'start');
  const end = momentOf(to ?? 'now', now, 'end');
  return begin !== undefined && end !== undefined && begin < end ? { from: begin, to: end } : undefined;
}

/** So much up to `to`. */
export function rangeUpTo(to: number, length: string): TimeRange {
  return { from: to - durationMs(length), to };
}

/** `15s`, `1m30s` is none: one number and one unit, as panels have it. Undefined for anything else. */
export function lengthOf(text: string | undefined | null): number | undefined {
  const [, amount, unit] = /^(\d{1,6})(ms|[smhdw])$/.exec(text ?? '') ?? [];
  if (amount === undefined || unit === undefined) return undefined;
  return Number(amount) * (unit === 'ms' ? 1 : FIXED[unit as keyof typeof FIXED]);
}

function momentOf(text: string, now: number, rounded: 'start' | 'end'): number | undefined {
  if (/^\d{10,14}$/.test(text)) return Number(text);
  const match = RELATIVE.exec(text);
  if (!match) return /^\d{4}-/.test(text) && !Number.isNaN(Date.parse(text)) ? Date.parse(text) : undefined;
  const [, sign, amount, unit, round] = match;
  const moment = unit ? moved(now, Number(`${sign}${amount}`), unit) : now;
  if (!round) return moment;
  const start = startOf(moment, round);
  return rounded === 'start' ? start : moved(start, 1, round) - 1;
}

function moved(at: number, amount: number, unit: string): number {
  if (unit in FIXED) return at + amount * FIXED[unit as keyof typeof FIXED];
  const date = new Date(at);
  return date.setUTCMonth(date.getUTCMonth() + amount * MONTHS[unit as keyof typeof MONTHS]);
}

function startOf(at: number, unit: string): number {
  const date = new Date(at);
  if (unit === 'y') return Date.UTC(date.getUTCFullYear(), 0);
  if (unit === 'Q') return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - (date.getUTCMonth() % 3));
  if (unit === 'M') return Date.UTC(date.getUTCFullYear(), date.getUTCMonth());
  const length = FIXED[unit as keyof typeof FIXED];
  // The epoch was a Thursday, and weeks begin on Mondays.
  const offset = unit === 'w' ? THURSDAY * FIXED.d : 0;
  return Math.floor((at + offset) / length) * length - offset;
}
