import {
  BrokenCircuitError,
  BulkheadRejectedError,
  bulkhead,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhen,
  IterableBackoff,
  retry,
  wrap,
} from 'cockatiel';
import { GuardiaError } from '../../errors.ts';
import type { ConnectionHealth } from '../step-kind.ts';
import { count } from './text.ts';

const AT_ONCE = { observe: 64, act: 8 } as const;
const WAITING = { observe: 1_024, act: 64 } as const;
const FAILURES_IN_A_ROW = 5;
const PAUSE_MS = 5_000;
const PAUSES_BETWEEN_TRIES_MS = [100, 300];
const TRIES = ['', 'one try', 'two tries', 'three tries'];

/** How one connection is used: looked at often, with tries and pauses; acted on once, past no pause. */
export interface ConnectionPolicy {
  /** At most 64 at once; tried three times; after five failures in a row not asked again for five seconds. */
  observe<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T>;
  /** Never repeated, and never held back because observing failed: people decided that it should be tried. */
  act<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T>;
  health(): PolicyHealth;
}

type PolicyHealth = Pick<ConnectionHealth, 'state' | 'since' | 'why' | 'running' | 'waiting'>;

const STATES: Readonly<Record<CircuitState, ConnectionHealth['state']>> = {
  [CircuitState.Closed]: 'closed',
  [CircuitState.Open]: 'open',
  [CircuitState.HalfOpen]: 'half-open',
  [CircuitState.Isolated]: 'open',
};

export function createPolicy(label: string): ConnectionPolicy {
  const breaker = circuitBreaker(handleWhen(isOutage), {
    breaker: new ConsecutiveBreaker(FAILURES_IN_A_ROW),
    halfOpenAfter: PAUSE_MS,
  });
  const observers = bulkhead(AT_ONCE.observe, WAITING.observe);
  const observing = wrap(observers, breaker);
  const acting = bulkhead(AT_ONCE.act, WAITING.act);
  /** Since when calls have failed so often that the breaker opened, and why; it stays until one succeeds. */
  let broken: { since: string; why: string } | undefined;
  breaker.onBreak((reason) => {
    broken = { since: broken?.since ?? new Date().toISOString(), why: whyOf(reason) };
  });
  breaker.onReset(() => {
    broken = undefined;
  });
  const inWords = (error: unknown) => policyError(error, label, broken);
  return {
    observe: (work, signal) => observing.execute(() => withTries(work, signal), signal).catch(inWords),
    act: (work, signal) => acting.execute(() => started(work, signal), signal).catch(inWords),
    health: () => ({
      state: STATES[breaker.state],
      ...broken,
      running: AT_ONCE.observe - observers.executionSlots + AT_ONCE.act - acting.executionSlots,
      waiting: WAITING.observe - observers.queueSlots + WAITING.act - acting.queueSlots,
    }),
  };
}

function whyOf(reason: unknown): string {
  const error = (reason as { error?: unknown } | null)?.error;
  return error instanceof GuardiaError ? error.message : 'no answer';
}

async function withTries<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  let tries = 0;
  const policy = retry(handleWhen(isWorthAnotherTry), {
    maxAttempts: PAUSES_BETWEEN_TRIES_MS.length,
    backoff: new IterableBackoff(PAUSES_BETWEEN_TRIES_MS),
  });
  try {
    return await policy.execute(() => {
      tries += 1;
      return started(work, signal);
    }, signal);
  } catch (error) {
    if (!(error instanceof GuardiaError) || tries === 1) throw error;
    throw new GuardiaError(error.code, `${error.message}, ${TRIES[tries]}`, { retryable: error.retryable });
  }
}

async function started<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  return work();
}

function isWorthAnotherTry(error: unknown): boolean {
  return error instanceof GuardiaError && error.code === 'unreachable' && error.retryable;
}

function isOutage(error: unknown): boolean {
  return error instanceof GuardiaError && (error.code === 'unreachable' || error.code === 'deadline');
}

function policyError(
  error: unknown,
  label: string,
  broken: { since: string; why: string } | undefined,
): never {
  if (error instanceof BrokenCircuitError) {
    const { why, since } = broken ?? { why: 'no answer', since: new Date().toISOString() };
    const pause = `not asked since ${since.slice(11, 19)} UTC, when ${FAILURES_IN_A_ROW} calls in a row had failed`;
    const message = `${why} (${pause}; tried again every ${PAUSE_MS / 1_000} s)`;
    throw new GuardiaError('unreachable', message, { retryable: true });
  }
  if (error instanceof BulkheadRejectedError) {
    const message = `${label} was not asked: ${count(WAITING.observe)} calls are waiting for it already`;
    throw new GuardiaError('unreachable', message, { retryable: true });
  }
  throw error;
}
