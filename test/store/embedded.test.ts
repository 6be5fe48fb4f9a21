import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { livingPostmaster } from '../../src/store/embedded/postmaster.ts';
import { startEmbedded, visitEmbedded } from '../../src/store/embedded.ts';
import { until } from '../helpers/asked.ts';
import { type Child, startScript } from './embedded/child.ts';

/** Data of a test need not outlive the machine. */
const QUICK = { fsync: 'off' };

/** One folder for all, since making a cluster takes longer than everything else here. */
let folder: string;
let cluster: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'embedded-'));
  cluster = join(folder, 'postgres');
});
afterAll(async () => {
  await (await startEmbedded(folder)).stop();
  await rm(folder, { recursive: true, force: true });
});

/** Another Guardia that has the folder. */
async function holder(): Promise<Child> {
  const child = startScript(
    `const server = await startEmbedded(${JSON.stringify(folder)});
     console.log('up ' + server.url); setInterval(() => {}, 1e6);
     process.on('SIGTERM', () => server.stop().then(() => process.exit(0)));`,
  );
  await child.says(/^up /);
  return child;
}

async function kill(child: Child): Promise<void> {
  child.process.kill('SIGKILL');
  await child.ended;
}

async function query(url: string, text: string): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return await client.query(text);
  } finally {
    await client.end();
  }
}

describe('the embedded server', () => {
  it('keeps its data over a stop and a start, in the folder that was named', async () => {
    const first = await startEmbedded(folder, { flags: QUICK });
    await query(first.url, 'create table kept (n int)');
    await first.stop();
    expect(await readFile(join(cluster, 'PG_VERSION'), 'utf8')).toMatch(/^\d+\n$/);
    const second = await startEmbedded(folder);
    expect(second.started).toBe(true);
    await expect(query(second.url, 'select count(*) from kept')).resolves.toBeDefined();
    await second.stop();
    await expect(query(second.url, 'select 1')).rejects.toThrow(/ECONNREFUSED/);
  });

  it('stays up while another process still uses it', async () => {
    const server = await startEmbedded(folder);
    const other = new pg.Client({ connectionString: server.url });
    await other.connect();
    await server.stop();
    await expect(other.query('select 1')).resolves.toBeDefined();
    await other.end();
    const again = await startEmbedded(folder);
    expect(again.started).toBe(false);
    await again.stop();
  });

  it('is stopped once a connection that was about to close has closed', async () => {
    const server = await startEmbedded(folder);
    const other = new pg.Client({ connectionString: server.url });
    await other.connect();
    const stopped = server.stop();
    await until('a look at who is connected', async () => {
      const looks = await other.query(
        "select 1 from pg_stat_activity where pid <> pg_backend_pid() and query like '%application_name <>%'",
      );
      return looks.rows.length > 0 ? true : undefined;
    });
    await other.end();
    await stopped;
    expect(await livingPostmaster(cluster)).toBeNull();
  });

  it('has a password that others on the machine cannot read', async () => {
    const server = await startEmbedded(folder);
    expect((await stat(join(folder, 'postgres.password'))).mode & 0o777).toBe(0o600);
    await expect(query(server.url.replace(/:[^:@]+@/, ':wrong@'), 'select 1')).rejects.toThrow(/password/);
    await server.stop();
  });

  it('does not know the secrets of the bot', async () => {
    const server = await startEmbedded(folder);
    const { pid } = (await livingPostmaster(cluster)) ?? {};
    const environment = await promisify(execFile)('ps', ['eww', '-o', 'args=', '-p', String(pid)]).catch(
      async () => ({ stdout: await readFile(`/proc/${pid}/environ`, 'utf8') }),
    );
    expect(process.env.GUARDIA_TEST_DATABASE).toBeDefined();
    expect(environment.stdout).not.toContain('GUARDIA_TEST_DATABASE');
    await server.stop();
  });
});

