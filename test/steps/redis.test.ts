import { describe, expect, it } from '@jest/globals';
import { GuardiaError } from '../../src/errors.ts';
import { redis } from '../../src/steps/redis.ts';
import { deletionDrift } from '../../src/steps/shared/redis/deletion.ts';
import type { Scalar } from '../../src/steps/step-kind.ts';
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

function serviceAt({ port }: Pick<Wire, 'port'>, path = '') {
  const { observe, preview, fingerprint, perform, steps } = serviceWith({
    connections: { redis: { kind: 'redis', url: `redis://127.0.0.1:${port}${path}` } },
  });
  return {
    steps,
    observe: (input: unknown, options?: CallOptions) => observe('redis', input, options),
    preview: (input: unknown, options?: CallOptions) => preview('redis', input, options),
    fingerprint: (input: unknown, options?: CallOptions) => fingerprint('redis', input, options),
    perform: (input: unknown, options?: CallOptions) => perform('redis', input, options),
  };
}

const array = (items: readonly string[]) => `*${items.length}\r\n${items.map(bulk).join('')}`;

/** A Redis with these keys in it, which SCAN gives three at a time, each page with one key of the page before. */
async function redisWith(keys: string[], answers: (argv: string[]) => string | undefined = () => OK) {
  const page = (from: number) => keys.slice(Math.max(0, from - 1), from + 3);
  return redisThat((argv) => {
    const [command, cursor] = argv;
    if (command === 'DBSIZE') return `:${keys.length}\r\n`;
    if (command !== 'SCAN') {
      const answer = answers(argv);
      return command === 'UNLINK' && answer === OK ? `:${argv.length - 1}\r\n` : answer;
    }
    const from = Number(cursor);
    const next = from + 3 < keys.length ? from + 3 : 0;
    return `*2\r\n${bulk(String(next))}${array(page(from))}`;
  });
}

const numbered = (count: number) => Array.from({ length: count }, (_, n) => `session:${n}`);

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

describe('keys', () => {
  it('are counted by a pattern, each once, whatever a parameter says', async () => {
    const { observe, sent } = await redisWith(numbered(8));
    const pattern = 'session:{user}:*';
    expect(await observe({ keys: pattern }, { parameters: { user: 'a*[b]?' } })).toMatchObject({
      value: 8,
      says: '8 keys match session:a\\*\\[b\\]\\?:*',
    });
    expect(sent[0]).toEqual(['SCAN', '0', 'MATCH', 'session:a\\*\\[b\\]\\?:*', 'COUNT', '1000']);
    expect(sent.map(([, cursor]) => cursor)).toEqual(['0', '3', '6']);
  });

  it('are shown by their shape, since a name may be a secret', async () => {
    const { observe } = await redisWith(['session:8f3a9c21', 'session:77e1b0aa', 'celery']);
    const { evidence } = await observe({ keys: '*' });
    expect(evidence[1]).toEqual({ label: 'Keys by shape', text: '2  session:<id>\n1  celery' });
  });

  it('are not said to be so many when not all were seen in time', async () => {
    const endless = await redisThat(() => `*2\r\n${bulk('7')}${array(['session:1'])}`);
    await expect(endless.observe({ keys: 'session:*' }, { deadlineMs: 3_000 })).rejects.toMatchObject({
      code: 'no-data',
      message: 'not all keys were seen in time: 1 key so far match session:*',
    });
  });

  it('are not counted when the answer is none to SCAN', async () => {
    const { observe } = await redisThat(() => OK);
    await expect(observe({ keys: '*' })).rejects.toMatchObject({ code: 'nonsense' });
  });
});

