import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { serviceWith } from '../../steps/harness.ts';
import { type CeleryWorker, startCelery } from '../servers/celery.ts';
import { until } from '../servers/process.ts';
import { type RedisServer, startRedis } from '../servers/redis.ts';

const PASSWORD = 'sesame-street-4711';
let redis: RedisServer;
let worker: CeleryWorker;

/** The worker takes jobs from `busy` alone, so what is in `celery` waits. */
beforeAll(async () => {
  redis = await startRedis({ password: PASSWORD });
  worker = await startCelery({ redisUrl: redis.url, queues: ['busy'], name: 'w1@test' });
}, 330_000);

afterAll(async () => {
  await worker.stop();
  await redis.stop();
});

function service() {
  const { PATH, PYTHONPATH } = worker.environment;
  const environment = { PATH, PYTHONPATH, CELERY_BROKER_URL: `\${DENIS_REDIS_URL}` };
  const { observe, preview, fingerprint, perform, steps } = serviceWith({
    connections: {
      celery: { kind: 'celery', app: worker.app, target: 'denis-workers', broker: 'redis' },
      redis: { kind: 'redis', url: `\${DENIS_REDIS_URL}` },
    },
    targets: { 'denis-workers': { local: ['celery'], environment } },
    settings: { DENIS_REDIS_URL: redis.url },
  });
  const options = { deadlineMs: 30_000, parameters: { queue: 'celery' } };
  return {
    steps,
    observe: (input: unknown) => observe('celery', input, options),
    preview: (input: unknown) => preview('celery', input, options),
    fingerprint: (input: unknown) => fingerprint('celery', input, options),
    perform: (input: unknown, signal?: AbortSignal) =>
      perform('celery', input, { ...options, ...(signal ? { signal } : {}) }),
  };
}

