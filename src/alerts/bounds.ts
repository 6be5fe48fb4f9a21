import { createHash } from 'node:crypto';

/** What an alert may carry further into the house. Beyond it is cut, and the cut is said. */
export const BOUNDS = {
  alerts: 200,
  labels: 64,
  name: 200,
  label: 1_000,
  annotation: 8_000,
  key: 500,
  url: 2_000,
} as const;

type Strings = Readonly<Record<string, string>>;

/** Labels that decide where an alert belongs; they stay when others are cut. */
const FIRST = ['alertname', 'severity', 'service', 'namespace'];

export interface Bounded {
  values: Record<string, string>;
  /** How many there were beyond the bound. */
  left: number;
}

/** At most `BOUNDS.labels` entries, the telling ones first, each of them storable and not too long. */
export function boundedStrings(given: Strings, longest: number): Bounded {
  const entries = Object.entries(given);
  const telling = entries.length > BOUNDS.labels ? tellingFirst(entries) : entries;
  const kept = telling.slice(0, BOUNDS.labels);
  const values = Object.fromEntries(
    kept.map(([name, value]) => [cut(name, BOUNDS.name), cut(value, longest)]),
  );
  return { values, left: entries.length - kept.length };
}

function tellingFirst(entries: [string, string][]): [string, string][] {
  return [
    ...entries.filter(([name]) => FIRST.includes(name)),
    ...entries.filter(([name]) => !FIRST.includes(name)),
  ];
}

/** Text as PostgreSQL can store it, at most `longest` characters and a note of how many are missing. */
export function cut(text: string, longest: number): string {
  // Replaced, not left out: what is left could be the name of something else.
  const storable = text.toWellFormed().replaceAll('\u0000', '\ufffd');
  if (storable.length <= longest) return storable;
  const kept = storable.slice(0, longest).toWellFormed();
  return `${kept} … (${(storable.length - longest).toLocaleString('en-US')} characters cut)`;
}

/** A key of any length as one that fits an index and still names the same group and no other. */
export function boundedKey(key: string): string {
  const storable = key.toWellFormed().replaceAll('\u0000', '');
  if (storable === key && key.length <= BOUNDS.key) return key;
  const digest = createHash('sha256').update(key).digest('hex');
  return `${storable.slice(0, BOUNDS.key - 65).toWellFormed()}…${digest}`;
}

/** A link that may be shown as one: http or https; anything else is none. */
export function link(text: string | undefined): string | null {
  if (text === undefined || text.length > BOUNDS.url) return null;
  const url = URL.parse(text);
  return url?.protocol === 'http:' || url?.protocol === 'https:' ? url.href : null;
}
