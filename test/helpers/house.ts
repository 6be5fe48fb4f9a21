import { setTimeout as wait } from 'node:timers/promises';
import { pino } from 'pino';
import type { Account, People, Person } from '../../src/approval/person.ts';
import type { Catalogue } from '../../src/catalogue/catalogue.ts';
import { GuardiaError } from '../../src/errors.ts';
import { createDurable } from '../../src/flows/durable.ts';
import { createFlows, type RunningFlows } from '../../src/flows/index.ts';
import type {
  Observation,
  ObservedValue,
  Parameters,
  Performed,
  Step,
  Steps,
} from '../../src/steps/step-kind.ts';
import { findPlan } from '../../src/store/plans.ts';
import type { TestDatabase } from './database.ts';
import { testCatalogue } from './shop.ts';

export const TEAM = 'T0HOME';
export const NOOR: Person = { team: TEAM, user: 'U0NOOR' };
export const SAM: Person = { team: TEAM, user: 'U0SAM' };
export const INES: Person = { team: TEAM, user: 'U0INES' };
export const GUEST: Person = { team: TEAM, user: 'U0GUEST' };
export const STRANGER: Person = { team: 'T0OTHER', user: 'U0OTHER' };

/** A fake outside for flows: what each check sees, what was performed, and how long it takes. */
export interface FakeSteps extends Steps {
  sees: Record<string, ObservedValue | Error>;
  takesMs: Record<string, number>;
  waiting: number;
  /** What a step says that it touched; null where it does not say. */
  touches: string | null;
  performed: string[];
  /** Called once a step has begun, right before it asks whether it may act. */
  beforePerforming: (action: string) => Promise<void> | void;
  /** Called in the middle of a step that is performed. */
  whilePerforming: (action: string) => Promise<void> | void;
  failWith: Error | null;
  /** What is seen where neither a check nor an action asks. */
  answers: (step: Step, parameters: Parameters) => Observation | Error | Promise<Observation>;
  /** What is done where no action asks. */
  does: (step: Step, parameters: Parameters) => Performed | Error | Promise<Performed>;
  /** What is wrong with whatever is asked. */
  wrong: string[];
}

export function fakeSteps(): FakeSteps {
  const fake: FakeSteps = {
    sees: { queue: 1_243, workers: [] },
    takesMs: {},
    waiting: 1_243,
    touches: null,
    performed: [],
    beforePerforming: () => {},
    whilePerforming: () => {},
    failWith: null,
    answers: () => ({ value: null, evidence: [] }),
    does: () => ({ says: 'done', evidence: [] }),
    wrong: [],
    problems: () => fake.wrong,
    async observe(_env, step, { check, action, parameters }) {
      if (!check && !action) return orThrow(await fake.answers(step, parameters));
      const name = check?.check ?? '';
      await wait(fake.takesMs[name] ?? 0);
      const value = fake.sees[name] ?? null;
      if (value instanceof Error) throw value;
      return observation(step, value);
    },
    async preview(_env, step) {
      const { waiting: count } = fake;
      return { what: `does ${doesOf(step)}`, amount: `${count} jobs waiting`, count, evidence: [] };
    },
    async fingerprint() {
      return { substance: { waiting: fake.waiting } };
    },
    drift(_step, before, now) {
      const [then, later] = [Number(before.substance.waiting), Number(now.substance.waiting)];
      return later > then * 1.2 ? [`queue grew from ${then} to ${later}`] : [];
    },
    async perform(_env, step, { action, parameters, beforeEffect }) {
      if (action) await fake.beforePerforming(action.action);
      await beforeEffect();
      if (!action) return orThrow(await fake.does(step, parameters));
      const name = action.action;
      fake.performed.push(name);
      await fake.whilePerforming(name);
      if (fake.failWith) throw fake.failWith;
      const amount = fake.touches === null ? {} : { amount: fake.touches };
      return { says: `did ${name}`, ...amount, evidence: [] };
    },
    async close() {},
  };
  return fake;
}

function orThrow<T>(answer: T | Error): T {
  if (answer instanceof Error) throw answer;
  return answer;
}

function observation(step: Step, value: ObservedValue): Observation {
  const points: [number, number][] = [
    [Date.now() - 60_000, 12],
    [Date.now(), 1_243],
  ];
  const series = typeof value === 'number' ? { series: [{ name: 'jobs', points }] } : {};
  return { value, evidence: [{ label: 'asked', text: JSON.stringify(step.input) }], ...series };
}

function doesOf(step: Step): string {
  return String((step.input as { does?: string }).does);
}