describe('two processes and one data folder', () => {
  it('the second is told who has it and how to choose another, and harms nothing', async () => {
    const first = await holder();
    await expect(startEmbedded(folder)).rejects.toMatchObject({
      code: 'database',
      message: expect.stringMatching(
        new RegExp(`${folder} is in use by .*process ${first.process.pid} on .*GUARDIA_DATA=.* PORT=`),
      ),
    });
    const visitor = await visitEmbedded(folder);
    await query(visitor.url, 'select count(*) from kept');
    await visitor.stop();
    await expect(query(visitor.url, 'select 1')).resolves.toBeDefined();
    first.process.kill('SIGTERM');
    expect(await first.ended).toBe(0);
    await expect(query(visitor.url, 'select 1')).rejects.toThrow(/ECONNREFUSED/);
  });

  it('the same process cannot take it twice either', async () => {
    const first = await startEmbedded(folder);
    await expect(startEmbedded(folder)).rejects.toThrow(/is in use/);
    await expect(query(first.url, 'select 1')).resolves.toBeDefined();
    await first.stop();
  });

  it('one that was killed blocks nobody, and its server is adopted', async () => {
    await kill(await holder());
    const adopted = await startEmbedded(folder);
    expect(adopted.started).toBe(false);
    await adopted.stop();
    await expect(query(adopted.url, 'select 1')).rejects.toThrow(/ECONNREFUSED/);
  });

  it('one that ends by a fault of its own leaves no server behind', async () => {
    const child = startScript(
      `await startEmbedded(${JSON.stringify(folder)}); setTimeout(() => { throw new Error('a fault'); });`,
    );
    expect(await child.ended).toBe(1);
    const next = await startEmbedded(folder);
    expect(next.started).toBe(true);
    await next.stop();
  });
});

describe('a server that is killed', () => {
  it('is started again at the same address within 5 s, also while a query still computes', async () => {
    const reported: string[] = [];
    const up = Promise.withResolvers<void>();
    const server = await startEmbedded(folder, {
      report: (what) => {
        reported.push(what);
        if (what.endsWith('up again')) up.resolve();
      },
    });
    const busy = query(server.url, 'select count(*) from generate_series(1, 1e10)').catch((error) => error);
    await query(server.url, 'insert into kept values (7)');
    const killed = await livingPostmaster(cluster);
    const began = performance.now();
    process.kill(killed?.pid ?? 0, 'SIGKILL');
    await up.promise;
    expect(performance.now() - began).toBeLessThan(5_000);
    expect((await query(server.url, 'select n from kept')).rows).toEqual([{ n: 7 }]);
    expect(await busy).toBeInstanceOf(Error);
    expect(reported.at(0)).toMatch(/ended/);
    await server.stop();
    await expect(query(server.url, 'select 1')).rejects.toThrow(/ECONNREFUSED/);
  });
});

describe('data of an earlier start', () => {
  it('is not mistaken for used because another program has its process id by now', async () => {
    const left = `${process.pid}\n${cluster}\n1\n1\n\n\n\nready\n`;
    await writeFile(join(cluster, 'postmaster.pid'), left);
    const server = await startEmbedded(folder);
    expect(server.started).toBe(true);
    await server.stop();
  });

  it('of another version of PostgreSQL is explained and kept', async () => {
    const version = await readFile(join(cluster, 'PG_VERSION'), 'utf8');
    await writeFile(join(cluster, 'PG_VERSION'), '16\n');
    await expect(startEmbedded(folder)).rejects.toMatchObject({
      code: 'database',
      message: expect.stringMatching(/made by PostgreSQL 16.* brings \d+: move that folder away/),
    });
    expect(existsSync(join(cluster, 'base'))).toBe(true);
    await writeFile(join(cluster, 'PG_VERSION'), version);
  });

  it('that may be thrown away is made again, also where that was cut off before', async () => {
    await rename(cluster, join(folder, 'kept'));
    await mkdir(cluster, { mode: 0o700 });
    await writeFile(join(cluster, 'PG_VERSION'), '16\n');
    await mkdir(join(folder, 'postgres.new/data'), { recursive: true });
    await writeFile(join(folder, 'postgres.new/data/PG_VERSION'), '18\n');
    const server = await startEmbedded(folder, { disposable: true, flags: QUICK });
    await expect(query(server.url, 'select n from kept')).rejects.toThrow(/does not exist/);
    await server.stop();
    expect(existsSync(join(folder, 'postgres.new'))).toBe(false);
    await rm(cluster, { recursive: true });
    await rename(join(folder, 'kept'), cluster);
  });

  it('whose password is lost is explained and kept', async () => {
    const password = join(folder, 'postgres.password');
    await rename(password, `${password}.away`);
    await expect(startEmbedded(folder)).rejects.toThrow(/password is missing.*bring it back, or move/);
    expect(existsSync(password)).toBe(false);
    await rename(`${password}.away`, password);
  });

  it('with the mode that a copy gave it is used', async () => {
    await chmod(cluster, 0o755);
    await (await startEmbedded(folder)).stop();
    expect((await stat(cluster)).mode & 0o777).toBe(0o700);
  });
});
