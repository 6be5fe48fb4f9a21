import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import type { EscalationRule, Runbook } from '../../src/catalogue/catalogue.ts';
import { auditEntries } from '../../src/store/audit.ts';
import { databaseTime } from '../../src/store/clock.ts';
import { callsFor } from '../../src/store/escalations.ts';
import { alertGroup, purge, restart, until } from '../helpers/asked.ts';
import { rightOwnClock, setOwnClock, shiftDatabaseClock } from '../helpers/clock.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { INES, NOOR, SAM, startTestHouse, type TestHouse } from '../helpers/house.ts';
import { rowsOf } from '../helpers/rows.ts';
import { handStep, testAction, testCatalogue, testRule, testRunbook, testService } from '../helpers/shop.ts';

const MINUTE = 60_000;

let database: TestDatabase;
let house: TestHouse;
const rows = rowsOf(() => database);

beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(async () => {
  rightOwnClock();
  await house.stop();
  await database.drop();
});

async function begin(overrides: Partial<Runbook> = {}): Promise<void> {
  const policy = { by: ['sre'], votes: 1, expires: '5m', 'begin-within': '5m' };
  const policies = { destructive: { ...policy, 'break-glass': { by: ['sre'] } } };
  const service = testService([testRunbook({ escalate: [], ...overrides })], { policies });
  house = await startTestHouse(database, { catalogue: testCatalogue(service), wakeEveryMs: 50 });
}

async function asked(): Promise<{ plan: string; digest: string }> {
  expect(await house.flows.remediate(purge, 'r1')).toEqual({ ok: true });
  const { id, digest } = await rows.plan();
  return { plan: id, digest };
}

/** Its flow has looked at the plan once more: it has seen what a first vote of two leaves to do. */
async function looked(plan: string): Promise<void> {
  const looks = async () => {
    const { rows: found } = await sql<{ looks: number }>`
      select count(*)::int as looks from dbos.operation_outputs where function_name = 'see how it stands'`.execute(
      database.db,
    );
    return found[0]?.looks ?? 0;
  };
  const before = await looks();
  await house.nudge(plan);
  await until('another look', async () => ((await looks()) > before ? true : undefined));
}

/** What is left of each deadline that stands now: so much. */
async function leave(ms: number): Promise<void> {
  await sql`
    update plan set made_at = clock_timestamp() - interval '1 hour',
      expires_at = clock_timestamp() + make_interval(secs => ${ms / 1_000})`.execute(database.db);
}

/** Done when the flow looks everything up again before it spends the approval. */
function onceApproved(does: () => Promise<void>): void {
  const { account } = house.people;
  let done: Promise<void> | null = null;
  house.people.account = async (...asked) => {
    const { state } = await rows.plan();
    if (state === 'approved') done ??= does();
    await done;
    return account(...asked);
  };
}

const called = async () =>
  (await database.db.selectFrom('message').select('key').execute()).map(({ key }) => key);

