import {
  BrokenCircuitError,
  BulkheadRejectedError,
  bulkhead,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhen,
  IterableBackoff,
  retry,
  wrap,
} from 'cockatiel';
import { GuardiaError } from '../../errors.ts';
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
}

export function createPolicy(label: string): ConnectionPolicy {
  const breaker = circuitBreaker(handleWhen(isOutage), {
    breaker: new ConsecutiveBreaker(FAILURES_IN_A_ROW),
    halfOpenAfter: PAUSE_MS,
  });
  const observing = wrap(bulkhead(AT_ONCE.observe, WAITING.observe), breaker);
  const acting = bulkhead(AT_ONCE.act, WAITING.act);
  const inWords = (error: unknown) => policyError(error, label, breaker.lastFailure);
  return {
    observe: (work, signal) => observing.execute(() => withTries(work, signal), signal).catch(inWords),
    act: (work, signal) => acting.execute(() => started(work, signal), signal).catch(inWords),
  };
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
  last: { error: unknown } | { value: unknown } | undefined,
): never {
  if (error instanceof BrokenCircuitError) {
    const reason =
      last && 'error' in last && last.error instanceof GuardiaError ? last.error.message : 'no answer';
    const pause = `${FAILURES_IN_A_ROW} calls in a row failed, so it is not asked for some seconds`;
    throw new GuardiaError('unreachable', `${reason} (${pause})`, { retryable: true });
  }
  if (error instanceof BulkheadRejectedError) {
    const message = `${label} was not asked: ${count(WAITING.observe)} calls are waiting for it already`;
    throw new GuardiaError('unreachable', message, { retryable: true });
  }
  throw error;
}
