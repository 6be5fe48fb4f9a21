import { pino } from 'pino';
import type { Person } from '../../src/approval/person.ts';
import type { Catalogue } from '../../src/catalogue/catalogue.ts';
import type { House } from '../../src/flows/house.ts';
import { createFlows } from '../../src/flows/index.ts';
import { catalogueChanged } from '../../src/flows/policies.ts';
import type { Flows } from '../../src/flows/requests.ts';
import { auditHead } from '../../src/store/audit.ts';
import type { TestDatabase } from '../helpers/database.ts';
import { type FakePeople, type FakeSteps, fakePeople, fakeSteps, TEAM } from '../helpers/house.ts';
import { testAction, testCatalogue, testRunbook, testService } from '../helpers/shop.ts';
import { REPLICAS, type Replica, type User } from './commands.ts';
import type { Model } from './model.ts';
import { type Door, openDoor } from './slack.ts';
import { Ledger, SteppedDurable } from './stepped.ts';

/** Two replicas of the real flows on one real database, and everything outside in a test's hands. */
export interface World {
  database: TestDatabase;
  /** The last entry of the record from before. */
  since: number;
  /** Names what is purged, so that sequences in one database do not meet. */
  queue: string;
  ledger: Ledger;
  people: FakePeople;
  steps: FakeSteps;
  replicas: Record<Replica, Running>;
  glass: boolean;
}

export interface Running {
  flows: Flows;
  durable: SteppedDurable;
  house: House;
  catalogue: { now: Catalogue };
  /** How Slack reaches it; opened when it is first needed. */
  door(): Door;
}

export function person(user: User): Person {
  return user === 'stranger' ? { team: 'T0OTHER', user: 'U0SAM' } : { team: TEAM, user: idOf(user) };
}

export function idOf(user: User): string {
  return `U0${user.toUpperCase()}`;
}

export async function openWorld(database: TestDatabase, queue: string, model: Model): Promise<World> {
  const { seq: since } = await auditHead(database.db);
  const [people, steps, ledger] = [fakePeople(), fakeSteps(), new Ledger()];
  const outside = { database, since, queue, ledger, people, steps, glass: model.glass };
  const replicas = Object.fromEntries(
    REPLICAS.map((name) => [name, startReplica(outside, catalogueWith(model.catalogue[name], model.glass))]),
  ) as World['replicas'];
  const world = { ...outside, replicas };
  reflect(world, model);
  return world;
}

/** The outside as the model has it. */
export function reflect({ people, steps, ledger }: World, model: Model): void {
  people.groups = { S0SRE: model.sre.map(idOf), S0CALL: model.oncall.map(idOf) };
  people.accounts = {
    U0GUEST: 'guest',
    ...Object.fromEntries(model.gone.map((user) => [idOf(user), 'deactivated' as const])),
  };
  people.humans = { U0NOORTOO: 'W0NOOR', U0SAMTOO: 'W0SAM' };
  people.broken = !model.slackAnswers;
  steps.waiting = model.waiting;
  ledger.hold(model.held);
}

export function startReplica(outside: Omit<World, 'replicas'>, first: Catalogue): Running {
  const catalogue = { now: first };
  const durable = new SteppedDurable(outside.ledger);
  const { db, pool } = outside.database;
  const parts = {
    ...{ db, pool, durable, people: outside.people, catalogue: () => catalogue.now, auditChannel: null },
    steps: dyingIn(durable, outside.steps),
    painter: { draw: () => Promise.reject(new Error('nothing is drawn here')) },
    wake: () => {},
    logger: pino({ level: 'silent' }),
    observed: { alert: () => {}, diagnosis: () => {}, plan: () => {} },
    pace: {
      partialAfterMs: 2_000,
      verifyEveryMs: 20,
      followEveryMs: 50,
      wakeEveryMs: 30_000,
      askAgainMs: 20,
    },
  };
  const flows = createFlows(parts, 'test');
  let open: Door | null = null;
  const door = () => {
    const answers = () => !outside.people.broken;
    open ??= openDoor({ database: outside.database, flows, catalogue: () => catalogue.now, answers });
    return open;
  };
  return { flows, durable, house: { ...parts, nudge: () => {} }, catalogue, door };
}

/** A replica may die in the middle of a step, when the system has done its work and nobody has noted it. */
function dyingIn(durable: SteppedDurable, steps: FakeSteps): FakeSteps {
  return {
    ...steps,
    preview: (...all) => steps.preview(...all),
    fingerprint: (...all) => steps.fingerprint(...all),
    async perform(...all) {
      const done = await steps.perform(...all);
      return durable.diesInTheMiddle ? durable.die() : done;
    },
  };
}

export async function changeCatalogue(world: World, at: Replica, votes: 1 | 2): Promise<void> {
  const { catalogue, house } = world.replicas[at];
  catalogue.now = catalogueWith(votes, world.glass);
  await catalogueChanged(house);
}

/** The other replica goes on with what the dead one left, which is started anew. */
export function bury(world: World, dead: Replica): void {
  world.replicas[dead] = startReplica(world, world.replicas[dead].catalogue.now);
  const other = dead === 'a' ? 'b' : 'a';
  world.replicas[other].durable.recover();
  world.ledger.lookAgain();
}

function catalogueWith(votes: 1 | 2, glass: boolean): Catalogue {
  const policy = {
    ...{ by: ['sre'], votes, expires: '15m', 'begin-within': '5m' },
    ...(glass ? { 'break-glass': { by: ['oncall'] } } : {}),
  };
  const roles = { sre: { title: 'SRE', group: 'S0SRE' }, oncall: { title: 'On call', group: 'S0CALL' } };
  const purge = testAction('purge', { title: 'Purge the queue {queue}', risk: 'destructive', undo: 'none' });
  const service = testService([testRunbook({ actions: [purge] })], {
    policies: { destructive: policy },
    roles,
  });
  return { ...testCatalogue(service), revision: `votes ${votes}` };
}
