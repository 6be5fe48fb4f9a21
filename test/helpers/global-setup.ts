import { join } from 'node:path';
import { DBOS } from '@dbos-inc/dbos-sdk';
import pg from 'pg';
import { migrate, openDatabase } from '../../src/store/database.ts';
import { type EmbeddedServer, startEmbedded } from '../../src/store/embedded.ts';
import { openRunFolder, type RunFolder, removeDeadRuns } from './run-folder.ts';

declare global {
  var guardiaTestRun: { server: EmbeddedServer; folder: RunFolder } | undefined;
}

/**
 * One real PostgreSQL for the whole run; each test file clones its database from the migrated template. What the tests
 * make in the folder for temporary files is in the run's own folder, so that the next run can remove it.
 */
export default async function globalSetup(): Promise<void> {
  const folder = openRunFolder();
  await removeDeadRuns();
  const server = await startEmbedded(join(folder.path, 'server'), {
    flags: { fsync: 'off', full_page_writes: 'off', max_connections: '200' },
  });
  globalThis.guardiaTestRun = { server, folder };
  const template = server.url.replace(/\/guardia$/, '/template_guardia');
  const admin = new pg.Client({ connectionString: server.url });
  await admin.connect();
  await admin.query('create database template_guardia');
  await admin.end();
  const open = openDatabase(template);
  await migrate(open.db);
  await open.close();
  await DBOS.migrate(template);
  process.env.GUARDIA_TEST_DATABASE = server.url;
  process.env.TMPDIR = folder.path;
}
