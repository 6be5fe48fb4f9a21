import { setImmediate } from 'node:timers/promises';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { z } from 'zod';
import { GuardiaError } from '../../src/errors.ts';
import type { StepSample } from '../../src/steps/shared/door.ts';
import type { Observation, StepCall, StepKind } from '../../src/steps/step-kind.ts';
import { serviceWith } from './harness.ts';

const connection = z.strictObject({
  kind: z.literal('made-up'),
  url: z.url(),
  password: z.string().optional(),
});
type Call = StepCall<Record<string, unknown>, z.output<typeof connection>>;

/** A step kind of the tests' own, to see what the door does around one. */
function kindThat(does: Partial<StepKind<Record<string, unknown>, z.output<typeof connection>>>): StepKind {
  const kind: StepKind<Record<string, unknown>, z.output<typeof connection>> = {
    name: 'made-up',
    about: 'answers as a test wants',
    input: z.record(z.string(), z.unknown()),
    connection,
    ...does,
  };
  return kind;
}

const connections = { 'made-up': { kind: 'made-up', url: 'https://made.up' } };
const answer: Observation = { value: 1, evidence: [] };
const unreachable = () => new GuardiaError('unreachable', 'refused by made.up:443', { retryable: true });

function serviceThat(does: Parameters<typeof kindThat>[0], samples: StepSample[] = []) {
  const metrics = { call: (sample: StepSample) => samples.push(sample) };
  return serviceWith({ kinds: [kindThat(does)], connections, metrics });
}

afterEach(() => {
  jest.useRealTimers();
});

describe('deadlines', () => {
  it('ends in time although the kind does not listen to its signal', async () => {
    const { observe } = serviceThat({ observe: () => new Promise(() => undefined) });
    await expect(observe('made-up', {}, { deadlineMs: 50 })).rejects.toMatchObject({
      code: 'deadline',
      message: 'made-up of denis: no answer in 0.1 s',
    });
  });

  it('counts the time that a call waits for its turn', async () => {
    const { observe } = serviceThat({ observe: () => new Promise(() => undefined) });
    const calls = Array.from({ length: 70 }, () => observe('made-up', {}, { deadlineMs: 100 }));
    const endings = await Promise.allSettled(calls);
    expect(endings.map((ending) => ending.status === 'rejected' && ending.reason.code)).toEqual(
      calls.map(() => 'deadline'),
    );
  });

  it('does not begin when the caller has given up already', async () => {
    const begun = jest.fn(async () => answer);
    const { observe } = serviceThat({ observe: begun });
    await expect(observe('made-up', {}, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'aborted',
    });
    expect(begun).not.toHaveBeenCalled();
  });
});

describe('whether a step may act', () => {
  /** Asks, and acts; then ends as `after` does. */
  function acting(after: () => Promise<never> | undefined = () => undefined) {
    const acted = jest.fn();
    const service = serviceThat({
      async perform({ beforeEffect }) {
        await beforeEffect();
        acted();
        await after();
        return { says: 'done', evidence: [] };
      },
    });
    return { acted, ...service };
  }
  const failing = (options: object) => () => Promise.reject(new GuardiaError('refused', 'no', options));

  it('is asked of whoever performs it, and a refusal is a plain failure', async () => {
    const { perform, acted } = acting();
    const beforeEffect = () => Promise.reject(new GuardiaError('conflict', 'taken over'));
    await expect(perform('made-up', {}, { beforeEffect })).rejects.toMatchObject({
      ...{ code: 'conflict', message: 'taken over', unconfirmed: false },
    });
    expect(acted).not.toHaveBeenCalled();
  });

  it('is over with the call: who was told that nothing was done is right', async () => {
    const { perform, acted } = acting();
    const allowed = Promise.withResolvers<void>();
    const call = perform('made-up', {}, { beforeEffect: () => allowed.promise, deadlineMs: 50 });
    await expect(call).rejects.toMatchObject({ code: 'deadline', unconfirmed: false });
    allowed.resolve();
    await setImmediate();
    expect(acted).not.toHaveBeenCalled();
  });

  it.each([
    [{}, true],
    [{ retryable: true }, true],
    [{ conclusive: true }, false],
  ])('decides what an error means: %j is unconfirmed once it has acted: %s', async (options, unconfirmed) => {
    await expect(acting(failing(options)).perform('made-up', {})).rejects.toMatchObject({ unconfirmed });
  });

  it('makes a deadline and any fault unconfirmed once it has acted', async () => {
    const never = acting(() => new Promise(() => undefined));
    await expect(never.perform('made-up', {}, { deadlineMs: 50 })).rejects.toMatchObject({
      ...{ code: 'deadline', unconfirmed: true },
    });
    const broken = acting(() => Promise.reject(new TypeError('x is undefined')));
    await expect(broken.perform('made-up', {})).rejects.toMatchObject({
      ...{ code: 'internal', unconfirmed: true },
    });
  });

  it('is nothing that a look or a preview may ask', async () => {
    const { observe } = serviceThat({
      async observe({ beforeEffect }) {
        await beforeEffect();
        return answer;
      },
    });
    await expect(observe('made-up', {})).rejects.toMatchObject({
      ...{ code: 'internal', message: 'only a step that is performed may change something' },
    });
  });
});

