import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { serviceWith } from '../../steps/harness.ts';
import { type RedisServer, startRedis } from '../servers/redis.ts';

const PASSWORD = 'sesame-street-4711';
let redis: RedisServer;

function service(url = redis.url) {
  const { observe } = serviceWith({ connections: { redis: { kind: 'redis', url } } });
  return (input: unknown) => observe('redis', input);
}

beforeAll(async () => {
  redis = await startRedis({ password: PASSWORD });
  await redis.command('RPUSH', 'celery', ...Array.from({ length: 1_243 }, (_, n) => `job ${n}`));
  await redis.command('CONFIG', 'SET', 'maxmemory', '64mb');
});

afterAll(() => redis.stop());

describe('a real Redis', () => {
  it('answers PING, INFO, LLEN, DBSIZE', async () => {
    const observe = service();
    expect((await observe({ ping: true })).value).toBe('PONG');
    expect((await observe({ info: 'memory', field: 'maxmemory' })).value).toBe(64 * 1_048_576);
    expect(
      (await observe({ info: 'clients', fields: ['connected_clients', 'blocked_clients'] })).value,
    ).toEqual({
      connected_clients: expect.any(Number),
      blocked_clients: 0,
    });
    expect((await observe({ llen: 'celery' })).value).toBe(1_243);
    expect((await observe({ dbsize: true })).value).toBe(1);
  });

  it('tells its slow commands', async () => {
    await redis.command('CONFIG', 'SET', 'slowlog-log-slower-than', '0');
    await redis.command('LRANGE', 'celery', '0', '-1');
    const { value } = await service()({ slowlog: 20 });
    expect(value).toContainEqual(expect.stringMatching(/^\d+\.\d ms LRANGE celery$/));
  });

  it('refuses a wrong type and a wrong password', async () => {
    await redis.command('SET', 'text', 'x');
    await expect(service()({ llen: 'text' })).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('WRONGTYPE'),
    });
    await redis.command('DEL', 'text');
    const wrong = service(redis.url.replace(PASSWORD, 'open-sesame'));
    await expect(wrong({ ping: true })).rejects.toMatchObject({
      code: 'refused',
      message: `127.0.0.1:${redis.port} refused the login (WRONGPASS)`,
    });
  });

  it('that is stopped is found by PING and makes INFO fail, and is found again when it is back', async () => {
    const observe = service();
    expect((await observe({ ping: true })).value).toBe('PONG');
    await redis.stop();
    const refused = `refused by 127.0.0.1:${redis.port}, three tries`;
    expect((await observe({ ping: true })).value).toBe(refused);
    await expect(observe({ info: 'memory' })).rejects.toMatchObject({
      code: 'unreachable',
      message: refused,
    });
    redis = await startRedis({ port: redis.port, password: PASSWORD });
    expect((await observe({ ping: true })).value).toBe('PONG');
  });
});
