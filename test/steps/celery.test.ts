import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { celery, jobsDrift } from '../../src/steps/celery.ts';
import type { Scalar } from '../../src/steps/step-kind.ts';
import { answered, type Lists, listsWith } from './fakes/celery-broker.ts';
import { writePrograms } from './fakes/programs.ts';
import { startRedisWire } from './fakes/wire.ts';
import { closing, mayAct, serviceWith } from './harness.ts';

/** What celery 5.7 prints, word for word. */
const NOBODY = 'echo "Error: No nodes replied within time constraint" >&2; exit 69';
const NO_BROKER =
  'echo "Error: Could not connect to the message broker. Please make sure your broker is running. Reason: Error 111 connecting to redis:6379. Connection refused." >&2; exit 69';
const NO_APP =
  'printf "Usage: celery [OPTIONS] [COMMAND] [ARGS]...\\nTry \'celery --help\' for help.\\n\\nError: \\nUnable to load celery application.\\nThe module nosuch was not found.\\n" >&2; exit 2';
const JOB = '{"id": "7982e2e1", "name": "denis.nap", "args": ["private"], "time_start": null}';

interface Facts {
  /** What `celery` does; its arguments are written to the file `argv`. */
  script: string;
  /** How many jobs wait, by key, or none when the service has no broker. */
  lengths?: Record<string, number>;
  /** What stands in the broker instead of an answer, by command. */
  answers?: (argv: string[]) => string | undefined;
}

async function celeryThat({ script, lengths, answers }: Facts) {
  const programs = await writePrograms({
    celery: `for a in "$@"; do echo "$a" >> "$HERE/argv"; done\n${script}`,
  });
  closing({ close: programs.remove });
  const lists = listsWith(lengths ?? {});
  const wire = closing(await startRedisWire((argv) => answers?.(argv) ?? answered(lists, argv)));
  const broker = lengths ? { broker: 'queue-redis' } : {};
  const service = serviceWith({
    connections: {
      celery: { kind: 'celery', app: 'denis.main:app', target: 'workers', ...broker },
      'queue-redis': { kind: 'redis', url: `redis://127.0.0.1:${wire.port}/0` },
    },
    targets: {
      workers: { local: ['celery'], environment: { PATH: programs.path } },
      others: { local: ['celery'], environment: { PATH: programs.path } },
    },
  });
  return { ...service, programs, wire, lists, argv: () => programs.read('argv').trim().split('\n') };
}

