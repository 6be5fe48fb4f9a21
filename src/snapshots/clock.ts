const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

/** `02:51`, and `02:51:30` where seconds matter. UTC. */
function timeOfDay(ms: number, seconds = false): string {
  return new Date(ms)
    .toISOString()
    .replace(/^.*T/, '')
    .slice(0, seconds ? 8 : 5);
}

/** `20 Nov`. UTC. */
function day(ms: number): string {
  const date = new Date(ms);
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]}`;
}

/** A moment as precisely as the window needs it: `02:51`, `02:51:30`, `20 Nov 02:51`. UTC. */
export function moment(ms: number, from: number, to: number): string {
  const time = timeOfDay(ms, to - from < 5 * MINUTE);
  return day(from) === day(to) || to - from < DAY ? time : `${day(ms)} ${time}`;
}

/** `20 Nov 03:02 UTC`. */
export function date(ms: number): string {
  return `${day(ms)} ${timeOfDay(ms)} UTC`;
}

/** `20 Nov 02:02–03:02 UTC`, `20 Nov 22:02 – 21 Nov 03:02 UTC`. */
export function windowInWords(from: number, to: number): string {
  const seconds = to - from < 5 * MINUTE;
  const start = `${day(from)} ${timeOfDay(from, seconds)}`;
  const end = timeOfDay(to, seconds);
  return day(from) === day(to) ? `${start}–${end} UTC` : `${start} – ${day(to)} ${end} UTC`;
}

const STEPS = [
  ...[1, 2, 5, 10, 15, 30].map((n) => n * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 6, 12].map((n) => n * HOUR),
  ...[1, 2, 7, 14, 30, 90, 180, 365].map((n) => n * DAY),
];

export interface Tick {
  at: number;
  label: string;
}

/** Round times inside the window, at most `most` of them. UTC. */
export function timeTicks(from: number, to: number, most: number): Tick[] {
  const step = STEPS.find((one) => (to - from) / one <= most) ?? (to - from) / most;
  const ticks: Tick[] = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) {
    const label = step >= DAY || at % DAY === 0 ? day(at) : timeOfDay(at, step < MINUTE);
    ticks.push({ at, label });
  }
  return ticks;
}
