import { existsSync } from 'node:fs';
import { chown, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { livingPostmaster } from '../../src/store/embedded/postmaster.ts';
import { type Child, startChild, startScript } from '../store/embedded/child.ts';
import { removeDeadRuns } from './run-folder.ts';
import { mountAt } from './small-disk.ts';

/** A folder for temporary files of its own, with runs of the tests in it. */
let temporary: string;
beforeAll(async () => {
  temporary = await mkdtemp(join(tmpdir(), 'runs-'));
});
afterAll(() => rm(temporary, { recursive: true, force: true }));

/** A run of the tests, with servers that its tests started. */
async function run(servers: readonly string[]): Promise<Child & { folder: string }> {
  const source = new URL('./run-folder.ts', import.meta.url).href;
  const starts = servers
    .map((name) => `await startEmbedded(folder.path + '/${name}', { flags: { fsync: 'off' } });`)
    .join('\n');
  const child = startScript(
    `const { openRunFolder } = await import('${source}');
     const folder = openRunFolder(${JSON.stringify(temporary)}); ${starts}
     console.log('runs in ' + folder.path); setInterval(() => {}, 1e6);`,
  );
  const [, folder = ''] = await child.says(/^runs in (.*)$/m);
  return { ...child, folder };
}

async function kill(child: Child): Promise<void> {
  child.process.kill('SIGKILL');
  await child.ended;
}

it('the next run removes what a dead run left, its servers too, and nothing else', async () => {
  const dead = await run(['a-test/data/practice']);
  const alive = await run([]);
  await kill(dead);
  const left = await livingPostmaster(join(dead.folder, 'a-test/data/practice/postgres'));
  expect(left).not.toBeNull();
  const others = ['guardia-test-notes', 'guardia-data', 'another'];
  for (const name of others) await mkdir(join(temporary, name));
  await writeFile(join(temporary, 'another/guardia.lock'), '');

  await removeDeadRuns(temporary);

  expect(existsSync(dead.folder)).toBe(false);
  await expect(fetch(`http://127.0.0.1:${left?.port}`)).rejects.toThrow('fetch failed');
  expect(existsSync(alive.folder)).toBe(true);
  expect(await readdir(temporary)).toEqual(expect.arrayContaining(others));
  await kill(alive);
  await removeDeadRuns(temporary);
  expect((await readdir(temporary)).sort()).toEqual(others.sort());
}, 60_000);

it('a disk that a dead run mounted is taken off', async () => {
  const dead = await run([]);
  const disk = join(dead.folder, 'a-disk');
  await mkdir(disk);
  const refused = await mountAt(disk);
  if (refused !== null) console.log(`A folder stands for the disk: ${refused}`);
  await writeFile(join(disk, 'left'), '');
  await kill(dead);
  await removeDeadRuns(temporary);
  expect(existsSync(dead.folder)).toBe(false);
});

const asRoot = process.getuid?.() === 0 ? it : it.skip;
asRoot("another user's run is not touched", async () => {
  const theirs = await run([]);
  await kill(theirs);
  await chown(theirs.folder, 65_534, 65_534);
  await removeDeadRuns(temporary);
  expect(existsSync(theirs.folder)).toBe(true);
});

it('a folder for temporary files that cannot be written is told in one sentence', async () => {
  const jest = join(import.meta.dirname, '../../node_modules/jest/bin/jest.js');
  const environment = { TMPDIR: join(temporary, 'none') };
  const child = startChild(process.execPath, ['--no-warnings', jest, '--listTests'], { environment });
  expect([await child.ended, child.said()]).toEqual([
    1,
    `The tests cannot write to ${temporary}/none: set TMPDIR to a folder that you may write.\n`,
  ]);
});