describe('inspecting', () => {
  it('lists the workers that answer a ping', async () => {
    const { observe, argv } = await celeryThat({
      script: `echo '{"w2@h": {"ok": "pong"}, "w1@h": {"ok": "pong"}}'`,
    });
    expect(await observe('celery', { inspect: 'ping' })).toMatchObject({
      value: ['w1@h', 'w2@h'],
      says: '2 workers replied',
    });
    expect(argv()).toEqual([
      '-A',
      'denis.main:app',
      '--no-color',
      'inspect',
      'ping',
      '--json',
      '--timeout',
      '2',
    ]);
  });

  it('finds nobody when no worker answers a ping', async () => {
    const { observe } = await celeryThat({ script: NOBODY });
    expect(await observe('celery', { inspect: 'ping' })).toMatchObject({
      value: [],
      says: 'no worker replied',
    });
  });

  it('has no data when no worker answers anything else', async () => {
    const { observe } = await celeryThat({ script: NOBODY });
    await expect(observe('celery', { inspect: 'active' })).rejects.toMatchObject({
      code: 'no-data',
      message: 'no worker replied to celery inspect active',
    });
  });

  it.each([
    [NO_BROKER, 'unreachable', 'Reason: Error 111 connecting to redis:6379. Connection refused.'],
    [NO_APP, 'refused', 'exit code 2: Unable to load celery application. The module nosuch was not found.'],
    [
      'echo "Traceback (most recent call last):\n  File x\nModuleNotFoundError: No module named y" >&2; exit 1',
      'refused',
      'exit code 1: ModuleNotFoundError: No module named y',
    ],
  ])('cannot tell workers that are away from a celery that cannot ask', async (script, code, message) => {
    const { observe } = await celeryThat({ script });
    await expect(observe('celery', { inspect: 'ping' })).rejects.toMatchObject({
      code,
      retryable: false,
      message: expect.stringContaining(message),
    });
  });

  it('counts jobs that run, and how long the oldest has', async () => {
    const start = Date.now() / 1_000 - 3_000;
    const running = JOB.replace('null', String(start));
    const { observe } = await celeryThat({ script: `echo '{"w1@h": [${running}, ${JOB}], "w2@h": []}'` });
    const { value, says, evidence } = await observe('celery', { inspect: 'active' });
    expect(value).toEqual({ jobs: 2, workers: 2, oldest_s: expect.any(Number) });
    expect(says).toBe('2 jobs on 2 workers, the oldest for 50 min');
    expect(JSON.stringify(evidence)).not.toContain('private');
  });

  it('counts jobs that are reserved', async () => {
    const { observe } = await celeryThat({ script: `echo '{"w1@h": [${JOB}]}'` });
    expect(await observe('celery', { inspect: 'reserved' })).toMatchObject({
      value: { jobs: 1, workers: 1 },
      says: '1 job on 1 worker',
    });
  });

  it('sums up statistics and lists queues', async () => {
    const stats =
      '{"w1@h": {"total": {"a": 3, "b": 4}, "uptime": 8, "pool": {"max-concurrency": 2}, "rusage": {"maxrss": 1024}}}';
    const { observe } = await celeryThat({ script: `echo '${stats}'` });
    expect((await observe('celery', { inspect: 'stats' })).value).toEqual({
      workers: 1,
      processes: 2,
      jobs_done: 7,
      max_memory_bytes: 1_048_576,
    });
    const queues = await celeryThat({
      script: `echo '{"w1@h": [{"name": "celery"}, {"name": "b"}], "w2@h": [{"name": "b"}]}'`,
    });
    expect((await queues.observe('celery', { inspect: 'active_queues' })).value).toEqual(['b', 'celery']);
  });

  it('runs on another target when the step says so', async () => {
    const { observe } = await celeryThat({ script: `echo '{}'` });
    const { evidence } = await observe('celery', { inspect: 'ping', on: 'others' });
    expect(evidence[0]?.text).toBe('celery -A denis.main:app on others: exit code 0');
  });
});

const PRIORITIES = { celery: 1_000, 'celery\x06\x163': 200, 'celery\x06\x169': 43 };

describe('the queue', () => {
  it('is counted over all priorities', async () => {
    const { observe } = await celeryThat({ script: 'exit 1', lengths: PRIORITIES });
    const call = observe('celery', { 'queue-length': '{queue}' }, { parameters: { queue: 'celery' } });
    expect(await call).toMatchObject({ value: 1_243, says: '1,243 jobs waiting' });
  });

  it('cannot be counted without a broker', async () => {
    const { observe } = await celeryThat({ script: 'exit 1' });
    await expect(observe('celery', { 'queue-length': 'celery' })).rejects.toMatchObject({
      code: 'not-configured',
    });
  });
});