describe.each([
  ['fast', 10 * MINUTE],
  ['slow', -10 * MINUTE],
])('at a replica whose own clock is ten minutes %s', (_which, wrong) => {
  beforeEach(() => setOwnClock(wrong));

  it('a fresh request waits, and runs once it is approved', async () => {
    await begin();
    const plan = await asked();
    await looked(plan.plan);
    expect(await rows.plan()).toMatchObject({ state: 'waiting' });
    expect(await house.flows.approve({ ...plan, by: SAM })).toEqual({ ok: true });
    await rows.reaches('done');
  });

  it('a vote that comes too late is refused, and ends the request', async () => {
    await begin();
    const plan = await asked();
    await leave(-1);
    expect(await house.flows.approve({ ...plan, by: SAM })).toMatchObject({ ok: false });
    expect(await rows.plan()).toMatchObject({ state: 'expired' });
    expect(house.steps.performed).toEqual([]);
  });

  it('what its approver reads has the time of the database', async () => {
    await begin();
    const view = await house.flows.viewPlan({ ...(await asked()), by: SAM });
    if (!view.ok) throw new Error(view.says);
    expect(Math.abs(Date.parse(view.now) - (await databaseTime(database.db)).getTime())).toBeLessThan(MINUTE);
  });

  it('an approval does not begin after its time', async () => {
    await begin();
    const plan = await asked();
    onceApproved(async () => {
      await sql`update plan set begin_before = clock_timestamp() - interval '1 ms'`.execute(database.db);
    });
    expect(await house.flows.approve({ ...plan, by: SAM })).toEqual({ ok: true });
    await rows.reaches('expired');
    expect(house.steps.performed).toEqual([]);
  });

  it('glass is broken in time, and not after it', async () => {
    await begin();
    const plan = await asked();
    await leave(-1);
    const broken = { ...plan, by: NOOR, reason: 'nobody answers' };
    expect(await house.flows.breakGlass(broken)).toMatchObject({ ok: false });
    await leave(MINUTE);
    expect(await house.flows.breakGlass(broken)).toEqual({ ok: true });
    await rows.reaches('done');
    expect(await house.flows.review({ ...plan, by: INES, note: 'all well' })).toEqual({ ok: true });
  });

  it('people are reminded when a third of the time is left, and not before', async () => {
    await begin();
    const plan = await asked();
    await looked(plan.plan);
    expect((await called()).filter((key) => key.startsWith('reminder:'))).toEqual([]);
    await leave(4 * MINUTE);
    await looked(plan.plan);
    expect((await called()).filter((key) => key.startsWith('reminder:'))).toHaveLength(2);
    expect(await rows.plan()).toMatchObject({ state: 'waiting' });
  });

  it('a manual step may take as long as its runbook says, and no longer', async () => {
    const steps = [handStep('Turn it off and on again.', { within: '5m' })];
    await begin({ actions: [testAction('restart', { steps }), testAction('purge')] });
    await house.flows.remediate(restart, 'r1');
    const { id, digest } = await rows.plan();
    const step = { plan: id, digest, step: 0, done: true, by: SAM };
    await house.says(`hand:${id}:0`);
    await house.nudge(id);
    await sql`update plan_step set began_at = clock_timestamp() - interval '6 minutes'`.execute(database.db);
    expect(await house.flows.byHand(step)).toMatchObject({ ok: false });
    await rows.reaches('failed');
  });

  it('a manual step that has begun just now waits for a person', async () => {
    const steps = [handStep('Turn it off and on again.', { within: '5m' })];
    await begin({ actions: [testAction('restart', { steps }), testAction('purge')] });
    await house.flows.remediate(restart, 'r1');
    const { id, digest } = await rows.plan();
    await house.says(`hand:${id}:0`);
    await house.nudge(id);
    expect(await house.flows.byHand({ plan: id, digest, step: 0, done: true, by: SAM })).toEqual({
      ok: true,
    });
    await rows.reaches('done');
  });

  it('a rule calls its role once it has held long enough, and not before', async () => {
    const time = (key: string, to: string, forMs: number): EscalationRule => ({
      key,
      when: { by: 'time', forMs },
      to,
    });
    await begin({
      escalate: [
        testRule('queue', {
          key: 'held',
          to: 'sre',
          when: { ...testRule('queue').when, forMs: 5 * MINUTE } as never,
        }),
        time('soon', 'now', 3 * MINUTE),
        time('later', 'later', 8 * MINUTE),
      ],
    });
    const startsAt = new Date((await databaseTime(database.db)).getTime() - 5 * MINUTE).toISOString();
    const group = alertGroup();
    await house.flows.takeAlert({ ...group, alerts: group.alerts.map((alert) => ({ ...alert, startsAt })) });
    const alert = await until('the alert', () =>
      database.db.selectFrom('alert').select('id').executeTakeFirst(),
    );
    await house.says(`escalation:${alert.id}:to:now`);
    await until('more looks', async () => {
      const { rows: found } = await sql<{ looks: number }>`
        select count(*)::int as looks from dbos.operation_outputs where function_name = 'look again'`.execute(
        database.db,
      );
      return (found[0]?.looks ?? 0) > 3 ? true : undefined;
    });
    expect((await callsFor(database.db, alert.id)).map(({ to }) => to)).toEqual(['now']);
  });

  it('the schedule begins what is due by the clock of the database', async () => {
    await sql`update installation set began_at = clock_timestamp() - interval '3 days'`.execute(database.db);
    const now = await databaseTime(database.db);
    const at = (minutes: number) => new Date(now.getTime() + minutes * MINUTE).toISOString().slice(11, 16);
    const due = (name: string, minutes: number) =>
      testRunbook({ name, alerts: [], escalate: [], schedule: { at: at(minutes), zone: 'UTC', runs: [] } });
    const service = testService([due('just-now', -1), due('soon', 5)]);
    house = await startTestHouse(database, { catalogue: testCatalogue(service) });
    const runs = () => database.db.selectFrom('run').select('runbook').execute();
    await until('the run', async () => (await runs())[0]);
    expect(await runs()).toEqual([{ runbook: 'just-now' }]);
  });

  it('the record and whatever else is written has the time of the database', async () => {
    await begin();
    const since = await databaseTime(database.db);
    const plan = await asked();
    await house.flows.approve({ ...plan, by: SAM });
    await rows.reaches('done');
    await house.says(`proof:${plan.plan}`);
    const outcome = JSON.stringify((await rows.plan()).outcome);
    const times = [
      ...(await auditEntries(database.db, 0, 100)).map(({ at }) => at),
      ...(outcome.match(/\d{4}-\d\d-\d\dT[\d:.]+Z/g) ?? []),
    ].map((at) => Date.parse(at));
    expect(times.length).toBeGreaterThan(7);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(since.getTime());
    expect(Math.max(...times)).toBeLessThanOrEqual((await databaseTime(database.db)).getTime());
  });
});

