import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { pino } from 'pino';
import type { ChainHead } from '../../src/audit/chain.ts';
import { createHeadExport, type Outside, readHeads, toFile, toUrl } from '../../src/audit/head-export.ts';
import { type Answer, type HttpFake, startHttp } from '../steps/fakes/http-server.ts';

const AT = '2026-11-14T03:12:00.000Z';
/** What time it is in the database. */
const NOW = new Date('2026-01-01T03:20:00Z');
const head = (seq: number): ChainHead => ({ seq, hash: String(seq % 10).repeat(64) });

let logged: Record<string, unknown>[];
beforeEach(() => {
  logged = [];
});

/** A record whose newest entry is `now`, and that cannot be read while there is an `error`. */
function recordAt(now: number) {
  return { now, error: null as Error | null, reads: 0 };
}

function exporting(places: readonly Outside[], record: ReturnType<typeof recordAt>) {
  const logger = pino({ level: 'error' }, { write: (line: string) => void logged.push(JSON.parse(line)) });
  return createHeadExport({
    places,
    logger,
    now: async () => NOW,
    async head() {
      record.reads += 1;
      if (record.error) throw record.error;
      return head(record.now);
    },
  });
}

function place(): Outside & { took: number[]; at: string[]; refuse: boolean } {
  const one = {
    ...{ name: 'there', took: [] as number[], at: [] as string[], refuse: false },
    async take({ seq }: ChainHead, at: string) {
      if (one.refuse) throw new Error('not now');
      one.took.push(seq);
      one.at.push(at);
    },
  };
  return one;
}

describe('the head of the record', () => {
  it('is told to every place when there is a new one, and when Guardia stops', async () => {
    const there = place();
    const record = recordAt(7);
    const heads = exporting([there], record);
    heads.start();
    await heads.stop();
    expect(there.took).toEqual([7]);
    await heads.stop();
    expect(there.took).toEqual([7]);
    record.now = 9;
    await heads.stop();
    expect(there.took).toEqual([7, 9]);
    expect(there.at).toEqual([NOW.toISOString(), NOW.toISOString()]);
  });

  it('is told again to a place that did not take it, and to the others all the same', async () => {
    const [one, other] = [place(), place()];
    one.refuse = true;
    const heads = exporting([one, other], recordAt(3));
    await heads.stop();
    expect([one.took, other.took]).toEqual([[], [3]]);
    expect(logged).toEqual([
      expect.objectContaining({
        place: 'there',
        why: 'not now',
        msg: "the record's head could not be told",
      }),
    ]);
    expect(heads.warnings()).toEqual([
      { name: 'audit-head', says: expect.stringContaining('could not be told to there: not now') },
    ]);
    one.refuse = false;
    await heads.stop();
    expect([one.took, other.took]).toEqual([[3], [3]]);
    expect(heads.warnings()).toEqual([]);
  });

  it('is not told before anything was recorded', async () => {
    const there = place();
    await exporting([there], recordAt(0)).stop();
    expect(there.took).toEqual([]);
  });

  it('is told once it can be read again', async () => {
    const there = place();
    const record = recordAt(4);
    const heads = exporting([there], record);
    record.error = new Error('the database is away');
    await heads.stop();
    expect(logged).toEqual([
      expect.objectContaining({
        err: expect.objectContaining({ message: 'the database is away' }),
        msg: "the record's head could not be read",
      }),
    ]);
    record.error = null;
    await heads.stop();
    expect(there.took).toEqual([4]);
  });
});

describe('the head of the record, as time goes by,', () => {
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
  });
  afterEach(() => {
    jest.restoreAllMocks();
    jest.useRealTimers();
  });

  it('is told again every fifteen minutes, and no more once Guardia stopped', async () => {
    const there = place();
    const record = recordAt(1);
    const heads = exporting([there], record);
    const every = jest.spyOn(globalThis, 'setInterval');
    heads.start();
    expect(every).toHaveBeenCalledWith(expect.any(Function), 15 * 60_000);
    await jest.advanceTimersToNextTimerAsync();
    record.now = 2;
    await jest.advanceTimersToNextTimerAsync();
    expect(there.took).toEqual([1, 2]);
    await heads.stop();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('is not even read where there is no place to tell', async () => {
    const record = recordAt(1);
    const heads = exporting([], record);
    heads.start();
    expect(jest.getTimerCount()).toBe(0);
    await heads.stop();
    expect(record.reads).toBe(0);
  });
});

describe('a file', () => {
  it('gets a line each, which can be read back', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'guardia-heads-'));
    try {
      const file = toFile(join(folder, 'heads'));
      await file.take(head(1), AT);
      await file.take(head(12), '2026-11-14T03:27:00.000Z');
      const text = await readFile(join(folder, 'heads'), 'utf8');
      expect(file.name).toBe(join(folder, 'heads'));
      expect(text.split('\n')[0]).toBe(`${AT} 1:${'1'.repeat(64)}`);
      expect(readHeads(text)).toEqual([head(1), head(12)]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('is read past what other systems do to its lines', () => {
    const { hash } = head(5);
    expect(readHeads(`5:${hash}\r\n \n\n 5:${hash} `)).toEqual([head(5), head(5)]);
  });

  it.each([
    ['what is this?', 1],
    [`1:${head(1).hash}\n\nx2:${head(2).hash}`, 3],
    [`1:${head(1).hash} and more`, 1],
    [`1:${head(1).hash}0`, 1],
    [`1:${head(1).hash.slice(1)}`, 1],
    [`1234567890123456:${head(1).hash}`, 1],
  ])('with %j is refused with the number of the line', (text, line) => {
    expect(() => readHeads(text)).toThrow(`line ${line} is not a head: write SEQ:HASH`);
  });

  it('without a head is refused: it would prove nothing', () => {
    expect(() => readHeads('\n \n')).toThrow('there is no head: write SEQ:HASH');
  });
});

describe('an address', () => {
  let answer: Answer;
  let server: HttpFake;
  let url: string;
  beforeEach(async () => {
    answer = { status: 201 };
    server = await startHttp(() => answer);
    url = `${server.url.replace('//', '//me:hidden@')}/heads?token=hidden`;
  });
  afterEach(() => server.stop());

  it('gets it as JSON, and its name shows no password', async () => {
    await toUrl(url).take(head(4), AT);
    expect(server.asked).toEqual([
      expect.objectContaining({
        method: 'POST',
        path: '/heads?token=hidden',
        body: JSON.stringify({ ...head(4), at: AT }),
        headers: expect.objectContaining({ authorization: `Basic ${btoa('me:hidden')}` }),
      }),
    ]);
    expect(toUrl(url).name).toBe(`${server.url}/heads`);
  });

  it('has to take it', async () => {
    answer = { status: 500 };
    await expect(toUrl(url).take(head(5), AT)).rejects.toThrow('500');
  });

  it('cannot send it elsewhere', async () => {
    answer = { status: 307, headers: { location: `${server.url}/elsewhere` } };
    await expect(toUrl(url).take(head(5), AT)).rejects.toThrow();
    expect(server.asked.map(({ path }) => path)).toEqual(['/heads?token=hidden']);
  });
});
