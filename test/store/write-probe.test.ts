import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { healthRoutes } from '../../src/http/health.ts';
import { createWriteProbe, type WriteProbe } from '../../src/store/write-probe.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { type SmallDisk, smallDisk } from '../helpers/small-disk.ts';
import { closeServers, serve } from '../http/serve.ts';
import { pgMessage, startPostgresWire } from '../steps/fakes/postgres-wire.ts';

const SERVER = process.env.GUARDIA_TEST_DATABASE ?? '';
const disk = await smallDisk(SERVER);
if (typeof disk === 'string') console.log(`The test with a full disk is left out: ${disk}`);

let database: TestDatabase;
const probes: WriteProbe[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
});
afterEach(async () => {
  await closeServers();
  await Promise.all(probes.splice(0).map((probe) => probe.close()));
});
afterAll(async () => {
  await database.drop();
  if (typeof disk !== 'string') await disk.remove();
});

function probe(url = database.url): WriteProbe {
  const made = createWriteProbe(url, "it's here");
  probes.push(made);
  return made;
}

const written = () => database.pool.query('select replica, xmin::text, at from write_probe');

describe('the write probe', () => {
  it('writes one row of this replica, again and again', async () => {
    const one = probe();
    await one.write();
    const { rows: first } = await written();
    await one.write();
    const { rows: second } = await written();
    expect(first).toEqual([{ replica: "it's here", xmin: expect.any(String), at: expect.any(Date) }]);
    expect(second).toHaveLength(1);
    expect(second[0].at.getTime()).toBeGreaterThan(first[0].at.getTime());
  });

  it('forgets replicas that have not written for a day', async () => {
    await database.pool.query("insert into write_probe values ('gone', now() - interval '25 hours')");
    await probe().write();
    expect((await written()).rows.map(({ replica }) => replica)).toEqual(["it's here"]);
  });

  it('is one write for many who ask at once', async () => {
    const one = probe();
    await one.write();
    const [before] = (await written()).rows;
    await Promise.all(Array.from({ length: 20 }, () => one.write()));
    const [after] = (await written()).rows;
    expect(Number(after.xmin) - Number(before.xmin)).toBeLessThan(20);
    expect(after.xmin).not.toBe(before.xmin);
  });

  it('says that the disk is full, whatever the server is', async () => {
    const fields = 'SERROR\0VERROR\0C53100\0Mcould not extend file "base/1/2": No space left on device\0\0';
    const wire = await startPostgresWire((socket) =>
      socket.write(Buffer.concat([pgMessage('E', fields), pgMessage('Z', 'I')])),
    );
    const writing = probe(`postgres://u:p@127.0.0.1:${wire.port}/d`).write();
    await expect(writing).rejects.toThrow("The database's disk is full");
    await wire.stop();
  });

  it('says that the database is read-only', async () => {
    const readOnly = `${database.url}?options=-c%20default_transaction_read_only%3Don`;
    await expect(probe(readOnly).write()).rejects.toThrow('The database is read-only');
  });

  it('does not wait for a write that hangs, and takes the next one', async () => {
    const one = probe();
    await one.write();
    const other = new pg.Client({ connectionString: database.url });
    await other.connect();
    await other.query('begin; lock table write_probe in share mode');
    await expect(one.write()).rejects.toThrow('did not complete a write within 700 ms');
    await other.query('rollback');
    await other.end();
    await expect(one.write()).resolves.toBeUndefined();
  });

  it('gives up a server that does not answer at all, and its connection with it', async () => {
    const wire = await startPostgresWire(() => undefined);
    const one = probe(`postgres://u:p@127.0.0.1:${wire.port}/d`);
    await expect(one.write()).rejects.toThrow('did not complete a write within 900 ms');
    await expect(one.write()).rejects.toThrow('did not complete a write within 900 ms');
    await wire.quiet();
    await wire.stop();
  });

  it('says that nobody answers', async () => {
    await expect(probe('postgres://u:hunter2@127.0.0.1:1/d').write()).rejects.toThrow(
      /^The database does not answer\.$/,
    );
  });
});

(typeof disk === 'string' ? describe.skip : describe)('/health/ready on a disk that is really full', () => {
  it('is 503 with the reason until there is room again, while /health/live stays 200', async () => {
    const { url, fill, free } = disk as SmallDisk;
    const one = probe(url);
    const { url: at } = await serve(healthRoutes({ checks: { database: one.write }, cacheMs: 0 }));
    const ask = async (path: string) => {
      const answer = await fetch(at + path);
      return [answer.status, await answer.json()];
    };
    expect(await ask('/health/ready')).toMatchObject([200, { ready: true }]);
    await fill();
    expect(await ask('/health/ready')).toMatchObject([
      503,
      { checks: { database: { ok: false, why: expect.stringContaining('disk is full') } } },
    ]);
    expect((await ask('/health/live'))[0]).toBe(200);
    await free();
    expect(await ask('/health/ready')).toMatchObject([200, { ready: true }]);
  });
});
