import type { Logger } from 'pino';
import type { CatalogueHolder } from '../catalogue/hold.ts';
import type { Refusal } from '../catalogue/refusal.ts';
import { messageOf } from '../errors.ts';
import { acceptedCatalogueMessage, refusedCatalogueMessage } from '../report/catalogue.ts';
import type { Database } from '../store/database.ts';
import { say } from '../store/messages.ts';
import { addRefused, type RefusedCatalogue, takeRefused } from '../store/refused-catalogues.ts';

const EVERY_MS = 5_000;

export interface CatalogueNotices {
  start(): void;
  /** Says what is not said yet; resolves also when it could not be. */
  tell(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * The audit channel hears of each refused catalogue once, whichever replicas refuse it; once a good one is in force the
 * message says so. What could not be stored is tried again.
 */
export function createCatalogueNotices(parts: {
  db: Database;
  channel: string | null;
  catalogue: Pick<CatalogueHolder, 'current' | 'refusal'>;
  wake(): void;
  logger: Logger;
}): CatalogueNotices {
  const { db, channel, catalogue, logger } = parts;
  let told: Refusal | null | undefined;
  let running: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;

  async function tellOnce(to: string): Promise<void> {
    const refusal = catalogue.refusal();
    const inForce = catalogue.current().revision;
    if (refusal === told) return;
    if (refusal) await tellRefusal(db, to, refusal, inForce);
    else await tellAccepted(db, to, inForce);
    told = refusal;
    parts.wake();
  }

  function tell(): Promise<void> {
    if (channel === null) return Promise.resolve();
    running = running
      .then(() => tellOnce(channel))
      .catch((error: unknown) => {
        logger.error(
          { why: messageOf(error) },
          'the audit channel could not be told of the catalogue; trying again',
        );
      });
    return running;
  }

  return {
    start() {
      void tell();
      timer = setInterval(tell, EVERY_MS).unref();
    },
    tell,
    stop() {
      clearInterval(timer);
      return running;
    },
  };
}

async function tellRefusal(db: Database, channel: string, refusal: Refusal, inForce: string): Promise<void> {
  const { revision, problems, lastGoodSince } = refusal;
  const refused = { revision, started: lastGoodSince !== null };
  await db.transaction().execute(async (tx) => {
    const key = keyOf(refused, await addRefused(tx, refused));
    const message = refusedCatalogueMessage({ refused: revision, inForce, problems, lastGoodSince });
    await say(tx, { key, channel, message, importance: 0 });
  });
}

async function tellAccepted(db: Database, channel: string, inForce: string): Promise<void> {
  await db.transaction().execute(async (tx) => {
    for (const { at, ...refused } of await takeRefused(tx)) {
      const message = acceptedCatalogueMessage({ refused: refused.revision, inForce });
      await say(tx, { key: keyOf(refused, at), channel, message, importance: 0 });
    }
  });
}

/** With the time, so that one that is refused again after a good one is news again. */
function keyOf({ revision, started }: RefusedCatalogue, at: Date): string {
  return `catalogue-refused:${revision}:${started ? 'start' : 'reload'}:${at.getTime()}`;
}