describe('tries', () => {
  it('looks three times at what cannot be reached, and says so', async () => {
    const look = jest.fn(async () => Promise.reject(unreachable()));
    const { observe } = serviceThat({ observe: look });
    await expect(observe('made-up', {})).rejects.toThrow('refused by made.up:443, three tries');
    expect(look).toHaveBeenCalledTimes(3);
  });

  it('gives the answer of a later try', async () => {
    const look = jest.fn(async () => answer).mockRejectedValueOnce(unreachable());
    expect(await serviceThat({ observe: look }).observe('made-up', {})).toEqual(answer);
  });

  it.each(['refused', 'nonsense', 'no-data', 'bad-input'] as const)(
    'does not ask again after %s',
    async (code) => {
      const look = jest.fn(async () => Promise.reject(new GuardiaError(code, 'no', { retryable: true })));
      await expect(serviceThat({ observe: look }).observe('made-up', {})).rejects.toMatchObject({
        code,
        message: 'no',
      });
      expect(look).toHaveBeenCalledTimes(1);
    },
  );

  it.each(['perform', 'preview', 'fingerprint'] as const)('never repeats %s', async (operation) => {
    const act = jest.fn(async () => Promise.reject(unreachable()));
    const service = serviceThat({ [operation]: act });
    await expect(service[operation]('made-up', {})).rejects.toThrow('refused by made.up:443');
    expect(act).toHaveBeenCalledTimes(1);
  });
});

describe('a connection that keeps failing', () => {
  async function failing(perform = jest.fn(async () => ({ says: 'done', evidence: [] }))) {
    const look = jest.fn(async () => Promise.reject(unreachable()));
    const service = serviceThat({ observe: look, perform });
    await Promise.allSettled(Array.from({ length: 5 }, () => service.observe('made-up', {})));
    look.mockClear();
    return { ...service, look };
  }

  it('is not asked for some seconds after five failures, and why is said', async () => {
    const { observe, look } = await failing();
    await expect(observe('made-up', {})).rejects.toThrow(
      /^refused by made\.up:443, three tries \(not asked since \d\d:\d\d:\d\d UTC, when 5 calls in a row had failed; tried again every 5 s\)$/,
    );
    expect(look).not.toHaveBeenCalled();
  });

  it('is told of, with the moment and the reason, until it answers again', async () => {
    const { steps, observe, look } = await failing();
    const redis = { service: 'denis', kind: 'made-up', connection: 'made-up', running: 0, waiting: 0 };
    expect(steps.connections?.()).toEqual([
      { ...redis, state: 'open', since: expect.any(String), why: 'refused by made.up:443, three tries' },
    ]);
    const since = steps.connections?.()[0]?.since;
    expect(Math.abs(Date.parse(since ?? '') - Date.now())).toBeLessThan(10_000);
    const nobody = ['setTimeout', 'nextTick', 'queueMicrotask'] as const;
    jest.useFakeTimers({ now: Date.now() + 5_100, doNotFake: [...nobody] });
    await expect(observe('made-up', {})).rejects.toThrow('refused');
    expect(steps.connections?.()).toMatchObject([{ state: 'open', since }]);
    jest.setSystemTime(Date.now() + 5_100);
    look.mockImplementation(async () => answer as never);
    await observe('made-up', {});
    expect(steps.connections?.()).toEqual([{ ...redis, state: 'closed' }]);
  });

  it('shows what runs on it and what waits for its turn', async () => {
    const gate = Promise.withResolvers<typeof answer>();
    const { steps, observe } = serviceThat({ observe: () => gate.promise });
    const all = Array.from({ length: 70 }, () => observe('made-up', {}));
    while (steps.connections?.()[0]?.waiting !== 6) await setImmediate();
    expect(steps.connections?.()).toMatchObject([{ running: 64, waiting: 6 }]);
    gate.resolve(answer);
    await Promise.all(all);
    expect(steps.connections?.()).toMatchObject([{ running: 0, waiting: 0 }]);
  });

  it('is asked again after the pause', async () => {
    const { observe, look } = await failing();
    look.mockImplementation(async () => answer as never);
    jest.useFakeTimers({ now: Date.now() + 5_100, doNotFake: ['setTimeout', 'nextTick', 'queueMicrotask'] });
    expect(await observe('made-up', {})).toEqual(answer);
  });

  it('does not hold back an action, which people decided on', async () => {
    const { perform } = await failing();
    expect(await perform('made-up', {})).toEqual({ says: 'done', evidence: [] });
  });

  it('has a clean sheet under another address', async () => {
    const look = jest.fn(async ({ connection: { url } }: Call) =>
      url === 'https://made.up' ? Promise.reject(unreachable()) : answer,
    );
    const both = { ...connections, other: { kind: 'made-up', url: 'https://other.up' } };
    const kind = kindThat({ observe: look });
    const { observe } = serviceWith({ kinds: [kind], connections: both });
    await Promise.allSettled(Array.from({ length: 5 }, () => observe('made-up', {})));
    expect(await observe('made-up', { connection: 'other' })).toEqual(answer);
  });
});

