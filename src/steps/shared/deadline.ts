import { GuardiaError } from '../../errors.ts';

export interface Limits {
  /** What was asked of whom, for the message. */
  what: string;
  deadlineMs: number;
  signal?: AbortSignal;
}

/**
 * Runs `work` and ends with it, at its deadline ('deadline') or when the caller gives up ('aborted'), whichever is
 * first, even when `work` does not listen to its signal.
 */
export async function withDeadline<T>(limits: Limits, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const own = new AbortController();
  const late = () =>
    own.abort(new GuardiaError('deadline', `${limits.what}: no answer in ${inSeconds(limits.deadlineMs)}`));
  const stop = () => own.abort(new GuardiaError('aborted', `${limits.what}: stopped`));
  const timer = setTimeout(late, limits.deadlineMs);
  limits.signal?.addEventListener('abort', stop, { once: true });
  if (limits.signal?.aborted) stop();
  try {
    return await untilAborted(own.signal, () => work(own.signal));
  } finally {
    clearTimeout(timer);
    limits.signal?.removeEventListener('abort', stop);
  }
}

/** The work's own end, or the signal's reason as soon as it is aborted; what comes after that is dropped. */
export async function untilAborted<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const stop = () => reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([work(), aborted]);
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

export function inSeconds(ms: number): string {
  return `${Number((ms / 1_000).toFixed(ms < 10_000 ? 1 : 0))} s`;
}
