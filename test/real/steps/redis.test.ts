import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { serviceWith } from '../../steps/harness.ts';
import { type RedisServer, redisCommand, startRedis } from '../servers/redis.ts';

const PASSWORD = 'sesame-street-4711';
let redis: RedisServer;

function service(url = redis.url) {
  const { observe } = serviceWith({ connections: { redis: { kind: 'redis', url } } });
  return (input: unknown) => observe('redis', input);
}

/** A service whose Redis is another database of the same server, and commands for what a test prepares there. */
function database(number: number) {
  const url = `${redis.url}/${number}`;
  return { ...serviceWith({ connections: { redis: { kind: 'redis', url } } }), send: commandsTo(url) };
}

function commandsTo(url: string) {
  return (...argv: string[]) => redisCommand(url, argv);
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

  it('counts, previews and deletes keys by a pattern, and no other', async () => {
    const { observe, preview, fingerprint, perform, steps, send } = database(1);
    const sessions = Array.from({ length: 3_000 }, (_, n) => [`session:${n}`, 'x']).flat();
    await send('MSET', ...sessions, 'session[1]', 'y', 'user:1', 'z');
    const input = { delete: 'session:*' };
    expect((await observe('redis', { keys: 'session:*' })).value).toBe(3_000);
    const literally = { parameters: { key: 'session[1]' } };
    expect((await observe('redis', { keys: '{key}' }, literally)).value).toBe(1);
    expect((await preview('redis', input)).amount).toBe('3,000 keys');
    await expect(perform('redis', { ...input, 'at-most': 2_999 })).rejects.toMatchObject({ code: 'refused' });
    expect(await send('DBSIZE')).toBe(3_002);
    const before = await fingerprint('redis', input);
    expect((await perform('redis', input)).says).toMatch(
      /^deleted the keys that match session:\* in .+: 3,000$/,
    );
    expect(await send('KEYS', '*')).toEqual(expect.arrayContaining(['session[1]', 'user:1']));
    expect(await send('DBSIZE')).toBe(2);
    expect(steps.drift({ kind: 'redis', input }, before, await fingerprint('redis', input))).toEqual([]);
  });

  it('flushes the one database of the connection', async () => {
    const { preview, perform, send } = database(2);
    const other = commandsTo(`${redis.url}/3`);
    await send('MSET', 'a', '1', 'b', '2');
    await other('SET', 'c', '3');
    expect((await preview('redis', { flush: true })).amount).toBe('2 keys');
    const says = `deleted every key in database 2 of 127.0.0.1:${redis.port}: 2`;
    expect((await perform('redis', { flush: true })).says).toBe(says);
    expect([await send('DBSIZE'), await other('DBSIZE')]).toEqual([0, 1]);
  });

  it('names the command that its user has no right to', async () => {
    await redis.command(
      'ACL',
      'SETUSER',
      'looker',
      'on',
      '>looking',
      '~*',
      '+@read',
      '+info',
      '+client',
      '+select',
    );
    const url = redis.url.replace(`:${PASSWORD}@`, 'looker:looking@');
    const { perform } = serviceWith({ connections: { redis: { kind: 'redis', url } } });
    await expect(perform('redis', { flush: true })).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringMatching(/answered: NOPERM .+'flushdb' command/),
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
