import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';

const RETRY_MS = 200;
const MOST_MS = 5_000;

export const KEEPER = 'guardia keeper';

export interface Keeper {
  /** Stops watching; resolves once nothing is being started any more. */
  stop(): Promise<void>;
}

export interface Watched {
  url: string;
  /** Starts the server where it does not run. */
  start(): Promise<void>;
  /** Told what happens to the server. */
  report(what: string, error?: unknown): void;
}

/** Starts the server again whenever it ends: an idle connection to it ends at the same moment. */
export function keepRunning({ url, start, report }: Watched): Keeper {
  const stopping = new AbortController();
  const { signal } = stopping;
  async function keep(): Promise<void> {
    let first = true;
    let pauseMs = RETRY_MS;
    while (!signal.aborted) {
      try {
        if (!first) await start();
        if (!first) report('the embedded PostgreSQL is up again');
        first = false;
        pauseMs = RETRY_MS;
        await untilEnded(url, signal);
        if (!signal.aborted) report('the embedded PostgreSQL ended, and is started again');
      } catch (error) {
        report('the embedded PostgreSQL could not be started, and is tried again', error);
        await wait(pauseMs, undefined, { signal }).catch(() => {});
        pauseMs = Math.min(2 * pauseMs, MOST_MS);
      }
    }
  }
  const kept = keep();
  return {
    async stop() {
      stopping.abort();
      await kept;
    },
  };
}

async function untilEnded(url: string, signal: AbortSignal): Promise<void> {
  const client = new pg.Client({ connectionString: url, application_name: KEEPER });
  const ended = new Promise<void>((done) => client.once('end', done).on('error', () => done()));
  const aborted = new Promise<void>((done) => signal.addEventListener('abort', () => done(), { once: true }));
  try {
    await client.connect();
    if (!signal.aborted) await Promise.race([ended, aborted]);
  } finally {
    await client.end().catch(() => {});
  }
}