describe('many calls at once', () => {
  it('asks one connection at most 64 things at a time, and forgets none', async () => {
    let running = 0;
    let most = 0;
    const full = Promise.withResolvers<void>();
    const { observe } = serviceThat({
      async observe() {
        most = Math.max(most, ++running);
        if (running === 64) full.resolve();
        await full.promise;
        await setImmediate();
        running -= 1;
        return answer;
      },
    });
    const answers = await Promise.all(Array.from({ length: 200 }, () => observe('made-up', {})));
    expect(answers).toHaveLength(200);
    expect(most).toBe(64);
  });

  it('says so when too many wait already', async () => {
    const { observe } = serviceThat({ observe: () => new Promise(() => undefined) });
    const calls = Array.from({ length: 64 + 1_024 + 1 }, () => observe('made-up', {}, { deadlineMs: 400 }));
    const endings = await Promise.allSettled(calls);
    const last = endings.at(-1) as PromiseRejectedResult;
    expect(last.reason.message).toBe(
      'made-up of denis was not asked: 1,024 calls are waiting for it already',
    );
  });
});

describe('what a call is given', () => {
  it('fills settings into the connection', async () => {
    const look = jest.fn(async (_: Call) => answer);
    const { observe } = serviceWith({
      kinds: [kindThat({ observe: look })],
      connections: { 'made-up': { kind: 'made-up', url: `https://\${MADE_HOST}/x` } },
      settings: { MADE_HOST: 'filled.up' },
    });
    await observe('made-up', {});
    expect(look.mock.calls[0]?.[0].connection.url).toBe('https://filled.up/x');
  });

  it.each([
    [
      'an unknown connection',
      { connection: 'nowhere' },
      'not-configured',
      'not configured: denis has no connection nowhere',
    ],
    [
      'a name that every object has',
      { connection: 'toString' },
      'not-configured',
      'not configured: denis has no connection toString',
    ],
  ])('refuses %s', async (_, input, code, message) => {
    await expect(
      serviceThat({ observe: async () => answer }).observe('made-up', input),
    ).rejects.toMatchObject({ code, message });
  });

  it('names the wrong key of a connection and not its value', async () => {
    const { observe } = serviceWith({
      kinds: [kindThat({ observe: async () => answer })],
      connections: { 'made-up': { kind: 'made-up', url: `\${MADE_URL}`, passwort: 'hunter22' } },
      settings: { MADE_URL: 'no url: s3cret' },
    });
    const error = await observe('made-up', {}).catch((thrown: Error) => thrown as GuardiaError);
    expect(error).toMatchObject({ code: 'config' });
    expect((error as Error).message).toBe(
      'connection made-up of denis is not valid: url: Invalid URL; Unrecognized key: "passwort"',
    );
  });

  it('opens one client for a connection and closes it in the end', async () => {
    const close = jest.fn<() => void>();
    const make = jest.fn(() => ({ client: {}, close }));
    const { observe, steps } = serviceThat({
      async observe({ clients }) {
        clients.get('made-up', make);
        return answer;
      },
    });
    await Promise.all([observe('made-up', {}), observe('made-up', {})]);
    await steps.close();
    expect([make.mock.calls.length, close.mock.calls.length]).toEqual([1, 1]);
  });

  it('closes a client that nobody uses any more, and not one that a call is at', async () => {
    const closed: string[] = [];
    const [begun, atWork] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const { observe } = serviceThat({
      async observe({ clients, input: { uses } }) {
        const key = String(uses);
        clients.get(key, () => ({ client: {}, close: () => void closed.push(key) }));
        if (uses !== 'busy') return answer;
        begun.resolve();
        await atWork.promise;
        return answer;
      },
    });
    await observe('made-up', { uses: 'idle' });
    const working = observe('made-up', { uses: 'busy' });
    await begun.promise;
    jest.useFakeTimers({ now: Date.now() + 16 * 60_000, doNotFake: ['setTimeout', 'nextTick'] });
    await observe('made-up', { uses: 'another' });
    expect(closed).toEqual(['idle']);
    atWork.resolve();
    await working;
  });

  it('refuses a kind that is not there, and what a kind cannot do', async () => {
    const { observe, perform } = serviceThat({ observe: async () => answer });
    await expect(observe('made-down', {})).rejects.toThrow(
      'there is no step kind made-down; there are made-up',
    );
    await expect(perform('made-up', {})).rejects.toThrow('made-up cannot perform');
  });
});

