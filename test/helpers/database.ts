import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { type OpenDatabase, openDatabase } from '../../src/store/database.ts';

export interface TestDatabase extends OpenDatabase {
  url: string;
  /** Closes the pool and drops the database. */
  drop(): Promise<void>;
}

/** A database of its own for one test file, cloned from the migrated template. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const server = process.env.GUARDIA_TEST_DATABASE;
  if (!server) throw new Error('no test server: run through npm test, whose global setup starts it');
  const name = `test_${randomBytes(6).toString('hex')}`;
  // A copy of its files: 17 ms, where a copy through the log takes 30 and its first connection 5 more.
  await onServer(server, `create database ${name} template template_guardia strategy file_copy`);
  const url = server.replace(/\/guardia$/, `/${name}`);
  const open = openDatabase(url);
  return {
    ...open,
    url,
    async drop() {
      await open.close();
      await onServer(server, `drop database if exists ${name} with (force)`);
    },
  };
}

/** Runs statements on a connection of their own. */
export async function onServer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
