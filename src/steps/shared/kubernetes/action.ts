import { setTimeout as sleep } from 'node:timers/promises';
import { type ErrorCode, GuardiaError } from '../../../errors.ts';
import type { Fingerprint, Performed, Preview, StepCall } from '../../step-kind.ts';
import { inSeconds } from '../deadline.ts';
import type { Cluster } from './client.ts';
import { differencesIn } from './drift.ts';

const POLL_MS = 1_000;
/** It is followed until so long before the deadline, so that what is known can still be said. */
const LAST_WORD_MS = 500;
const MOST_TRIES = 5;

export interface ActionCall
  extends Cluster,
    Pick<StepCall<unknown, unknown>, 'deadlineMs' | 'planned' | 'beforeEffect'> {}

/** One thing that can be done in a cluster. */
export interface KubernetesAction {
  preview(): Promise<Preview>;
  fingerprint(): Promise<Fingerprint>;
  perform(): Promise<Performed>;
}

/** Throws when the target is not what the plan was made for, in the ways that `keys` name. */
export function refuseOther(call: ActionCall, now: Fingerprint, keys: readonly string[]): void {
  const [difference] = call.planned ? differencesIn(call.planned, now, keys) : [];
  if (difference) throw nothingDone(difference);
}

export function nothingDone(difference: string): GuardiaError {
  return new GuardiaError('conflict', `${difference}; nothing was done`, { conclusive: true });
}

/**
 * Writes what is bound to a resource version. When somebody else wrote in between, `look` says what there is now, and
 * throws where that is another thing than before; otherwise (a status was written) it is tried again.
 */
export async function writeBound<Seen, T>(
  seen: Seen,
  look: () => Promise<Seen>,
  write: (seen: Seen) => Promise<T>,
): Promise<T> {
  for (let [tries, now] = [1, seen]; ; tries += 1) {
    try {
      return await write(now);
    } catch (error) {
      if (!isRefusal(error, ['conflict']) || tries === MOST_TRIES) throw error;
    }
    now = await look();
  }
}

/** Whether the API server itself turned a change down in one of these ways. */
export function isRefusal(error: unknown, codes: readonly ErrorCode[]): boolean {
  return error instanceof GuardiaError && error.conclusive && codes.includes(error.code);
}

/** What one look saw: its end, or how far it is. */
export interface Sight<End> {
  end?: End;
  says: string;
}

/** When to stop following, in the time of `performance.now()`; to be asked for when the work begins. */
export function lastMoment({ deadlineMs }: ActionCall): number {
  return performance.now() + deadlineMs - LAST_WORD_MS;
}

/** Looks until there is an end; an API server that is away for a moment is asked again. */
export async function followed<End>(
  call: ActionCall,
  { did, until }: { did: string; until: number },
  look: () => Promise<Sight<End>>,
): Promise<End> {
  for (let last = 'nothing was seen of it yet'; ; ) {
    const sight = await passing(look());
    if (sight?.end !== undefined) return sight.end;
    last = sight?.says ?? last;
    const left = until - performance.now();
    if (left <= 0)
      throw new GuardiaError('deadline', `${did}, but not done in ${inSeconds(call.deadlineMs)}: ${last}`);
    await sleep(Math.min(POLL_MS, left, call.deadlineMs / 20), undefined, { signal: call.signal });
  }
}

async function passing<T>(answer: Promise<T>): Promise<T | undefined> {
  return answer.catch((error) => {
    if (error instanceof GuardiaError && error.retryable) return undefined;
    throw error;
  });
}
