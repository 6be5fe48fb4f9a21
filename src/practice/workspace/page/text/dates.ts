const DAY = 86_400_000;

export interface Clock {
  now: number; // ms
  /** IANA zone; the reader's own when left out. */
  zone?: string;
}

type Options = Intl.DateTimeFormatOptions;

function show(unix: number, clock: Clock, options: Options): string {
  return new Intl.DateTimeFormat('en-US', { ...options, timeZone: clock.zone, hourCycle: 'h23' }).format(
    unix * 1000,
  );
}

function ordinal(day: number): string {
  const teens = day % 100 >= 11 && day % 100 <= 13;
  const suffix = teens ? 'th' : (['th', 'st', 'nd', 'rd'][day % 10] ?? 'th');
  return `${day}${suffix}`;
}

function dayNumber(unix: number, clock: Clock): string {
  const part = (option: Options) => show(unix, clock, option);
  const two = { month: '2-digit', day: '2-digit' } as const;
  return `${part({ year: 'numeric' })}-${part({ month: two.month })}-${part({ day: two.day })}`;
}

/** "today", "yesterday" or "tomorrow" in the reader's zone, if it is one of them. */
export function nearDay(unix: number, clock: Clock): string | null {
  const day = dayNumber(unix, clock);
  const near = { today: 0, yesterday: -DAY, tomorrow: DAY };
  for (const [word, shift] of Object.entries(near)) {
    if (dayNumber((clock.now + shift) / 1000, clock) === day) return word;
  }
  return null;
}

function shortDate(unix: number, clock: Clock): string {
  return show(unix, clock, { month: 'short', day: 'numeric', year: 'numeric' });
}

function mediumDate(unix: number, clock: Clock): string {
  const day = ordinal(Number(show(unix, clock, { day: 'numeric' })));
  return `${show(unix, clock, { month: 'long' })} ${day}, ${show(unix, clock, { year: 'numeric' })}`;
}

export function longDate(unix: number, clock: Clock): string {
  return `${show(unix, clock, { weekday: 'long' })}, ${mediumDate(unix, clock)}`;
}

export function timeOfDay(unix: number, clock: Clock): string {
  return show(unix, clock, { hour: '2-digit', minute: '2-digit' });
}

const UNITS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
];

function relative(unix: number, clock: Clock): string {
  const seconds = Math.round(unix - clock.now / 1000);
  const [unit, size] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? ['second', 1];
  return new Intl.RelativeTimeFormat('en-US', { numeric: 'auto' }).format(Math.trunc(seconds / size), unit);
}

type Show = (unix: number, clock: Clock) => string;

const TOKENS: Readonly<Record<string, Show>> = {
  date_num: dayNumber,
  date: mediumDate,
  date_short: shortDate,
  date_long: longDate,
  date_pretty: (unix, clock) => nearDay(unix, clock) ?? mediumDate(unix, clock),
  date_short_pretty: (unix, clock) => nearDay(unix, clock) ?? shortDate(unix, clock),
  date_long_pretty: (unix, clock) => nearDay(unix, clock) ?? longDate(unix, clock),
  time: timeOfDay,
  time_secs: (unix, clock) => show(unix, clock, { hour: '2-digit', minute: '2-digit', second: '2-digit' }),
  ago: relative,
};

/** Slack's date format in the reader's zone; the fallback when the moment or a token is none that Slack knows. */
export function slackDate(unix: number, format: string, fallback: string, clock: Clock): string {
  const tokens = [...format.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '');
  const known = tokens.length > 0 && tokens.every((name) => Object.hasOwn(TOKENS, name));
  if (!known || Math.abs(unix) > 8.64e12) return fallback || format;
  return format.replace(/\{(\w+)\}/g, (whole, name: string) => TOKENS[name]?.(unix, clock) ?? whole);
}

/** The whole moment, for a tooltip. */
export function fullDate(unix: number, clock: Clock): string {
  return `${longDate(unix, clock)} at ${TOKENS.time_secs?.(unix, clock) ?? ''}`;
}
