import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { livingPostmaster } from '../src/store/embedded/postmaster.ts';
import { type Child, startChild } from './store/embedded/child.ts';

const MAIN = join(import.meta.dirname, '../src/main.ts');
const PATIENCE_MS = 120_000;
const COMMANDS = join(import.meta.dirname, '../commands');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'main-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** `npm run practice`, as a process of its own and in a folder of its own. */
function practice(environment: Record<string, string>): Child {
  const given = { PORT: '0', GUARDIA_DATA: join(folder, 'data'), GUARDIA_COMMANDS: COMMANDS, ...environment };
  return startChild(process.execPath, ['--no-warnings', MAIN, '--practice'], { environment: given });
}

const clusterOf = (data: string) => join(folder, data, 'practice/postgres');

async function end(child: Child): Promise<void> {
  child.process.kill('SIGTERM');
  expect([await child.ended, child.said()]).toEqual([0, expect.any(String)]);
}

it(
  'a port that is none is answered in one sentence',
  async () => {
    const child = practice({ PORT: '99999' });
    expect([await child.ended, child.said()]).toEqual([
      1,
      'PORT must be a port from 1 to 65535, such as PORT=3001, or 0 for any that is free.\n',
    ]);
  },
  PATIENCE_MS,
);

it(
  'a second practice is told what is taken, the first lives on, also when its database is killed',
  async () => {
    const first = practice({});
    const [, url = ''] = await first.says(/is up: (\S+)/);
    const sameData = practice({});
    const samePort = practice({ PORT: new URL(url).port, GUARDIA_DATA: join(folder, 'other') });
    expect([await sameData.ended, sameData.said()]).toEqual([
      1,
      expect.stringMatching(
        /^The data folder .*data\/practice is in use by another Guardia, process \d+ .*GUARDIA_DATA=\S+ PORT=3001\.\n$/,
      ),
    ]);
    expect([await samePort.ended, samePort.said()]).toEqual([
      1,
      `Port ${new URL(url).port} is taken by another program: end that one, or choose another with PORT, such as PORT=3001.\n`,
    ]);
    expect(await livingPostmaster(clusterOf('other'))).toBeNull();

    const { pid } = (await livingPostmaster(clusterOf('data'))) ?? {};
    process.kill(pid ?? 0, 'SIGKILL');
    await first.says(/PostgreSQL is up again/);
    expect(await diagnosis(url)).toMatch(/PING/);
    await end(first);
    expect(await livingPostmaster(clusterOf('data'))).toBeNull();
  },
  PATIENCE_MS,
);

it(
  'practice that is told to stop while it starts ends all the same, and leaves no server behind',
  async () => {
    const child = practice({});
    await eventually(() => livingPostmaster(clusterOf('data')));
    await end(child);
    expect(await livingPostmaster(clusterOf('data'))).toBeNull();
  },
  PATIENCE_MS,
);

async function eventually<T>(look: () => Promise<T | null>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    await wait(20);
  }
}

/** Asks the bot for one as a person does, and answers what it posts. */
async function diagnosis(url: string): Promise<string> {
  const state = async () => (await fetch(`${url}/practice/state?as=U0NOOR`)).json();
  const { channels } = (await state()) as { channels: { id: string; name: string }[] };
  const channel = channels.find(({ name }) => name === 'denis-alerts')?.id;
  const text = '/diagnose denis/redis-down';
  const body = JSON.stringify({ as: 'U0NOOR', act: 'say', channel, text });
  const headers = { 'content-type': 'application/json' };
  await fetch(`${url}/practice/act`, { method: 'POST', headers, body });
  return eventually(async () => {
    const { messages } = (await state()) as { messages: { user: string }[] };
    const said = JSON.stringify(messages.filter(({ user }) => user === 'U0GUARDIA'));
    return said.includes('PING') ? said : null;
  });
}
