import { describe, expect, it } from '@jest/globals';
import { startHttp } from './fakes/http-server.ts';
import { startRedisWire } from './fakes/wire.ts';
import { closing, serviceWith } from './harness.ts';

/** What may have been done although nobody saw an answer is never said to have failed: its end is unknown. */
describe('somebody who was asked to act', () => {
  it('and closed the connection before the answer may have done it', async () => {
    const wire = closing(
      await startRedisWire((argv) => {
        if (argv[0] === 'FLUSHDB') setImmediate(() => void wire.stop());
        return argv[0] === 'DBSIZE' ? ':3\r\n' : argv[0] === 'FLUSHDB' ? '' : '+OK\r\n';
      }),
    );
    const { perform } = serviceWith({
      connections: { redis: { kind: 'redis', url: `redis://127.0.0.1:${wire.port}/0` } },
    });
    await expect(perform('redis', { flush: true })).rejects.toMatchObject({
      ...{ code: 'unreachable', unanswered: true },
    });
  });

  it('and could not be reached has not done it', async () => {
    const wire = await startRedisWire(() => '+OK\r\n');
    await wire.stop();
    const { perform } = serviceWith({
      connections: { redis: { kind: 'redis', url: `redis://127.0.0.1:${wire.port}/0` } },
    });
    await expect(perform('redis', { flush: true })).rejects.toMatchObject({
      ...{ code: 'unreachable', unanswered: false },
    });
  });

  it.each<[number, boolean]>([
    [502, true],
    [504, true],
    [500, false],
    [409, false],
  ])('and whose gateway answers %i may have done it: %s', async (status, unanswered) => {
    const server = closing(await startHttp(() => ({ status })));
    const { perform } = serviceWith({ connections: { http: { kind: 'http', url: server.url } } });
    await expect(perform('http', { delete: '/orders' })).rejects.toMatchObject({
      code: 'refused',
      unanswered,
    });
  });
});
