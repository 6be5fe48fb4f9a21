import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  isRunning,
  leavePidFile,
  processIn,
  readReport,
  takePidFile,
  writeReport,
} from '../../src/pid-file.ts';

const MODULE = join(import.meta.dirname, '../../src/pid-file.ts');
const REPORT = { beganAt: 1, revision: 'abc', problems: [] };

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'guardia-pid-'));
  file = join(folder, 'data/guardia.pid');
});
afterEach(() => rm(folder, { recursive: true }));

/** Another process that has taken the file. */
async function another() {
  const script = `import('${MODULE}').then((m) => m.takePidFile('${file}')).then(() => console.log('taken'))
    .then(() => setInterval(() => {}, 1_000))`;
  const child = spawn(process.execPath, ['--no-warnings', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return child;
}

describe('the pid file', () => {
  it('names this process until it is left, with what came of its reload', async () => {
    expect(await takePidFile(file)).toBeNull();
    const running = await processIn(file);
    expect(running?.pid).toBe(process.pid);
    expect(running && (await isRunning(running))).toBe(true);
    await writeReport(file, REPORT);
    expect(await readReport(file)).toEqual({ ...REPORT, pid: process.pid });
    await leavePidFile(file);
    expect(await readdir(join(folder, 'data'))).toEqual([]);
  });

  it('stays that of another process while that lives, and is taken once it does not', async () => {
    const other = await another();
    const before = await readFile(file, 'utf8');
    expect(await takePidFile(file)).toMatchObject({ pid: other.pid });
    await writeReport(file, REPORT);
    await leavePidFile(file);
    expect([await readFile(file, 'utf8'), await readReport(file)]).toEqual([before, null]);
    other.kill('SIGKILL');
    await once(other, 'exit');
    expect(await takePidFile(file)).toBeNull();
    expect((await processIn(file))?.pid).toBe(process.pid);
  });

  it.each(['', 'x\ny\n', '0\ny\n', '-1\ny\n', '12\n'])('is none when it says %j', async (text) => {
    await takePidFile(file);
    await writeFile(file, text);
    expect(await processIn(file)).toBeNull();
  });
});
