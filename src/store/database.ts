import { Kysely, PostgresDialect, type Transaction } from 'kysely';
import { Migrator } from 'kysely/migration';
import pg from 'pg';
import { GuardiaError, messageOf } from '../errors.ts';
import { up as start } from './migrations/0001-start.ts';
import { up as ticks } from './migrations/0002-ticks.ts';
import { up as escalations } from './migrations/0003-escalations.ts';
import { up as since } from './migrations/0004-since.ts';
import { up as silences } from './migrations/0005-silences.ts';
import { up as reviews } from './migrations/0006-reviews.ts';
import { up as policies } from './migrations/0007-policies.ts';
import { up as lines } from './migrations/0009-lines.ts';
import { up as fence } from './migrations/0011-fence.ts';
import { up as clock } from './migrations/0012-clock.ts';
import { up as people } from './migrations/0013-people.ts';
import { up as threads } from './migrations/0015-threads.ts';
import { up as lastGoodCatalogue } from './migrations/0016-last-good-catalogue.ts';
import type { Tables } from './schema.ts';

export type Database = Kysely<Tables>;
/** A database or an open transaction: queries take either. */
export type Queries = Kysely<Tables> | Transaction<Tables>;

/** In order; a released migration is never edited. */
const MIGRATIONS = {
  '0001-start': { up: start },
  '0002-ticks': { up: ticks },
  '0003-escalations': { up: escalations },
  '0004-since': { up: since },
  '0005-silences': { up: silences },
  '0006-reviews': { up: reviews },
  '0007-policies': { up: policies },
  '0009-lines': { up: lines },
  '0011-fence': { up: fence },
  '0012-clock': { up: clock },
  '0013-people': { up: people },
  '0015-threads': { up: threads },
  '0016-last-good-catalogue': { up: lastGoodCatalogue },
};

export interface OpenDatabase {
  db: Database;
  pool: pg.Pool;
  close(): Promise<void>;
}

/** Opens a pool on `url`; nothing is asked of the server yet. Identical in practice, tests and production. */
export function openDatabase(
  url: string,
  options: { max?: number; onError?: (error: Error) => void } = {},
): OpenDatabase {
  const pool = new pg.Pool({
    connectionString: url,
    max: options.max ?? 12,
    application_name: 'guardia',
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
  });
  // Without listeners a connection that the server ends, idle or in the middle of a query, would end the process.
  const onError = options.onError ?? (() => {});
  pool.on('error', onError).on('connect', (client) => client.on('error', () => {}));
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  return { db, pool, close: () => db.destroy() };
}

/** Brings the schema up to date; several replicas may do so at once. */
export async function migrate(db: Database): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => MIGRATIONS } });
  const { error } = await migrator.migrateToLatest();
  if (error)
    throw new GuardiaError('database', `The database could not be migrated: ${messageOf(error)}`, {
      cause: error,
    });
}
