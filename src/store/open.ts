import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import { migrate, type OpenDatabase, openDatabase } from './database.ts';
import { type EmbeddedServer, startEmbedded } from './embedded.ts';

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
  const store = await openAsIs(settings, (error) =>
    logger.warn({ err: error }, 'an idle database connection ended'),
  );
  if (store.embedded) logger.info({ adopted: !store.embedded.started }, 'the embedded PostgreSQL is up');
  await migrate(store.db);
  return store;
}

/** Opens the same database with whatever schema it has, for who only looks at it. */
export async function openAsIs(settings: Settings, onError?: (error: Error) => void): Promise<Store> {
  const embedded = settings.DATABASE_URL ? null : await startEmbedded(settings.GUARDIA_DATA);
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
