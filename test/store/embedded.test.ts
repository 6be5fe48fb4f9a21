import { execFile, spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { startEmbedded } from '../../src/store/embedded.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'guardia-embedded-'));
  await chmod(folder, 0o755);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const script = (body: string) => `
  import { startEmbedded } from ${JSON.stringify(new URL('../../src/store/embedded.ts', import.meta.url).href)};
  const server = await startEmbedded(${JSON.stringify(folder)});
  ${body}`;

describe('the embedded server', () => {
  it('keeps its data over a stop and a start', async () => {
    const first = await startEmbedded(folder);
    await query(first.url, 'create table kept (n int)');
    await first.stop();
    const second = await startEmbedded(folder);
    expect(second.started).toBe(true);
    await expect(query(second.url, 'select count(*) from kept')).resolves.toBeDefined();
    await second.stop();
  });

  it('is adopted when the process that started it was killed', async () => {
    const child = spawn(process.execPath, [
      '--no-warnings',
      '--input-type=module',
      '-e',
      script('console.log("up"); setInterval(() => {}, 1e6);'),
    ]);
    await new Promise((up) => child.stdout.once('data', up));
    const ended = new Promise((done) => child.once('exit', done));
    child.kill('SIGKILL');
    await ended;
    const adopted = await startEmbedded(folder);
    expect(adopted.started).toBe(false);
    await adopted.stop();
    await expect(query(adopted.url, 'select 1')).rejects.toThrow(/ECONNREFUSED/);
  });

  it('stays up while another process still uses it', async () => {
    const server = await startEmbedded(folder);
    const other = new pg.Client({ connectionString: server.url });
    await other.connect();
    await server.stop();
    await expect(other.query('select 1')).resolves.toBeDefined();
    await other.end();
    await server.stop();
  });

  it('says in words why its data cannot be made, and what to do', async () => {
    const closed = join(folder, 'closed');
    await mkdir(join(closed, 'data'), { recursive: true });
    await chmod(closed, process.getuid?.() === 0 ? 0o700 : 0o000);
    const failure = startEmbedded(join(closed, 'data'));
    await expect(failure).rejects.toMatchObject({
      code: 'database',
      message: expect.stringMatching(/denied.*DATABASE_URL/i),
    });
    await chmod(closed, 0o755);
  });

  it('has a password that others on the machine cannot read', async () => {
    const server = await startEmbedded(folder);
    const { stdout } = await promisify(execFile)('stat', ['-c', '%a', join(folder, 'postgres.password')]);
    expect(stdout.trim()).toBe('600');
    await expect(query(server.url.replace(/:[^:@]+@/, ':wrong@'), 'select 1')).rejects.toThrow(/password/);
    await server.stop();
  });
});

async function query(url: string, text: string): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await client.query(text);
  } finally {
    await client.end();
  }
}
