/**
 * Run as a child process: a house as in test/helpers/house.ts, of which the parent holds everything that is outside:
 * the database, the systems and the people. So nothing of them ends with it.
 */
import { flushCompileCache } from 'node:module';
import { registerInternalQueue } from '@dbos-inc/dbos-sdk/internal/wfqueue';
import type { BeforeEffect, Parameters, Scalar } from '../../../src/steps/step-kind.ts';
import { openDatabase } from '../../../src/store/database.ts';
import { fakePeople, fakeSteps, startTestHouse, type TestHouse } from '../../helpers/house.ts';
import { createInjector, type Doom } from './injector.ts';
import type { Command, FromChild, FromParent, Home } from './process.ts';
import { mortalShop } from './shop.ts';

/** What a flow asks that waits for somebody to tell it something. */
const WAITS = /^SELECT topic FROM .*notifications/;
/** Within this, and not within a second, DBOS begins what has to be gone on with. */
const TAKE_UP_MS = 20;
const tell = (said: FromChild) => process.send?.(said);
const injector = createInjector((text, [flow]) => {
  if (WAITS.test(text)) tell({ asleep: String(flow) });
});
const asked: ((answer: unknown) => void)[] = [];
let house: TestHouse | undefined;
/** Whether it lets the outside know when a step has begun and its request has not been sent. */
let halting = false;

function outside<Answer>(what: string, ...args: readonly unknown[]): Promise<Answer> {
  return injector.effect(what, () => {
    const answer = Promise.withResolvers<unknown>();
    tell({ ask: asked.push(answer.resolve) - 1, what, args });
    return answer.promise as Promise<Answer>;
  });
}

type Call = { parameters: Parameters; action?: { index: number } };
type Act = Call & { beforeEffect: BeforeEffect };
const waiting = ({ parameters }: Call) => outside<number>('waiting', parameters.queue);
const steps = {
  ...fakeSteps(),
  observe: async (_: unknown, __: unknown, call: Call) => ({ value: await waiting(call), evidence: [] }),
  async preview(_: unknown, __: unknown, call: Call) {
    return { what: `empties ${call.parameters.queue}`, amount: `${await waiting(call)} jobs`, evidence: [] };
  },
  async fingerprint(_: unknown, __: unknown, { parameters }: Call) {
    return { substance: { waiting: await outside<Scalar>('look', parameters.queue) } };
  },
  async perform(_: unknown, __: unknown, { parameters, action, beforeEffect }: Act) {
    if (halting) await outside('halt', parameters.queue);
    await beforeEffect();
    return { says: await outside<string>('touch', parameters.queue, action?.index), evidence: [] };
  },
};
const people: ReturnType<typeof fakePeople> = {
  ...fakePeople(),
  account: (person) => outside('account', person),
  members: (group) => outside('members', group),
  directMessage: (user) => outside('directMessage', user),
};

async function start({ url, replica }: Home): Promise<void> {
  const queue = registerInternalQueue('_dbos_internal_queue', { minPollingIntervalMs: TAKE_UP_MS });
  const open = openDatabase(url);
  house = await startTestHouse(
    { ...open, url, drop: open.close },
    { replica, steps, people, catalogue: mortalShop(), lookEveryMs: 10_000 },
  );
  queue.minPollingIntervalMs = 1_000;
}

const ORDERS: Readonly<Record<string, (...args: readonly never[]) => unknown>> = {
  start: (home: Home, doom?: Doom) => {
    if (!doom) return start(home);
    injector.arm(doom);
    return injector.counted(() => start(home));
  },
  arm: (doom: Doom | null) => injector.arm(doom),
  effects: () => injector.effects(),
  halt: () => {
    halting = true;
  },
  /** What V8 has made of the program by now, for those that come after. */
  flush: () => flushCompileCache(),
};

async function obey({ does, args }: Command): Promise<unknown> {
  const own = ORDERS[does];
  if (own) return own(...(args as never[]));
  const flows = house?.flows as unknown as Record<string, (...args: readonly unknown[]) => Promise<unknown>>;
  return injector.counted(() => flows[does]?.(...args));
}

process.on('message', (message: FromParent) => {
  if ('answers' in message) return asked[message.answers]?.(message.with);
  return obey(message).then(
    (answer) => tell({ did: message.id, answer }),
    (error) => tell({ did: message.id, failed: String(error?.stack ?? error) }),
  );
});
process.on('disconnect', () => process.exit());
tell({ up: true });
