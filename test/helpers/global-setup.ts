import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DBOS } from '@dbos-inc/dbos-sdk';
import pg from 'pg';
import { migrate, openDatabase } from '../../src/store/database.ts';
import { type EmbeddedServer, startEmbedded } from '../../src/store/embedded.ts';

declare global {
  var guardiaTestServer: { server: EmbeddedServer; folder: string } | undefined;
}

/** One real PostgreSQL for the whole run; each test file clones its database from the migrated template. */
export default async function globalSetup(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'guardia-test-'));
  await chmod(folder, 0o755);
  const server = await startEmbedded(folder, {
    flags: { fsync: 'off', full_page_writes: 'off', max_connections: '200' },
  });
  globalThis.guardiaTestServer = { server, folder };
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
}