describe('a real Celery worker', () => {
  it('answers a ping, and tells its statistics and queues', async () => {
    const { observe } = service();
    expect(await observe({ inspect: 'ping' })).toMatchObject({
      value: ['w1@test'],
      says: '1 worker replied',
    });
    expect((await observe({ inspect: 'stats' })).value).toMatchObject({ workers: 1, processes: 1 });
    expect((await observe({ inspect: 'active_queues' })).value).toEqual(['busy']);
  });

  it('tells the job it runs and the one it has reserved', async () => {
    const { observe } = service();
    await worker.enqueue(2, { queue: 'busy', seconds: 600 });
    const active = await until('a job that runs', async () => {
      const observation = await observe({ inspect: 'active' });
      return (observation.value as { jobs: number }).jobs === 1 && observation;
    });
    expect(active.value).toEqual({ jobs: 1, workers: 1, oldest_s: expect.any(Number) });
    expect((await observe({ inspect: 'reserved' })).value).toMatchObject({ jobs: 1 });
  }, 60_000);

  it('has 1,243 waiting jobs purged, and no other', async () => {
    const { observe, preview, fingerprint, perform, steps } = service();
    const purge = { purge: true, queue: '{queue}' };
    await worker.enqueue(1_243);
    await worker.enqueue(7, { queue: 'other' });
    expect(await preview(purge)).toMatchObject({
      what: 'celery purge, queue celery, on denis-workers',
      amount: expect.stringMatching(/^1,243 jobs waiting, \d+ reserved$/),
    });
    const before = await fingerprint(purge);
    expect(before.substance).toMatchObject({ queue: 'celery', waiting: 1_243 });
    expect((await perform(purge)).says).toBe('purged 1,243 jobs from celery');
    expect((await observe({ 'queue-length': '{queue}' })).value).toBe(0);
    expect((await observe({ 'queue-length': 'other' })).value).toBe(7);
    expect(steps.drift({ kind: 'celery', input: purge }, before, await fingerprint(purge))).toEqual([]);
    expect((await perform(purge)).says).toBe('purged 0 jobs from celery');
  }, 60_000);

  it('has all its queues purged, and what is no queue left alone', async () => {
    const { preview, perform } = service();
    const purge = { purge: true, queue: 'all' };
    await worker.enqueue(5);
    await worker.enqueue(4, { priority: 9 });
    await redis.command('RPUSH', 'a list of somebody', 'x');
    const { what, amount, evidence } = await preview(purge);
    expect(what).toBe('celery purge, queues busy, celery, other, on denis-workers');
    expect(amount).toMatch(/^16 jobs waiting, \d+ reserved$/);
    expect(evidence[0]?.text).toBe('busy: 0\ncelery: 9\nother: 7');
    expect((await perform(purge)).says).toBe('purged 16 jobs from busy, celery, other');
    expect((await preview(purge)).amount).toMatch(/^0 jobs waiting/);
    expect(await redis.command('LLEN', 'a list of somebody')).toBe(1);
  }, 60_000);

  it('has jobs of every priority put aside, which can be brought back and then run', async () => {
    const { observe, preview, perform } = service();
    const input = { 'dead-letter': '{queue}' };
    for (const priority of [0, 3, 9]) await worker.enqueue(4, { priority });
    expect((await preview(input)).amount).toBe('12 jobs waiting');
    expect((await perform(input)).says).toMatch(
      /^moved 12 jobs of celery into the list celery\.dead-letter, in /,
    );
    expect((await observe({ 'queue-length': 'celery' })).value).toBe(0);
    for (let job = 0; job < 12; job += 1)
      await redis.command('LMOVE', 'celery.dead-letter', 'celery', 'RIGHT', 'LEFT');
    expect((await observe({ 'queue-length': 'celery' })).value).toBe(12);
    const taker = await startCelery({ redisUrl: redis.url, queues: ['celery'], name: 'w2@test' });
    const done = () => taker.log().match(/Task denis\.nap\[\S+\] succeeded/g)?.length;
    await until('all twelve jobs', async () => done() === 12);
    await taker.stop();
  }, 90_000);

  it('has jobs put aside by a step that is cut off, each once, and the rest by the next', async () => {
    const { observe, perform } = service();
    const jobs = Array.from({ length: 50_000 }, (_, n) => `job ${n}`);
    await redis.command('DEL', 'many', 'many.dead-letter');
    for (let from = 0; from < jobs.length; from += 1_000)
      await redis.command('LPUSH', 'many', ...jobs.slice(from, from + 1_000));
    const caller = new AbortController();
    const cutOff = perform({ 'dead-letter': 'many' }, caller.signal);
    await until('some to be moved', async () => Number(await redis.command('LLEN', 'many.dead-letter')) > 0);
    caller.abort();
    await expect(cutOff).rejects.toMatchObject({ code: 'aborted' });
    const both = async () => [
      ...((await redis.command('LRANGE', 'many.dead-letter', '0', '-1')) as string[]),
      ...((await redis.command('LRANGE', 'many', '0', '-1')) as string[]),
    ];
    const between = await both();
    expect([between.length, new Set(between).size]).toEqual([50_000, 50_000]);
    expect((await observe({ 'queue-length': 'many' })).value).toBeGreaterThan(0);
    await perform({ 'dead-letter': 'many' });
    expect(await redis.command('LLEN', 'many')).toBe(0);
    expect((await both()).toReversed()).toEqual(jobs);
  }, 60_000);

  it('that has stopped is found by its ping; a broker that has stopped is an error without its password', async () => {
    const { observe } = service();
    await worker.stop();
    expect(await observe({ inspect: 'ping' })).toMatchObject({ value: [], says: 'no worker replied' });
    await expect(observe({ inspect: 'active' })).rejects.toMatchObject({ code: 'no-data' });
    await redis.stop();
    const error = await observe({ inspect: 'ping' }).catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ code: 'unreachable', message: expect.stringContaining('message broker') });
    expect(String(error)).not.toContain(PASSWORD);
  }, 60_000);
});
