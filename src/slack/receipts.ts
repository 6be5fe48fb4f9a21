import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Database } from '../store/database.ts';
import { begin, finish, forgetReceived } from '../store/received.ts';

/** Has each payload handled once, however often and wherever Slack delivers it. */
export interface Receipts {
  once(id: string, work: () => Promise<void>): Promise<void>;
  start(): void;
  stop(): void;
}

/** Longer than any handler takes: then whoever began it is dead. */
const STALE_SECONDS = 60;
const LOOK_AGAIN_MS = 500;
const KEPT_MINUTES = 60;
const SWEEP_MS = 10 * 60_000;

export function createReceipts(parts: { db: Database; logger: Logger }): Receipts {
  const { db, logger } = parts;
  const stopped = new AbortController();
  let sweep: NodeJS.Timeout | undefined;

  /** A retry is never dropped unseen: it waits until the first delivery was handled, and takes over if it was not. */
  async function isMine(id: string): Promise<boolean> {
    while (!stopped.signal.aborted) {
      const state = await begin(db, id, STALE_SECONDS);
      if (state !== 'elsewhere') return state === 'yours';
      await pause(LOOK_AGAIN_MS, null, { signal: stopped.signal }).catch(() => null);
    }
    return false;
  }
  return {
    async once(id, work) {
      if (!(await isMine(id))) return;
      await work();
      await finish(db, id).catch((error: unknown) => {
        logger.warn({ err: error, id }, 'it could not be noted that a payload was handled');
      });
    },
    start() {
      sweep = setInterval(() => {
        forgetReceived(db, KEPT_MINUTES).catch((error: unknown) => {
          logger.warn({ err: error }, 'old receipts could not be forgotten');
        });
      }, SWEEP_MS).unref();
    },
    stop() {
      clearInterval(sweep);
      stopped.abort();
    },
  };
}