describe('when a replica’s own clock is set back', () => {
  it('an alert is looked at again all the same', async () => {
    const forMs = 700;
    await begin({ escalate: [testRule('queue', { when: { ...testRule('queue').when, forMs } as never })] });
    await house.flows.takeAlert(alertGroup());
    const alert = await rows.alert('g1');
    await house.says(`alert:${alert.id}`, (text) => text.includes('pile up'));
    // Often enough that one falls into a pause between two looks.
    for (let times = 1; times <= 20; times += 1) {
      setOwnClock(-10 * MINUTE * times);
      await new Promise((next) => setTimeout(next, 10));
    }
    await house.says(`escalation:${alert.id}:to:sre`);
    expect((await callsFor(database.db, alert.id)).map(({ to }) => to)).toEqual(['sre']);
  });
});

describe('when PostgreSQL’s clock goes on', () => {
  it('the flow of whatever is overdue wakes, though its own timer was set for later', async () => {
    await begin();
    const plan = await asked();
    await shiftDatabaseClock(database.db, 6 * MINUTE);
    await rows.reaches('expired');
    expect(await house.says(`plan:${plan.plan}`, (text) => text.includes('Expired'))).not.toContain(
      '"Approve"',
    );
  });

  it('a manual step whose time is over ends', async () => {
    const steps = [handStep('Turn it off and on again.', { within: '5m' })];
    await begin({ actions: [testAction('restart', { steps })] });
    await house.flows.remediate(restart, 'r1');
    await house.says(`hand:${(await rows.plan()).id}:0`);
    await shiftDatabaseClock(database.db, 6 * MINUTE);
    await rows.reaches('failed');
  });

  it('a request expires, whatever the timer of its flow was set to', async () => {
    await begin();
    const plan = await asked();
    await shiftDatabaseClock(database.db, 6 * MINUTE);
    expect(await house.flows.approve({ ...plan, by: SAM })).toMatchObject({
      ok: false,
      says: expect.stringContaining('expired'),
    });
    await rows.reaches('expired');
  });

  it('an approved plan that has not begun expires', async () => {
    await begin();
    const plan = await asked();
    onceApproved(() => shiftDatabaseClock(database.db, 6 * MINUTE));
    await house.flows.approve({ ...plan, by: SAM });
    await rows.reaches('expired');
    expect(house.steps.performed).toEqual([]);
  });

  it('a vote that waited for a lock is judged by the time after it', async () => {
    await begin();
    const plan = await asked();
    const locked = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    const holding = database.db.transaction().execute(async (tx) => {
      await sql`select from plan for update`.execute(tx);
      locked.resolve();
      await goOn.promise;
    });
    await locked.promise;
    const vote = house.flows.approve({ ...plan, by: SAM });
    await until('the vote to wait', async () => {
      const { rows: waiting } = await sql`select from pg_locks where not granted`.execute(database.db);
      return waiting[0];
    });
    await shiftDatabaseClock(database.db, 6 * MINUTE);
    goOn.resolve();
    await holding;
    expect(await vote).toMatchObject({ ok: false, says: expect.stringContaining('expired') });
    expect(await rows.plan()).toMatchObject({ state: 'expired' });
  });
});
