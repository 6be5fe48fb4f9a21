import type pg from 'pg';
import type { Logger } from 'pino';

const COME_BACK_MS = 1_000;

/** Calls `heard` whenever any replica says something new. A lost connection is made anew; polling covers the gap. */
export function listenForMessages(parts: { pool: pg.Pool; logger: Logger; heard(): void }): {
  stop(): Promise<void>;
} {
  let client: pg.PoolClient | null = null;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let connecting: Promise<void> = Promise.resolve();

  function lost(error: Error): void {
    client?.release(error);
    client = null;
    if (stopped) return;
    timer = setTimeout(() => {
      connecting = connect();
    }, COME_BACK_MS).unref();
  }
  async function connect(): Promise<void> {
    try {
      client = await parts.pool.connect();
      client.on('error', lost);
      client.on('notification', parts.heard);
      await client.query('listen guardia_message');
    } catch (error) {
      parts.logger.warn({ err: error }, 'the database does not tell of new messages; polling');
      lost(error as Error);
    }
  }
  connecting = connect();
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await connecting;
      client?.removeListener('error', lost);
      // Ended, not handed back: it would go on listening.
      client?.release(true);
      client = null;
    },
  };
}
