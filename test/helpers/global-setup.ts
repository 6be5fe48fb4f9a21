import { accessSync, constants, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { DBOS } from '@dbos-inc/dbos-sdk';
import pg from 'pg';
import { migrate, openDatabase } from '../../src/store/database.ts';
import { type EmbeddedServer, startEmbedded } from '../../src/store/embedded.ts';
import { openRunFolder, type RunFolder, removeDeadRuns } from './run-folder.ts';

declare global {
  var guardiaTestRun: { server: EmbeddedServer; folders: readonly RunFolder[] } | undefined;
}

/** Files in memory, on Linux. */
const MEMORY = '/dev/shm';
const ENOUGH_BYTES = 2 * 1024 ** 3;

/** What a test database holds need not survive the machine, and its log is kept small. */
const FLAGS = { fsync: 'off', full_page_writes: 'off', max_connections: '200', max_wal_size: '256MB' };

/**
 * One real PostgreSQL for the whole run; each test file clones its database from the migrated template. What the tests
 * make in the folder for temporary files is in the run's own folder, so that the next run can remove it.
 */
export default async function globalSetup(): Promise<void> {
  const folder = openRunFolder();
  await removeDeadRuns();
  const data = hasRoom(MEMORY) ? openRunFolder(MEMORY) : folder;
  if (data !== folder) await removeDeadRuns(MEMORY);
  const server = await startEmbedded(join(data.path, 'server'), { flags: FLAGS });
  globalThis.guardiaTestRun = { server, folders: [...new Set([data, folder])] };
  const template = server.url.replace(/\/guardia$/, '/template_guardia');
  const admin = new pg.Client({ connectionString: server.url });
  await admin.connect();
  await admin.query('create database template_guardia');
  await loginCheaply(admin, server.url);
  await admin.end();
  const open = openDatabase(template);
  await migrate(open.db);
  await open.close();
  await DBOS.migrate(template);
  process.env.GUARDIA_TEST_DATABASE = server.url;
  process.env.TMPDIR = folder.path;
}

/** A database is made for almost every test: some 400 files, which takes 0.02 s in memory and up to 0.4 s on a busy disk. */
function hasRoom(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize > ENOUGH_BYTES;
  } catch {
    return false;
  }
}

/** Thousands of connections log in; both sides of each would hash 4,096 times. */
async function loginCheaply(admin: pg.Client, url: string): Promise<void> {
  await admin.query('set scram_iterations = 1');
  await admin.query(`alter role guardia password '${new URL(url).password}'`);
}
