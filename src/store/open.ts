import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import { migrate, type OpenDatabase, openDatabase } from './database.ts';
import { startEmbedded } from './embedded.ts';

export interface Store extends OpenDatabase {
  url: string;
  /** Closes the pool and stops the embedded server, where there is one and nobody else uses it. */
  close(): Promise<void>;
}

/** Opens the database, an embedded one unless `DATABASE_URL` names another, and brings its schema up to date. */
export async function openStore(
  config: Pick<Config, 'DATABASE_URL' | 'GUARDIA_DATA'>,
  logger: Logger,
): Promise<Store> {
  const own = config.DATABASE_URL ? null : await startEmbedded(config.GUARDIA_DATA);
  if (own) logger.info({ adopted: !own.started }, 'the embedded PostgreSQL is up');
  const url = config.DATABASE_URL ?? own?.url ?? '';
  const open = openDatabase(url, {
    onError: (error) => logger.warn({ err: error }, 'an idle database connection ended'),
  });
  await migrate(open.db);
  return {
    ...open,
    url,
    async close() {
      await open.close();
      await own?.stop();
    },
  };
}