describe('what comes back', () => {
  it('hides the connection’s secrets in values, words and evidence', async () => {
    const secret = 'correct-horse';
    const { observe } = serviceWith({
      kinds: [
        kindThat({
          observe: async () => ({
            value: { [`key of ${secret}`]: secret },
            says: `it is ${secret}`,
            evidence: [{ label: 'Answer', text: `password=${secret} at https://me:else@host/` }],
          }),
        }),
      ],
      connections: { 'made-up': { kind: 'made-up', url: 'https://made.up', password: secret } },
    });
    const observation = await observe('made-up', {});
    expect(observation).toEqual({
      value: { 'key of ***': '***' },
      says: 'it is ***',
      evidence: [{ label: 'Answer', text: 'password=*** at https://***@host/' }],
    });
  });

  it('voids a plan whose target differs only in what is hidden of it', async () => {
    let queue = 'password=one';
    const { fingerprint, steps } = serviceThat({ fingerprint: async () => ({ substance: { queue } }) });
    const step = { kind: 'made-up', input: {} };
    const before = await fingerprint('made-up', {});
    expect(steps.drift(step, before, await fingerprint('made-up', {}))).toEqual([]);
    queue = 'password=two';
    const now = await fingerprint('made-up', {});
    expect(steps.drift(step, before, now)).toEqual([
      expect.stringMatching(/^queue changed from password=\*\*\* \(/),
    ]);
    expect(JSON.stringify([before, now])).not.toMatch(/one|two/);
  });

  it('leaves nothing of a foreign error but its message without secrets', async () => {
    const secret = 'correct-horse';
    const { observe } = serviceWith({
      kinds: [
        kindThat({
          observe: async () => {
            throw Object.assign(new Error(`failed with ${secret}`), {
              config: { headers: { authorization: secret } },
            });
          },
        }),
      ],
      connections: { 'made-up': { kind: 'made-up', url: `https://me:${secret}@made.up` } },
    });
    const error = await observe('made-up', {}).catch((thrown: Error) => thrown as GuardiaError);
    expect(error).toMatchObject({ code: 'internal', message: 'failed with ***', cause: undefined });
  });

  it('tells metrics how each call went', async () => {
    const samples: StepSample[] = [];
    const { observe, perform } = serviceThat({ observe: async () => answer }, samples);
    await observe('made-up', {});
    await perform('made-up', {}).catch(() => undefined);
    expect(samples).toMatchObject([
      { kind: 'made-up', connection: 'made-up', operation: 'observe', outcome: 'ok' },
      { kind: 'made-up', connection: 'made-up', operation: 'perform', outcome: 'bad-input' },
    ]);
    expect(samples.every(({ seconds }) => seconds >= 0)).toBe(true);
  });
});

describe('drift', () => {
  it('is every key that differs, unless the kind knows better', () => {
    const { steps } = serviceThat({});
    const step = { kind: 'made-up', input: {} };
    const before = { substance: { uid: 'a', replicas: 6, image: null } };
    expect(steps.drift(step, before, { substance: { uid: 'a', replicas: 1_200, image: 'x:2' } })).toEqual([
      'replicas changed from 6 to 1,200',
      'image changed from nothing to x:2',
    ]);
    expect(steps.drift(step, before, before)).toEqual([]);
  });
});
