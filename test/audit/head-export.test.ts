import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { pino } from 'pino';
import type { ChainHead } from '../../src/audit/chain.ts';
import {
  createHeadExport,
  type HeadExport,
  type Outside,
  readHeads,
  toFile,
  toUrl,
} from '../../src/audit/head-export.ts';
import { startHttp } from '../steps/fakes/http-server.ts';
import { closing } from '../steps/harness.ts';

const logger = pino({ level: 'silent' });
const head = (seq: number): ChainHead => ({ seq, hash: String(seq % 10).repeat(64) });
const started: HeadExport[] = [];

afterEach(() => Promise.all(started.splice(0).map((one) => one.stop())));

function exporting(places: readonly Outside[], of: { now: number }): HeadExport {
  const made = createHeadExport({ places, head: async () => head(of.now), logger, everyMs: 3_600_000 });
  started.push(made);
  return made;
}

function place(): Outside & { took: number[]; refuse: boolean } {
  const one = {
    ...{ name: 'there', took: [] as number[], refuse: false },
    async take({ seq }: ChainHead) {
      if (one.refuse) throw new Error('not now');
      one.took.push(seq);
    },
  };
  return one;
}

describe('the head of the record', () => {
  it('is told to every place when there is a new one, and when Guardia stops', async () => {
    const there = place();
    const of = { now: 7 };
    const heads = exporting([there], of);
    heads.start();
    await heads.stop();
    expect(there.took).toEqual([7]);
    await heads.stop();
    expect(there.took).toEqual([7]);
    of.now = 9;
    await heads.stop();
    expect(there.took).toEqual([7, 9]);
  });

  it('is told again to a place that did not take it, and to the others all the same', async () => {
    const [one, other] = [place(), place()];
    one.refuse = true;
    const heads = exporting([one, other], { now: 3 });
    await heads.stop();
    expect([one.took, other.took]).toEqual([[], [3]]);
    one.refuse = false;
    await heads.stop();
    expect([one.took, other.took]).toEqual([[3], [3]]);
  });

  it('is not told before anything was recorded', async () => {
    const there = place();
    await exporting([there], { now: 0 }).stop();
    expect(there.took).toEqual([]);
  });

  it('is told again as time goes by', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
    try {
      const taken = Promise.withResolvers<number>();
      const of = { now: 1 };
      const there = {
        ...place(),
        take: async ({ seq }: ChainHead) => void (seq === 2 && taken.resolve(seq)),
      };
      exporting([there], of).start();
      of.now = 2;
      jest.advanceTimersByTime(3_600_000);
      expect(await taken.promise).toBe(2);
    } finally {
      jest.useRealTimers();
    }
  });
});

describe('places outside', () => {
  it('a file gets a line each, which can be read back', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'guardia-heads-'));
    const file = toFile(join(folder, 'heads'));
    await file.take(head(1), '2026-11-14T03:12:00.000Z');
    await file.take(head(2), '2026-11-14T03:27:00.000Z');
    const text = await readFile(join(folder, 'heads'), 'utf8');
    await rm(folder, { recursive: true });
    expect(text.split('\n')[0]).toBe(`2026-11-14T03:12:00.000Z 1:${'1'.repeat(64)}`);
    expect(readHeads(text)).toEqual({ heads: [head(1), head(2)], problems: [] });
  });

  it('an address gets it as JSON, and has to take it; its name shows no password', async () => {
    let status = 201;
    const server = closing(await startHttp(() => ({ status, body: '' })));
    const place = toUrl(`${server.url.replace('//', '//me:hidden@')}/heads?token=hidden`);
    await place.take(head(4), '2026-11-14T03:12:00.000Z');
    expect(server.asked[0]).toMatchObject({
      method: 'POST',
      body: JSON.stringify({ ...head(4), at: '2026-11-14T03:12:00.000Z' }),
      headers: { authorization: `Basic ${btoa('me:hidden')}` },
    });
    expect(place.name).not.toContain('hidden');
    status = 500;
    await expect(place.take(head(5), '2026-11-14T03:12:00.000Z')).rejects.toThrow('500');
  });
});
