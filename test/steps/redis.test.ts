import { describe, expect, it } from '@jest/globals';
import { closedPort, startRedisWire, type Wire } from './fakes/wire.ts';
import { type CallOptions, closing, serviceWith } from './harness.ts';

const OK = '+OK\r\n';
const bulk = (text: string) => `$${Buffer.byteLength(text)}\r\n${text}\r\n`;

/** A Redis that answers the greeting, and one command as given. */
async function redisThat(answers: (argv: string[]) => string | undefined) {
  const sent: string[][] = [];
  const wire = closing(
    await startRedisWire((argv) => {
      if (['CLIENT', 'AUTH', 'SELECT', 'HELLO'].includes(argv[0] ?? '')) return OK;
      sent.push(argv);
      return answers(argv);
    }),
  );
  return { wire, sent, ...serviceAt(wire) };
}

function serviceAt({ port }: Pick<Wire, 'port'>) {
  const { observe, steps } = serviceWith({
    connections: { redis: { kind: 'redis', url: `redis://127.0.0.1:${port}` } },
  });
  return { steps, observe: (input: unknown, options?: CallOptions) => observe('redis', input, options) };
}

describe('PING', () => {
  it('observes PONG', async () => {
    const { observe } = await redisThat(() => '+PONG\r\n');
    expect(await observe({ ping: true })).toMatchObject({ value: 'PONG' });
  });

  it('finds a server that refuses, which is a finding and no error', async () => {
    const port = await closedPort();
    const says = `refused by 127.0.0.1:${port}, three tries`;
    expect(await serviceAt({ port }).observe({ ping: true })).toMatchObject({ value: says, says });
  });

  it('finds a server that does not answer, before the check’s own deadline', async () => {
    const { observe, wire } = await redisThat(() => undefined);
    const says = `no answer from 127.0.0.1:${wire.port} in 0.4 s`;
    expect(await observe({ ping: true }, { deadlineMs: 500 })).toMatchObject({ value: says });
  });

  it('finds a server that is still loading', async () => {
    const { observe, wire } = await redisThat(() => '-LOADING Redis is loading the dataset in memory\r\n');
    const says = `127.0.0.1:${wire.port} answered: LOADING Redis is loading the dataset in memory`;
    expect(await observe({ ping: true })).toMatchObject({ value: says });
  });

  it('cannot tell when the login is refused', async () => {
    const { observe } = await redisThat(() => '-NOAUTH Authentication required.\r\n');
    await expect(observe({ ping: true })).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('refused the login (NOAUTH)'),
    });
  });
});

describe('reading commands', () => {
  const MEMORY =
    '# Memory\r\nused_memory:1024\r\nused_memory_human:1.00K\r\nmem_fragmentation_ratio:1.25\r\n';

  it('gives one field of INFO, several, or the section', async () => {
    const { observe, sent } = await redisThat(() => bulk(MEMORY));
    expect((await observe({ info: 'memory', field: 'used_memory' })).value).toBe(1_024);
    expect((await observe({ info: 'memory', fields: ['used_memory_human', 'maxmemory'] })).value).toEqual({
      used_memory_human: '1.00K',
      maxmemory: null,
    });
    expect((await observe({ info: 'memory' })).value).toMatchObject({
      used_memory: 1_024,
      mem_fragmentation_ratio: 1.25,
    });
    expect(sent.every((argv) => argv.join(' ') === 'INFO memory')).toBe(true);
  });

  it('says when INFO has no such field', async () => {
    const { observe } = await redisThat(() => bulk(MEMORY));
    expect(await observe({ info: 'memory', field: 'maxmemory' })).toMatchObject({
      value: null,
      says: 'INFO memory has no maxmemory',
    });
  });

  it('counts a list and the keys', async () => {
    const { observe, sent } = await redisThat(([command]) => (command === 'LLEN' ? ':1243\r\n' : ':7\r\n'));
    expect((await observe({ llen: 'celery' })).value).toBe(1_243);
    expect((await observe({ dbsize: true })).value).toBe(7);
    expect(sent).toEqual([['LLEN', 'celery'], ['DBSIZE']]);
  });

  it('lists slow commands without their data', async () => {
    const entry = `*4\r\n:1\r\n:1700000000\r\n:12345\r\n*3\r\n${bulk('SET')}${bulk('user:1')}${bulk('private')}`;
    const { observe } = await redisThat(() => `*1\r\n${entry}`);
    expect(await observe({ slowlog: 10 })).toMatchObject({
      value: ['12.3 ms SET user:1'],
      says: '1 slow command',
    });
  });

  it('are an error when Redis refuses them', async () => {
    const { observe } = await redisThat(
      () => '-WRONGTYPE Operation against a key holding the wrong kind of value\r\n',
    );
    await expect(observe({ llen: 'x' })).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('answered: WRONGTYPE Operation'),
    });
  });

  it('never become another command by a parameter', async () => {
    const { observe, wire } = await redisThat(() => ':0\r\n');
    const queue = 'x\r\nFLUSHALL\r\n';
    await observe({ llen: 'q:{queue}' }, { parameters: { queue } });
    expect(wire.received()).toContain(`*2\r\n$4\r\nLLEN\r\n$15\r\nq:${queue}\r\n`);
  });

  it.each([
    { flushall: true },
    { command: ['FLUSHALL'] },
    { info: 'memory\r\nFLUSHALL' },
    { ping: true, llen: 'x' },
    {},
  ])('are the only ones: %j is refused', async (input) => {
    const { observe, sent } = await redisThat(() => OK);
    await expect(observe(input)).rejects.toMatchObject({ code: 'bad-input' });
    expect(sent).toEqual([]);
  });
});

describe('the connection', () => {
  it('is one for many calls at once', async () => {
    const { observe, wire } = await redisThat(() => '+PONG\r\n');
    await Promise.all(Array.from({ length: 20 }, () => observe({ ping: true })));
    expect(wire.received().match(/SETNAME/g)).toHaveLength(1);
  });

  it('is opened again after it was lost', async () => {
    let lost = false;
    const wire = closing(
      await startRedisWire(([command], socket) => {
        if (command !== 'PING') return OK;
        if (!lost) socket.destroy();
        lost = true;
        return '+PONG\r\n';
      }),
    );
    expect(await serviceAt(wire).observe({ ping: true })).toMatchObject({ value: 'PONG' });
  });

  it('is given up with a call that it left hanging, so that the next one is not stuck behind it', async () => {
    let hanging = true;
    const { observe, wire } = await redisThat(() => (hanging ? undefined : ':5\r\n'));
    await expect(observe({ dbsize: true }, { deadlineMs: 150 })).rejects.toMatchObject({ code: 'deadline' });
    await wire.quiet();
    hanging = false;
    expect((await observe({ dbsize: true })).value).toBe(5);
  });

  it('is closed with the steps', async () => {
    const { observe, steps, wire } = await redisThat(() => '+PONG\r\n');
    await observe({ ping: true });
    await steps.close();
    await wire.quiet();
  });
});
