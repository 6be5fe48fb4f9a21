import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { pino } from 'pino';
import { readConfig } from '../../src/config.ts';
import { openOutside } from '../../src/open-outside.ts';
import type { PracticeWorkspace } from '../../src/practice/workspace/server.ts';
import { GOOD } from '../helpers/catalogue.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { openWorkspace, SIGNING_SECRET } from '../slack/slack.ts';

let database: TestDatabase;
let workspace: PracticeWorkspace;
let folder: string;

beforeAll(async () => {
  [database, workspace, folder] = await Promise.all([
    createTestDatabase(),
    openWorkspace(),
    mkdtemp(join(tmpdir(), 'guardia-start-')),
  ]);
  await cp(GOOD, folder, { recursive: true });
});
afterAll(async () => {
  await workspace.stop();
  await database.drop();
  await rm(folder, { recursive: true });
});

const start = (settings: Record<string, string>) => {
  const config = readConfig({
    SLACK_API_URL: workspace.apiUrl,
    SLACK_BOT_TOKEN: workspace.botToken,
    SLACK_SIGNING_SECRET: SIGNING_SECRET,
    DATABASE_URL: database.url,
    GUARDIA_COMMANDS: folder,
    DEMO_CHANNEL: 'C0DENIS',
    DEMO_ONCALL_GROUP: 'S0ONCALL',
    ...settings,
  });
  return openOutside(config, pino({ level: 'silent' }));
};

/** Connections to the database of these tests, beside the one that asks. */
async function connections(): Promise<number> {
  const client = new pg.Client({ connectionString: database.url.replace(/\/[^/]+$/, '/postgres') });
  await client.connect();
  const { rows } = await client.query('select count(*)::int as n from pg_stat_activity where datname = $1', [
    database.url.split('/').at(-1),
  ]);
  await client.end();
  return rows[0].n;
}

describe('a start', () => {
  it('tells at once what is wrong with catalogue, database and Slack, without a secret', async () => {
    await writeFile(join(folder, 'demo/broken.yml'), 'titel: x\n');
    const starting = start({
      DATABASE_URL: 'postgres://u:hunter2@127.0.0.1:1/d',
      SLACK_BOT_TOKEN: 'xoxb-hunter2',
    });
    await expect(starting).rejects.toThrow(
      /^(?![\s\S]*hunter2)(?=[\s\S]*ECONNREFUSED)(?=[\s\S]*broken\.yml:1:1 .*"titel")(?=[\s\S]*bot token)/,
    );
    await rm(join(folder, 'demo/broken.yml'));
  });

  it('leaves nothing open when Slack does not take the token', async () => {
    const before = await connections();
    await expect(start({ SLACK_BOT_TOKEN: 'xoxb-revoked' })).rejects.toMatchObject({ code: 'slack' });
    expect(await connections()).toBe(before);
  });

  it('opens all of it where nothing is wrong', async () => {
    const { store, catalogue, connection } = await start({});
    expect(connection.ready()).toBe(true);
    expect([...catalogue.current().services.keys()]).toEqual(['demo']);
    connection.stop();
    await store.close();
  });
});
