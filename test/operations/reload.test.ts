import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { plainText } from '../../src/practice/workspace/driver/elements.ts';
import type { PracticeWorkspace } from '../../src/practice/workspace/server.ts';
import { GOOD } from '../helpers/catalogue.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { type BotProcess, spawnBot } from '../real/helpers/bot-process.ts';
import { openWorkspace, SIGNING_SECRET, until } from '../slack/slack.ts';

const ROOT = join(import.meta.dirname, '../..');
const AUDIT = 'C0GENERAL';

/** The real process, `npm run reload` beside it, Slack and a database that outlive it. */
let database: TestDatabase;
let workspace: PracticeWorkspace;
let folder: string;
let bot: BotProcess;
let url: string;

beforeAll(async () => {
  [database, workspace, folder] = await Promise.all([
    createTestDatabase(),
    openWorkspace({ manifest: join(ROOT, 'manifest.yml') }),
    mkdtemp(join(tmpdir(), 'guardia-reload-')),
  ]);
  await cp(GOOD, join(folder, 'commands'), { recursive: true });
});
afterAll(async () => {
  await bot.kill();
  await workspace.stop();
  await database.drop();
  await rm(folder, { recursive: true });
});

const environment = (): Record<string, string> => ({
  PORT: '0',
  SLACK_API_URL: workspace.apiUrl,
  SLACK_BOT_TOKEN: workspace.botToken,
  SLACK_SIGNING_SECRET: SIGNING_SECRET,
  DATABASE_URL: database.url,
  GUARDIA_COMMANDS: join(folder, 'commands'),
  GUARDIA_DATA: join(folder, 'data'),
  AUDIT_CHANNEL: AUDIT,
  DEMO_CHANNEL: 'C0DENIS',
  DEMO_ONCALL_GROUP: 'S0ONCALL',
});

/** Resolves once the bot listens, and `npm run reload` finds it. */
async function start(): Promise<void> {
  const pidFile = () => readFile(join(folder, 'data/guardia.pid'), 'utf8').catch(() => '');
  const before = await pidFile();
  bot = spawnBot(environment());
  url = await bot.up;
  workspace.connectBot(`${url}/slack/events`);
  await until('its pid file', async () => (await pidFile()) !== before);
}

async function titled(line: string): Promise<void> {
  const file = join(folder, 'commands/demo/service.yml');
  await writeFile(file, (await readFile(file, 'utf8')).replace(/^tit(le|el): .*$/m, line));
}

function reload(
  settings: Record<string, string> = {},
  ...argv: string[]
): Promise<{ code: number; said: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--no-warnings', 'src/cli.ts', 'reload', ...argv],
      { cwd: ROOT, env: { ...environment(), ...settings, PATH: process.env.PATH, NODE_ENV: 'production' } },
      (error, out, err) => resolve({ code: error ? Number(error.code) : 0, said: out + err }),
    );
  });
}

const ready = async () => {
  const answer = await fetch(`${url}/health/ready`);
  return [
    answer.status,
    (await answer.json()).warnings.map(({ name, says }: Record<string, string>) => `${name}: ${says}`),
  ];
};
const metrics = async () => (await fetch(`${url}/metrics`)).text();
const status = async () => {
  const got = await workspace.driver.as('U0NOOR').command('C0DENIS', '/guardia status');
  return plainText(await got.ephemeral(/replica/));
};
const inAuditChannel = (words: RegExp) =>
  workspace.driver.waitFor((seen) => seen.messages(AUDIT).find((message) => words.test(plainText(message))), {
    what: `${words} in the audit channel`,
    timeoutMs: 15_000,
  });

describe('a catalogue that is refused', () => {
  it('shows everywhere on reload, is not started with, and is forgotten once a good one is in force', async () => {
    await start();
    await titled('title: Demonstration');
    const loaded = await reload();
    expect(loaded).toEqual({
      code: 0,
      said: expect.stringMatching(/^The catalogue was loaded: [0-9a-f]{12} is in force/),
    });
    const good = /[0-9a-f]{12}/.exec(loaded.said)?.[0] ?? '';
    expect(await metrics()).toContain('guardia_catalogue_last_reload_successful 1');

    await titled('titel: Broken');
    const refused = await reload();
    expect(refused.code).toBe(1);
    expect(refused.said).toMatch(
      new RegExp(`refused; ${good} stays in force[\\s\\S]*service.yml:\\d+:1 .*"titel"`),
    );
    expect(await ready()).toEqual([200, [expect.stringMatching(/^catalogue-refused: [\s\S]*"titel"/)]]);
    expect(await status()).toMatch(/Healthy, with warnings[\s\S]*was refused[\s\S]*"titel"/);
    const figures = await metrics();
    expect(figures).toContain('guardia_catalogue_last_reload_successful 0');
    expect(figures).toContain('guardia_warning{warning="catalogue-refused"} 1');
    const told = await inAuditChannel(/❌ Catalogue .* was refused[\s\S]*stays in force[\s\S]*titel/);
    await reload();

    await bot.kill();
    expect(await reload()).toEqual({
      code: 1,
      said: expect.stringContaining('no running Guardia is known by'),
    });
    await start();
    expect(bot.log()).toContain('starts with the last good one');
    expect(await ready()).toEqual([
      200,
      [
        expect.stringMatching(/^catalogue-refused: /),
        expect.stringMatching(/^catalogue-last-good: .*last good/),
      ],
    ]);
    expect(await metrics()).toContain('guardia_warning{warning="catalogue-last-good"} 1');
    expect(await status()).toMatch(/started with the last good catalogue/);
    await inAuditChannel(/Guardia started with the last good one/);
    const notices = () =>
      workspace.driver
        .messages(AUDIT)
        .map(plainText)
        .filter((text) => /Catalogue/.test(text));
    expect(notices()).toHaveLength(2);

    await titled('title: Mended');
    expect((await reload()).code).toBe(0);
    await workspace.driver.waitFor(() => notices().every((text) => /is replaced/.test(text)), {
      what: 'both notices to be settled',
    });
    expect(workspace.driver.messages(AUDIT).find(({ ts }) => ts === told.ts)).toBeDefined();
    expect(notices()).toHaveLength(2);
    expect(await ready()).toEqual([200, []]);
    expect(await status()).not.toMatch(/Warning/);
    expect(await metrics()).not.toContain('guardia_warning{');
    await bot.terminate();
    expect(existsSync(join(folder, 'data/guardia.pid'))).toBe(false);
  }, 60_000);
});

describe('npm run reload', () => {
  it('never signals a process that has the pid of one that is gone', async () => {
    const file = join(folder, 'recycled.pid');
    await writeFile(file, `${process.pid}\nat another time\n`);
    let signalled = 0;
    const heard = () => {
      signalled += 1;
    };
    process.on('SIGHUP', heard);
    const { code, said } = await reload({ GUARDIA_PID_FILE: file });
    process.off('SIGHUP', heard);
    expect([code, signalled]).toEqual([1, 0]);
    expect(said).toContain('no running Guardia is known by');
  });

  it('explains itself, and what it does not understand', async () => {
    expect(await reload({}, '--help')).toEqual({
      code: 0,
      said: expect.stringContaining('guardia reload --practice'),
    });
    expect(await reload({}, 'now')).toEqual({
      code: 2,
      said: expect.stringContaining('"now" is not understood'),
    });
    const practice = await reload({}, '--practice');
    expect(practice).toEqual({
      code: 1,
      said: expect.stringContaining(join(folder, 'data/practice/guardia.pid')),
    });
  });
});
