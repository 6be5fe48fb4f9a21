import type { Logger } from 'pino';
import { persistently } from '../store/away.ts';
import type { OpenDatabase } from '../store/database.ts';
import { letGo, nextDueIn, type OutboxRow, release, takeDue } from '../store/outbox.ts';
import type { SlackConnection } from './connection.ts';
import { type Courier, deliver } from './deliver-message.ts';
import { listenForMessages } from './listen.ts';
import type { DeliveryMetrics } from './metrics.ts';
import { createUploads } from './pictures.ts';

/** Brings Slack to what store/messages.ts says should stand there: once each, in order, within Slack's limits. */
export interface Delivery {
  start(): Promise<void>;
  /** There may be something to say. */
  wake(): void;
  /** Takes nothing new and finishes what is under way. */
  stop(): Promise<void>;
  /** Resolves when nothing is under way and nothing will be due in the next seconds. */
  idle(): Promise<void>;
}

const AT_ONCE = 16;
/** For what other replicas or a crash left, should the database not have told. */
const POLL_MS = 1_000;
const SHORTEST_PAUSE_MS = 10;
const SOON_MS = 10_000;

export function createDelivery(parts: {
  database: Pick<OpenDatabase, 'db' | 'pool'>;
  connection: SlackConnection;
  /** This replica's name: what it had taken when it died is free again when it starts. */
  replica: string;
  logger: Logger;
  metrics: DeliveryMetrics;
  /** Told each time when a message cannot be posted where it is to stand. */
  notPosted?: (key: string) => Promise<void>;
}): Delivery {
  const { db, pool } = parts.database;
  const { connection, logger, metrics } = parts;
  const uploads = createUploads({ db, connection, logger });
  const { notPosted = async () => {} } = parts;
  const courier: Courier = { db, connection, uploads, logger, metrics, wake, notPosted };
  /** An edit may be under way before the post of the same message has been seen to end. */
  const underWay = new Set<{ row: OutboxRow; done: Promise<void> }>();
  let idlers: (() => void)[] = [];
  let listener: { stop(): Promise<void> } | null = null;
  let running: Promise<void> | null = null;
  let again = false;
  let stopped = true;
  let timer: NodeJS.Timeout | undefined;

  function wake(): void {
    if (stopped) return;
    again = true;
    running ??= round().finally(() => {
      running = null;
      if (again) wake();
    });
  }

  /** Takes what is due until there is nothing more, then sleeps until something will be. */
  async function round(): Promise<void> {
    clearTimeout(timer);
    let pause: number | null = POLL_MS;
    try {
      while (again && !stopped) {
        again = false;
        await takeAndBegin();
      }
      const hindered = !connection.ready() || underWay.size >= AT_ONCE;
      pause = hindered ? POLL_MS : await nextDueIn(db, busyChannels());
    } catch (error) {
      logger.error({ err: error }, 'messages cannot be delivered: the database does not answer');
    }
    if (stopped || again) return;
    timer = setTimeout(wake, Math.min(POLL_MS, Math.max(SHORTEST_PAUSE_MS, pause ?? POLL_MS))).unref();
    if (underWay.size === 0 && uploads.count() === 0 && (pause === null || pause > SOON_MS)) releaseIdlers();
  }

  async function takeAndBegin(): Promise<void> {
    const room = AT_ONCE - underWay.size;
    if (room <= 0 || !connection.ready()) return;
    const rows = await takeDue(db, { limit: room, busy: busyChannels(), by: parts.replica });
    for (const row of rows) begin(row);
  }

  function begin(row: OutboxRow): void {
    const done = deliver(courier, row)
      .catch((error: unknown) => cutOff(row, error))
      .finally(() => {
        underWay.delete(one);
        wake();
      });
    const one = { row, done };
    underWay.add(one);
  }

  /** Its channel must not wait until the lease has run out. */
  async function cutOff({ key }: OutboxRow, error: unknown): Promise<void> {
    logger.error({ err: error, key }, 'a delivery was cut off');
    await persistently(() => letGo(db, key, parts.replica)).catch((cause: unknown) =>
      logger.error({ err: cause, key }, 'a message waits until its lease has run out'),
    );
  }

  /** One post at a time and channel, so that nothing overtakes. */
  function busyChannels(): string[] {
    const rows = [...underWay].map((one) => one.row);
    return [...new Set(rows.filter((row) => row.ts === null).map((row) => row.channel))];
  }

  function releaseIdlers(): void {
    for (const resolve of idlers) resolve();
    idlers = [];
  }

  return {
    async start() {
      await release(db, parts.replica);
      stopped = false;
      listener = listenForMessages({ pool, logger, heard: wake });
      wake();
    },
    wake,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
      await Promise.all([...underWay].map((one) => one.done));
      await uploads.settled();
      await listener?.stop();
      listener = null;
      releaseIdlers();
    },
    idle() {
      if (stopped) return Promise.resolve();
      const resolved = new Promise<void>((resolve) => idlers.push(resolve));
      wake();
      return resolved;
    },
  };
}
