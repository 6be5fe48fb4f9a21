import type { Probe } from '../diagnosis/judge.ts';
import { GuardiaError } from '../errors.ts';
import type { Drill, Seen } from './schema.ts';
import { durationMs } from './schema-parts.ts';

type SeenInWords = Extract<Seen, { value: unknown }>;

/** What a drill lets a check see -> what its probe would have come to. Pure. */
export function observationOf(seen: Seen): Probe {
  if (isError(seen)) return { error: new GuardiaError('unreachable', seen.error, { retryable: true }) };
  if (!isInWords(seen)) return { observation: { value: seen, evidence: [] } };
  const { value, says, evidence = [] } = seen;
  return { observation: { value, evidence, ...(says === undefined ? {} : { says }) } };
}

/** How long the answer takes in the drill, in milliseconds. */
export function takesMs(seen: Seen): number {
  return isInWords(seen) && seen.takes !== undefined ? durationMs(seen.takes) : 0;
}

/** Whether the fault is over once these actions have run, in whatever order. */
export function isOver(drill: Drill, done: readonly string[]): boolean {
  const needed = drill['ends-with'];
  return needed?.every((action) => done.includes(action)) ?? false;
}

/**
 * What a check sees once these actions have run, the latest last: what the latest one that says something of it
 * left (`after`), else what it saw when all was well if the fault is over, else what it sees while the fault lasts.
 * Undefined for a check that the drill does not know.
 */
export function seenAfter(drill: Drill, done: readonly string[], check: string): Seen | undefined {
  for (const action of done.toReversed()) {
    const left = leftBy(drill, action);
    if (Object.hasOwn(left, check)) return left[check];
  }
  const side = isOver(drill, done) ? drill.healthy : drill.seen;
  return Object.hasOwn(side, check) ? side[check] : undefined;
}

function leftBy({ after = {}, healthy }: Drill, action: string): Readonly<Record<string, Seen>> {
  const left = Object.hasOwn(after, action) ? (after[action] ?? []) : [];
  if (!Array.isArray(left)) return left;
  return Object.fromEntries(Object.entries(healthy).filter(([check]) => left.includes(check)));
}

function isError(seen: Seen): seen is Extract<Seen, { error: string }> {
  return seen !== null && typeof seen === 'object' && !Array.isArray(seen) && 'error' in seen;
}

function isInWords(seen: Seen): seen is SeenInWords {
  return seen !== null && typeof seen === 'object' && !Array.isArray(seen) && 'value' in seen;
}
