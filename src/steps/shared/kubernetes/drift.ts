import type { Fingerprint, Scalar } from '../../step-kind.ts';

type Tell = (what: string, before: Scalar, now: Scalar) => string;

/** What people read, by the key of a fingerprint, in the order in which it matters. */
const SENTENCES: Readonly<Record<string, Tell>> = {
  uid: (what) => `${what} was deleted and made anew since`,
  image: (what, before, now) => `${what} runs ${now}, not ${before}`,
  replicas: (what, before, now) => `${what} has ${replicas(now)}, not ${before}`,
  revision: (what, before, now) => `${what} is at revision ${now}, not ${before}`,
  'back to': (what, before, now) => `${what} would go back to revision ${now}, not ${before}`,
  owner: (what, before, now) => `${what} belongs to ${now ?? 'nobody'}, not to ${before ?? 'nobody'}`,
};

/**
 * How a target differs from what a plan was made for. Whatever else was changed of what it is to be, and not of how it
 * is, shows in its generation; that of a deployment counts its annotations, too.
 */
export function kubernetesDrift(before: Fingerprint, now: Fingerprint): string[] {
  const told = differencesIn(before, now, Object.keys(SENTENCES));
  if (told.length > 0 || !differs(before, now, 'generation')) return told;
  return [`${nameOf(before)} was changed since`];
}

/** The same in the given ways; a thing that was made anew is told as that alone. */
export function differencesIn(before: Fingerprint, now: Fingerprint, keys: readonly string[]): string[] {
  const told = keys
    .filter((key) => differs(before, now, key))
    .map((key) => SENTENCES[key]?.(nameOf(before), ...both(before, now, key)) ?? `${key} was changed since`);
  return differs(before, now, 'uid') && keys.includes('uid') ? told.slice(0, 1) : told;
}

function differs(before: Fingerprint, now: Fingerprint, key: string): boolean {
  const [was, is] = both(before, now, key);
  return was !== is;
}

function both(before: Fingerprint, now: Fingerprint, key: string): [Scalar, Scalar] {
  return [before.substance[key] ?? null, now.substance[key] ?? null];
}

function nameOf({ substance }: Fingerprint): string {
  return String(substance.what ?? 'the target');
}

function replicas(number: Scalar): string {
  return number === 1 ? '1 replica' : `${number} replicas`;
}