describe('a purge', () => {
  const purge = { purge: true, queue: '{queue}' };
  const options = { parameters: { queue: 'celery' } };

  it.each([
    ['Purged 1243 messages from 1 known task queue.', 'purged 1,243 jobs from celery'],
    ['Purged 1 message from 1 known task queue.', 'purged 1 job from celery'],
    ['No messages purged from 1 queue.', 'purged 0 jobs from celery'],
  ])('that prints %j %s', async (line, says) => {
    const { perform, argv } = await celeryThat({ script: `echo "${line}"` });
    expect((await perform('celery', purge, options)).says).toBe(says);
    expect(argv()).toEqual(['-A', 'denis.main:app', '--no-color', 'purge', '-f', '-Q', 'celery']);
  });

  it('without a queue is of the default one, and says so to celery', async () => {
    const { perform, argv } = await celeryThat({ script: 'echo "No messages purged from 1 queue."' });
    await perform('celery', { purge: true });
    expect(argv().slice(-2)).toEqual(['-Q', 'celery']);
  });

  it.each([
    ['echo "something else"', 'nonsense'],
    [NO_BROKER, 'unreachable'],
  ])('whose end is not understood is an error: %s', async (script, code) => {
    const { perform } = await celeryThat({ script });
    await expect(perform('celery', purge, options)).rejects.toMatchObject({ code });
  });

  it.each(['a,b', '-Q', '', 'x y', 'a\nb'])('of the queue %j is refused', async (queue) => {
    const { perform, programs } = await celeryThat({ script: 'echo "Purged 9 messages"' });
    await expect(perform('celery', purge, { parameters: { queue } })).rejects.toMatchObject({
      code: 'bad-input',
    });
    expect(programs.ran()).toBe(false);
  });

  it('is previewed with what waits and what is reserved', async () => {
    const { preview, argv } = await celeryThat({ script: `echo '{"w1@h": [${JOB}]}'`, lengths: PRIORITIES });
    expect(await preview('celery', purge, options)).toEqual({
      what: 'celery purge, queue celery, on workers',
      amount: '1,243 jobs waiting, 1 reserved',
      count: 1_243,
      evidence: [],
    });
    expect(argv()).not.toContain('purge');
  });

  it('says in its preview what is not known', async () => {
    const { preview } = await celeryThat({ script: NOBODY });
    expect((await preview('celery', purge, options)).amount).toBe(
      'how many jobs wait is not known, no worker replies',
    );
  });

  it('is for the queue, the application and the target it was planned for', async () => {
    const { fingerprint } = await celeryThat({ script: 'exit 1', lengths: PRIORITIES });
    expect((await fingerprint('celery', purge, options)).substance).toEqual({
      queue: 'celery',
      app: 'denis.main:app',
      target: 'workers',
      waiting: 1_243,
    });
  });

  it('is not a check, and an inspection is no action', async () => {
    const { observe, perform } = await celeryThat({ script: 'exit 1' });
    await expect(observe('celery', { purge: true })).rejects.toMatchObject({ code: 'bad-input' });
    await expect(perform('celery', { inspect: 'ping' })).rejects.toMatchObject({ code: 'bad-input' });
    const asks = (asked: object) => celery.asks?.(celery.input.parse(asked));
    const inputs = [{ purge: true }, { 'dead-letter': 'a' }, { inspect: 'ping' }, { 'queue-length': 'a' }];
    expect(inputs.map(asks)).toEqual(['act', 'act', 'look', 'look']);
  });
});

