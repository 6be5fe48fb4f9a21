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
    perform: (input: unknown) => perform('celery', input, options),
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
