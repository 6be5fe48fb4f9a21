import type { Fingerprint, Scalar } from '../step-kind.ts';
import { count } from './text.ts';

/** What grew by more than both is not what was approved. */
const SHARE = 0.2;
const NUMBER = 100;

/** Where two fingerprints differ in one of these keys, as sentences. */
export function changed(before: Fingerprint, now: Fingerprint, keys: readonly string[]): string[] {
  return keys
    .filter((key) => before.substance[key] !== now.substance[key])
    .map((key) => `${key} changed from ${before.substance[key]} to ${now.substance[key]}`);
}

/** Less than was approved is no reason to ask again; much more is. `what` is the sentence's subject. */
export function growth(what: string, before: Scalar | undefined, now: Scalar | undefined): string[] {
  if (typeof before !== 'number' || typeof now !== 'number') return [];
  const grew = now - before > NUMBER && now > before * (1 + SHARE);
  return grew ? [`${what} grew from ${count(before)} to ${count(now)}`] : [];
}