describe('a purge of all queues', () => {
  const purge = { purge: true, queue: 'all' };
  const lengths = { celery: 1_000, 'celery\x06\x169': 43, low: 7, 'low.dead-letter': 3 };

  it('names every queue that the broker knows, and no list that is not one', async () => {
    const { preview, fingerprint } = await celeryThat({ script: `echo '{"w1@h": []}'`, lengths });
    expect(await preview('celery', purge)).toEqual({
      what: 'celery purge, queues celery, low, on workers',
      amount: '1,050 jobs waiting, 0 reserved',
      count: 1_050,
      evidence: [{ label: 'Jobs waiting', text: 'celery: 1,043\nlow: 7' }],
    });
    const { substance } = await fingerprint('celery', purge);
    expect(substance).toMatchObject({ queue: 'celery, low', waiting: 1_050 });
  });

  it('purges the queues by their names', async () => {
    const { perform, argv } = await celeryThat({ script: 'echo "Purged 1050 messages"', lengths });
    expect(await perform('celery', purge)).toMatchObject({
      says: 'purged 1,050 jobs from celery, low',
      amount: '1,050 jobs',
    });
    expect(argv()).toEqual(['-A', 'denis.main:app', '--no-color', 'purge', '-f', '-Q', 'celery,low']);
  });

  it('is of the queues that the plan was made for, whatever came up since', async () => {
    const { steps, env, fingerprint, lists, argv } = await celeryThat({
      script: 'echo "Purged 1050 messages"',
      lengths,
    });
    const step = { kind: 'celery', input: purge, fingerprint: await fingerprint('celery', purge) };
    lists.set('since', ['a job']);
    await steps.perform(env, step, { parameters: {}, deadlineMs: 5_000, beforeEffect: mayAct });
    expect(argv().at(-1)).toBe('celery,low');
  });

  it('without a broker is of the queues that workers take from', async () => {
    const { preview } = await celeryThat({
      script: `case "$*" in *active_queues*) echo '{"w1@h": [{"name": "b"}, {"name": "a"}]}';; *) echo '{}';; esac`,
    });
    const { what, amount } = await preview('celery', purge);
    expect(what).toBe('celery purge, queues a, b, on workers');
    expect(amount).toBe('how many jobs wait is not known, 0 reserved');
  });

  it('is refused when nobody says which queues there are', async () => {
    const nobody = await celeryThat({ script: NOBODY });
    await expect(nobody.preview('celery', purge)).rejects.toMatchObject({ code: 'no-data' });
    const empty = await celeryThat({ script: 'exit 1', lengths: {} });
    await expect(empty.perform('celery', purge)).rejects.toMatchObject({
      code: 'no-data',
      message: expect.stringMatching(/^Celery has left no queue in database 0 of 127\.0\.0\.1:\d+$/),
    });
    expect(empty.programs.ran()).toBe(false);
  });

  it('is never meant by a parameter', async () => {
    const { perform, argv } = await celeryThat({ script: 'echo "Purged 1 message"', lengths });
    await perform('celery', { purge: true, queue: '{queue}' }, { parameters: { queue: 'all' } });
    expect(argv().at(-1)).toBe('all');
  });
});