describe('deleting keys', () => {
  const input = { delete: 'session:*', 'at-most': 10 };
  const unlinked = (sent: string[][]) => sent.filter(([command]) => command === 'UNLINK');

  it('is previewed without doing it, and bound to the pattern, the database and how many there are', async () => {
    const { wire, preview, fingerprint, sent } = await redisWith(numbered(8));
    const where = `database 0 of 127.0.0.1:${wire.port}`;
    expect(await preview(input)).toEqual({
      what: `delete the keys that match session:* in ${where}`,
      amount: '8 keys',
      count: 8,
      evidence: [{ label: 'Keys by shape', text: '8  session:#' }],
    });
    const { substance } = await fingerprint(input);
    expect(substance).toEqual({ what: 'the keys that match session:*', where, keys: 8 });
    expect(unlinked(sent)).toEqual([]);
  });

  it('deletes exactly the keys that were seen', async () => {
    const { perform, sent, wire } = await redisWith(numbered(8));
    const says = `deleted the keys that match session:* in database 0 of 127.0.0.1:${wire.port}: 8`;
    expect((await perform(input)).says).toBe(says);
    expect(unlinked(sent)).toEqual([['UNLINK', ...numbered(8)]]);
  });

  it('takes a few hundred at a time', async () => {
    const { perform, sent } = await redisWith(numbered(1_100));
    expect((await perform({ delete: 'session:*' })).says).toMatch(/: 1,100$/);
    expect(unlinked(sent).map((argv) => argv.length - 1)).toEqual([500, 500, 100]);
  });

  it('stops between two pieces where it may not go on, and nobody knows how far it came', async () => {
    const { perform, sent } = await redisWith(numbered(1_100));
    let asked = 0;
    const beforeEffect = async () => {
      asked += 1;
      if (asked > 1) throw new GuardiaError('conflict', 'taken over: it did nothing more');
    };
    await expect(perform({ delete: 'session:*' }, { beforeEffect })).rejects.toMatchObject({
      ...{ code: 'conflict', unconfirmed: true },
      message: 'taken over: it did nothing more, after 500 of 1,100 keys had been deleted',
    });
    expect(unlinked(sent)).toHaveLength(1);
  });

  it('deletes none of them when there are more than may be', async () => {
    const { perform, preview, sent } = await redisWith(numbered(11));
    const refusal = {
      code: 'refused',
      message: 'the keys that match session:* are more than the 10 that may be deleted',
    };
    await expect(preview(input)).rejects.toMatchObject(refusal);
    await expect(perform(input)).rejects.toMatchObject(refusal);
    expect(unlinked(sent)).toEqual([]);
  });

  it('says how many are gone when it is cut off', async () => {
    let calls = 0;
    const { perform } = await redisWith(numbered(600), ([command]) => {
      if (command !== 'UNLINK') return OK;
      calls += 1;
      return calls > 1 ? '-READONLY You cannot write against a read only replica.\r\n' : OK;
    });
    await expect(perform({ delete: 'session:*' })).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringMatching(/READONLY .+, after 500 of 600 keys had been deleted$/),
    });
  });

  it('says so when some were gone already', async () => {
    const { perform } = await redisWith(numbered(8), ([command]) => (command === 'UNLINK' ? ':6\r\n' : OK));
    expect(await perform(input)).toMatchObject({
      says: expect.stringMatching(/: 6 of 8$/),
      amount: '6 keys',
    });
  });

  it('leaves a key alone whose name came in altered', async () => {
    const { perform, sent } = await redisWith(['session:1', 'session:\uFFFD']);
    expect((await perform(input)).says).toMatch(/: 1 of 2$/);
    expect(unlinked(sent)).toEqual([['UNLINK', 'session:1']]);
  });

  it.each(['*', '**', '?*', '[ab]*', '*{prefix}'])('does not take %j for a pattern', async (pattern) => {
    const { perform, sent } = await redisWith(numbered(2));
    const call = perform({ delete: pattern }, { parameters: { prefix: '' } });
    await expect(call).rejects.toMatchObject({
      code: 'bad-input',
      message: expect.stringContaining('matches every key'),
    });
    expect(sent).toEqual([]);
  });

  it('has lint refuse a pattern that matches every key', () => {
    const check = (asked: object) => redis.check?.(redis.input.parse(asked), ['prefix']);
    const problem = '*? matches every key; write more of their names, or flush: true';
    expect(check({ delete: '*?' })).toEqual([problem]);
    expect(check({ delete: '{prefix}*' })).toEqual([]);
    expect(check({ delete: 'a\\*' })).toEqual([]);
    expect(check({ keys: '*' })).toEqual([]);
  });

  it('is no check, and a check is no action', async () => {
    const { observe, perform } = await redisWith([]);
    await expect(observe(input)).rejects.toMatchObject({ code: 'bad-input' });
    await expect(perform({ dbsize: true })).rejects.toMatchObject({ code: 'bad-input' });
    const asks = (asked: object) => redis.asks?.(redis.input.parse(asked));
    expect([input, { flush: true }, { keys: '*' }, { ping: true }].map(asks)).toEqual([
      'act',
      'act',
      'look',
      'look',
    ]);
  });
});

describe('flushing a database', () => {
  it('is previewed with how many keys of which database would go', async () => {
    const { wire, sent } = await redisWith(numbered(8));
    const { preview, fingerprint } = serviceAt(wire, '/3');
    const where = `database 3 of 127.0.0.1:${wire.port}`;
    expect(await preview({ flush: true })).toEqual({
      what: `delete every key in ${where}`,
      amount: '8 keys',
      count: 8,
      evidence: [{ label: 'Keys by shape', text: '8  session:#' }],
    });
    const { substance } = await fingerprint({ flush: true });
    expect(substance).toEqual({ what: 'every key', where, keys: 8 });
    expect(sent.flat()).not.toContain('FLUSHDB');
  });

  it('flushes the database of the connection and says what was in it', async () => {
    const { wire, sent } = await redisWith(numbered(8));
    const { perform } = serviceAt(wire, '/3');
    expect(await perform({ flush: true })).toMatchObject({
      says: expect.stringMatching(/^deleted every key in database 3 of .+: 8$/),
      amount: '8 keys',
    });
    expect(sent.filter(([command]) => command?.startsWith('FLUSH'))).toEqual([['FLUSHDB', 'ASYNC']]);
    expect(wire.received()).toContain('SELECT\r\n$1\r\n3\r\n');
  });

  it('is refused in the words of a Redis that does not allow it', async () => {
    const { perform, wire } = await redisWith(
      [],
      () => "-NOPERM this user has no permissions to run the 'flushdb' command\r\n",
    );
    await expect(perform({ flush: true })).rejects.toMatchObject({
      code: 'refused',
      message: `127.0.0.1:${wire.port} answered: NOPERM this user has no permissions to run the 'flushdb' command`,
    });
  });
});

describe('drift of a deletion', () => {
  const drift = (before: number, now: number, more: Record<string, Scalar> = {}) => {
    const same = { what: 'every key', where: 'database 0 of a:6379' };
    return deletionDrift(
      { substance: { ...same, keys: before } },
      { substance: { ...same, keys: now, ...more } },
    );
  };

  it.each([
    [1_000, 1_200, []],
    [1_000, 1_201, ['the number of keys grew from 1,000 to 1,201']],
    [0, 100, []],
    [0, 101, ['the number of keys grew from 0 to 101']],
    [1_000, 0, []],
  ])('from %i to %i keys is %j', (before, now, sentences) => {
    expect(drift(before, now)).toEqual(sentences);
  });

  it('is another database or other keys', () => {
    expect(drift(1, 1, { where: 'database 1 of a:6379', what: 'the keys that match a*' })).toEqual([
      'what changed from every key to the keys that match a*',
      'where changed from database 0 of a:6379 to database 1 of a:6379',
    ]);
  });
});
