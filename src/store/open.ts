import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import { migrate, type OpenDatabase, openDatabase } from './database.ts';
import { type EmbeddedServer, startEmbedded, visitEmbedded } from './embedded.ts';

export interface Store extends OpenDatabase {
  url: string;
  /** Null where `DATABASE_URL` names another. */
  embedded: EmbeddedServer | null;
  /** Closes the pool and stops the embedded server, where there is one and nobody else uses it. */
  close(): Promise<void>;
}

type Settings = Pick<Config, 'DATABASE_URL' | 'GUARDIA_DATA'>;

/** Opens the database, an embedded one unless `DATABASE_URL` names another, and brings its schema up to date. */
export async function openStore(settings: Settings, logger: Logger): Promise<Store> {
  const report = (what: string, err?: unknown) => logger.warn({ err }, what);
  const embedded = settings.DATABASE_URL ? null : await startEmbedded(settings.GUARDIA_DATA, { report });
  const store = storeOn(settings, embedded, (err) =>
    logger.warn({ err }, 'an idle database connection ended'),
  );
  if (embedded) logger.info({ adopted: !embedded.started }, 'the embedded PostgreSQL is up');
  try {
    await migrate(store.db);
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** Opens the same database with whatever schema it has, for who only looks at it. */
export async function openAsIs(settings: Settings): Promise<Store> {
  return storeOn(settings, settings.DATABASE_URL ? null : await visitEmbedded(settings.GUARDIA_DATA));
}

function storeOn(
  settings: Settings,
  embedded: EmbeddedServer | null,
  onError?: (error: Error) => void,
): Store {
  const url = embedded?.url ?? settings.DATABASE_URL ?? '';
  const open = openDatabase(url, { onError });
  return {
    ...open,
    url,
    embedded,
    async close() {
      await open.close();
      await embedded?.stop();
    },
  };
}
