import { GuardiaError } from '../../../errors.ts';

/** When something is renewed, as a share of the time that it has. */
const RENEWED_AFTER = 2 / 3;
const TRIED_AGAIN_AFTER = 1 / 3;
/** With less than that share of its first time it is at the end of what it may have. */
const ENOUGH = 1 / 2;
const SHORTEST_MS = 100;
const LONGEST_MS = 2 ** 31 - 1;

/** A token or a lease, which ends unless it is renewed. */
export interface Ending {
  ttlMs: number;
  /** Milliseconds that it lives from now on; absent when it cannot be renewed. */
  renew?: (() => Promise<number>) | undefined;
  /** Called once, while it still has some of its time: another one is to be had. */
  lost(): void;
}

/** Renews something before it ends, again and again. The returned function stops that. */
export function keepAlive({ ttlMs, renew, lost }: Ending): () => void {
  let ends = Date.now() + ttlMs;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  const wait = (ms: number) => {
    timer = setTimeout(turn, Math.min(Math.max(ms, SHORTEST_MS), LONGEST_MS)).unref();
  };
  const over = () => {
    if (!stopped) lost();
  };
  async function turn(): Promise<void> {
    if (!renew) return over();
    try {
      const left = await renew();
      ends = Date.now() + left;
      if (left < ttlMs * ENOUGH) over();
      else if (!stopped) wait(left * RENEWED_AFTER);
    } catch (error) {
      const left = ends - Date.now();
      const passes = error instanceof GuardiaError && error.retryable && left > SHORTEST_MS;
      if (!passes) over();
      else if (!stopped) wait(left * TRIED_AGAIN_AFTER);
    }
  }
  wait(ttlMs * RENEWED_AFTER);
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