describe('dead letters', () => {
  const input = { 'dead-letter': '{queue}' };
  const options = { parameters: { queue: 'celery' } };
  const where = (port: number) => `database 0 of 127.0.0.1:${port}`;

  it('are previewed with how many wait and how many are there already', async () => {
    const { preview, fingerprint, lists, wire } = await celeryThat({
      script: 'exit 1',
      lengths: { ...PRIORITIES, 'celery.dead-letter': 5 },
    });
    expect(await preview('celery', input, options)).toEqual({
      what: `move every waiting job of celery into the list celery.dead-letter, in ${where(wire.port)}`,
      amount: '1,243 jobs waiting',
      count: 1_243,
      evidence: [{ label: 'Dead letters', text: 'celery.dead-letter holds 5 jobs already' }],
    });
    const { substance } = await fingerprint('celery', input, options);
    expect(substance).toEqual({ queue: 'celery', broker: where(wire.port), waiting: 1_243 });
    expect(lists.get('celery')).toHaveLength(1_000);
  });

  it('are every job of every priority, in their order, behind those that are there already', async () => {
    const lengths = { celery: 250, 'celery\x06\x163': 2, 'celery\x06\x167': 1, 'celery.dead-letter': 1 };
    const { perform, lists, wire, programs } = await celeryThat({ script: 'exit 1', lengths });
    const expected = [
      'celery.dead-letter job 0',
      ...Array.from({ length: 250 }, (_, n) => `celery job ${n}`),
      'celery\x06\x163 job 0',
      'celery\x06\x163 job 1',
      'celery\x06\x167 job 0',
    ];
    expect(await perform('celery', input, options)).toEqual({
      says: `moved 253 jobs of celery into the list celery.dead-letter, in ${where(wire.port)}`,
      amount: '253 jobs',
      evidence: [
        {
          label: 'To bring them back',
          text: 'LMOVE celery.dead-letter celery RIGHT LEFT brings back one, the oldest first; once for each of 253',
        },
      ],
    });
    expect(lists.get('celery.dead-letter')?.toReversed()).toEqual(expected);
    expect([...lists].filter(([name]) => name !== 'celery.dead-letter').flatMap(([, jobs]) => jobs)).toEqual(
      [],
    );
    expect(programs.ran()).toBe(false);
  });

  it('are only as many as waited when it began, however many arrive', async () => {
    let lists: Lists = new Map();
    const celeryOf = await celeryThat({
      script: 'exit 1',
      lengths: { celery: 150 },
      answers(argv) {
        if (argv[0] === 'LMOVE') lists.get('celery')?.unshift('arrived meanwhile');
        return undefined;
      },
    });
    lists = celeryOf.lists;
    expect((await celeryOf.perform('celery', input, options)).says).toMatch(/^moved 150 jobs /);
    expect(lists.get('celery')).toHaveLength(150);
  });

  it('leave to the workers what they took first', async () => {
    let moves = 0;
    const { perform, lists } = await celeryThat({
      script: 'exit 1',
      lengths: { celery: 500 },
      answers: ([command]) => {
        if (command === 'LMOVE') moves += 1;
        return command === 'LMOVE' && moves > 130 ? '$-1\r\n' : undefined;
      },
    });
    expect((await perform('celery', input, options)).says).toMatch(/^moved 130 jobs /);
    expect([moves, lists.get('celery.dead-letter')?.length]).toEqual([200, 130]);
  });

  it('that cannot all be moved are each in one list, and it is said how many were moved', async () => {
    let moves = 0;
    const { perform, lists } = await celeryThat({
      script: 'exit 1',
      lengths: { celery: 250 },
      answers: ([command]) => {
        if (command === 'LMOVE') moves += 1;
        return command === 'LMOVE' && moves > 100 ? '-OOM command not allowed\r\n' : undefined;
      },
    });
    await expect(perform('celery', input, options)).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringMatching(
        /OOM command not allowed, after 100 jobs or more had been moved into celery\.dead-letter$/,
      ),
    });
    const all = [...(lists.get('celery') ?? []), ...(lists.get('celery.dead-letter') ?? [])];
    expect([all.length, new Set(all).size]).toEqual([250, 250]);
  });

  it('need a broker', async () => {
    const { preview } = await celeryThat({ script: 'exit 1' });
    await expect(preview('celery', input, options)).rejects.toMatchObject({ code: 'not-configured' });
  });

  it.each(['a,b', '', 'x\x06\x163'])('are of one queue, and %j is none', async (queue) => {
    const { perform } = await celeryThat({ script: 'exit 1', lengths: {} });
    await expect(perform('celery', input, { parameters: { queue } })).rejects.toMatchObject({
      code: 'bad-input',
    });
  });
});

describe('drift of a purge', () => {
  const drift = (before: Scalar, now: Scalar, more: Record<string, Scalar> = {}) => {
    const same = { queue: 'celery', app: 'a', target: 'workers', broker: 'b' };
    return jobsDrift(
      { substance: { ...same, waiting: before } },
      { substance: { ...same, waiting: now, ...more } },
    );
  };

  it.each([
    [1_243, 48_000, ['queue grew from 1,243 to 48,000']],
    [1_000, 1_201, ['queue grew from 1,000 to 1,201']],
    [1_000, 1_200, []],
    [0, 101, ['queue grew from 0 to 101']],
    [10, 110, []],
    [1_243, 0, []],
    [null, null, []],
    [null, 5, ['how many jobs wait is known in one case and not in the other']],
  ])('from %s to %s jobs is %j', (before, now, sentences) => {
    expect(drift(before, now)).toEqual(sentences);
  });

  it('is none when the queue shrinks', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (a, b) => {
        expect(drift(Math.max(a, b), Math.min(a, b))).toEqual([]);
      }),
    );
  });

  it('is another queue or another place', () => {
    expect(drift(5, 5, { queue: 'other', target: 'x', broker: 'a' })).toEqual([
      'queue changed from celery to other',
      'target changed from workers to x',
      'broker changed from b to a',
    ]);
  });
});