export interface FakePeople extends People {
  groups: Record<string, string[]>;
  accounts: Record<string, Account['kind']>;
  /** In an Enterprise Grid, whom each user id belongs to; null where Slack does not say. */
  humans: Record<string, string | null> | null;
  broken: boolean;
}

export function fakePeople(): FakePeople {
  const fake: FakePeople = {
    groups: { S0SRE: ['U0SAM', 'U0INES', 'U0NOOR'] },
    accounts: { U0GUEST: 'guest', U0BOT: 'bot', U0GONE: 'deactivated' },
    humans: null,
    broken: false,
    async account(person) {
      if (fake.broken) throw new GuardiaError('slack', 'Slack did not answer users.info');
      return {
        ...person,
        kind: person.team === TEAM ? (fake.accounts[person.user] ?? 'member') : 'stranger',
        ...(fake.humans ? { enterprise: humanIn(fake.humans, person.user) } : {}),
      };
    },
    async members(group) {
      if (fake.broken) throw new GuardiaError('slack', 'Slack did not answer usergroups.users.list');
      return fake.groups[group] ?? [];
    },
    directMessage: async (user) => `D0${user.slice(2)}`,
    team: () => TEAM,
    self: () => ({ team: TEAM, user: 'U0GUARDIA' }),
  };
  return fake;
}

function humanIn(humans: Record<string, string | null>, id: string): Account['enterprise'] {
  const user = humans[id] === undefined ? `W${id.slice(1)}` : humans[id];
  return user === null ? null : { id: 'E0GRID', user };
}

export interface TestHouse {
  flows: RunningFlows;
  steps: FakeSteps;
  people: FakePeople;
  catalogue: { now: Catalogue };
  draw: { fails: Error | null };
  /** The stored message under a key, as one text; waits for it to satisfy `holds`. */
  says(key: string, holds?: (text: string) => boolean): Promise<string>;
  /** Has the flow of a plan look at it, as every change of the plan does; for what a test changes by itself. */
  nudge(plan: string): Promise<void>;
  stop(): Promise<void>;
}

/** Real flows on a real database and real DBOS; only the outside and Slack are fakes. */
export async function startTestHouse(
  database: TestDatabase,
  options: {
    steps?: FakeSteps;
    people?: FakePeople;
    catalogue?: Catalogue;
    replica?: string;
    partialAfterMs?: number;
    lookEveryMs?: number;
    wakeEveryMs?: number;
  } = {},
): Promise<TestHouse> {
  const steps = options.steps ?? fakeSteps();
  const people = options.people ?? fakePeople();
  const catalogue = { now: options.catalogue ?? testCatalogue() };
  const replica = options.replica ?? 'test';
  const draw: TestHouse['draw'] = { fails: null };
  const durable = createDurable({
    databaseUrl: database.url,
    replica,
    lookEveryMs: options.lookEveryMs ?? 200,
  });
  const flows = createFlows(
    {
      db: database.db,
      pool: database.pool,
      steps,
      people,
      catalogue: () => catalogue.now,
      auditChannel: 'C0AUDIT',
      painter: { draw: () => drawn(draw.fails) },
      wake: () => {},
      durable,
      logger: pino({ level: 'silent' }),
      observed: { alert: () => {}, diagnosis: () => {}, plan: () => {} },
      pace: {
        ...{ verifyEveryMs: 20, followEveryMs: 50 },
        partialAfterMs: options.partialAfterMs ?? 2_000,
        wakeEveryMs: options.wakeEveryMs ?? 30_000,
        askAgainMs: 20,
      },
    },
    replica,
  );
  await flows.start();
  return {
    flows,
    steps,
    people,
    catalogue,
    draw,
    says: (key, holds = () => true) => says(database, key, holds),
    nudge: (plan) =>
      database.db.transaction().execute(async (tx) => {
        const stored = await findPlan(tx, plan);
        await durable.tell(tx, `remediate:${stored?.request}`, 'changed');
      }),
    stop: () => flows.stop(5_000),
  };
}

async function drawn(fails: Error | null) {
  if (fails) throw fails;
  return { png: new Uint8Array([1]), width: 1, height: 1, alt: 'a chart' };
}

async function says(database: TestDatabase, key: string, holds: (text: string) => boolean): Promise<string> {
  const until = Date.now() + 20_000;
  let last = '(no such message)';
  while (Date.now() < until) {
    const row = await database.db
      .selectFrom('message')
      .select('payload')
      .where('key', '=', key)
      .executeTakeFirst();
    if (row) {
      last = JSON.stringify(row.payload);
      if (holds(last)) return last;
    }
    await wait(15);
  }
  throw new Error(`${key} never said what was expected; it says ${last.slice(0, 2_000)}`);
}
