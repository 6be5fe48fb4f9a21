import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import type { Runbook, RunbookAction } from '../../src/catalogue/catalogue.ts';
import type { RemediateRequest } from '../../src/flows/requests.ts';
import { auditEntries } from '../../src/store/audit.ts';
import { databaseTime } from '../../src/store/clock.ts';
import { alertGroup, diagnosis, look, purge, restart, until } from '../helpers/asked.ts';
import { shiftDatabaseClock } from '../helpers/clock.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { NOOR, SAM, startTestHouse, type TestHouse } from '../helpers/house.ts';
import { rowsOf } from '../helpers/rows.ts';
import { testAction, testCatalogue, testRule, testRunbook, testService } from '../helpers/shop.ts';

let database: TestDatabase;
let house: TestHouse;
const rows = rowsOf(() => database);

beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(async () => {
  await house.stop();
  await database.drop();
});

/** The restart is offered while no worker answers, and `open` takes it back. */
function shop(more: Partial<RunbookAction> = {}, overrides: Partial<Runbook> = {}) {
  const [first, ...others] = testRunbook().actions as [RunbookAction, ...RunbookAction[]];
  const open = testAction('open', { title: 'Open it again' });
  const later = testRule('queue', { when: { ...testRule('queue').when, forMs: 3_600_000 } as never });
  const scale = testAction('scale', { title: 'Add workers', 'suggest-when': ['workers'] });
  const actions = [{ ...first, undoneBy: 'open', ...more }, ...others, scale, open];
  const runbook = testRunbook({ actions, escalate: [later], ...overrides });
  const roles = { sre: { title: 'SRE', group: 'S0SRE' } };
  return testCatalogue(testService([runbook], { roles }));
}

/** An alert, diagnosed in its thread. */
async function firing(catalogue = shop()): Promise<{ ref: string; run: string }> {
  house = await startTestHouse(database, { catalogue });
  await house.flows.takeAlert(alertGroup());
  const ref = `alert:${(await rows.alert('g1')).id}`;
  const run = await newestRun();
  await house.says(`diagnosis:${run}`, (text) => text.includes('remediate:restart'));
  await house.says(ref, (text) => text.includes('remediate:restart'));
  return { ref, run };
}

async function resolve(ref: string): Promise<void> {
  await house.flows.takeAlert(alertGroup('g1', { status: 'resolved' }));
  await house.says(ref, (text) => text.includes('Resolved'));
}

const newestRun = (except: readonly string[] = []) =>
  until('a diagnosis', async () => {
    const found = await database.db
      .selectFrom('run')
      .select('id')
      .where('ended_at', 'is not', null)
      .orderBy('ended_at', 'desc')
      .execute();
    return found.map(({ id }) => id).find((id) => !except.includes(id));
  });

const wants = (request: RemediateRequest, origin: string, more: Partial<RemediateRequest> = {}) =>
  house.flows.remediate({ ...request, origin, ...more }, `click ${Math.random()}`);
const healthy = () => Object.assign(house.steps.sees, { queue: 3, workers: ['w1'] });
const plans = () => database.db.selectFrom('plan').selectAll().execute();
const asked = async () =>
  (await auditEntries(database.db, 0, 100)).filter(({ event }) => event === 'asked').at(-1)?.details;

describe('when an alert ends', () => {
  it('its diagnosis offers nothing any more, and no escalation is announced', async () => {
    const { ref, run } = await firing();
    expect(await house.says(`diagnosis:${run}`)).toContain('Escalates to SRE');
    await resolve(ref);
    const told = await house.says(`diagnosis:${run}`);
    expect(told).toContain('What fitted:* Restart the workers (disruptive), Add workers');
    expect(told).toContain('The alert has ended, so nothing is offered here any more.');
    expect(told).not.toMatch(/remediate:|"snapshot"|Escalates to/);
  });

  it('so do the diagnoses of other runbooks in its thread', async () => {
    const other = testRunbook({ name: 'other', alerts: [], escalate: [] });
    const { ref, run } = await firing(testCatalogue(testService([testRunbook({ escalate: [] }), other])));
    await house.flows.diagnose({ ...diagnosis, runbook: 'other', origin: ref }, 'd1');
    const second = await newestRun([run]);
    const told = await house.says(`diagnosis:${second}`, (text) => text.includes('remediate:restart'));
    // Its buttons are its own runbook's, not the alert's.
    expect(told).toContain(`"value":"run:${second}@`);
    const origin = await house.flows.origin(`run:${second}`);
    expect(origin).toMatchObject({ ref, runbook: 'other', alert: ref.slice('alert:'.length) });
    expect(await house.flows.isLate({ ...restart, runbook: 'other', origin: ref })).toBe(false);
    await resolve(ref);
    for (const one of [run, second]) expect(await house.says(`diagnosis:${one}`)).not.toContain('remediate:');
  });

  it('a proof keeps what takes the action back, and offers nothing else', async () => {
    const { ref } = await firing();
    await wants(restart, ref);
    const { id } = await rows.plan();
    const before = await house.says(`proof:${id}`, (text) => text.includes('not healed'));
    expect(before).toContain('remediate:scale');
    await resolve(ref);
    const told = await house.says(`proof:${id}`);
    expect(told).toContain('What fitted then:');
    expect(told).toContain('remediate:open');
    expect(told).not.toContain('remediate:scale');
  });

  it('a call for help says so, and loses its buttons', async () => {
    const { ref } = await firing(shop({}, { escalate: [testRule('queue')] }));
    const key = `escalation:${ref.slice('alert:'.length)}:to:sre`;
    const told = await house.says(key);
    expect(told).toContain('"acknowledge"');
    await house.flows.acknowledge(ref.slice('alert:'.length), NOOR);
    expect(await house.says(key)).not.toContain('"acknowledge"');
    await resolve(ref);
    const ended = await house.says(key);
    expect(ended).toContain('nobody is needed for it any more');
    expect(ended).not.toContain('"actions"');
  });

  it('a call for help tells its times as the clock of the database has them', async () => {
    await shiftDatabaseClock(database.db, 48 * 3_600_000);
    const { ref } = await firing(shop({}, { escalate: [testRule('queue')] }));
    const told = await house.says(`escalation:${ref.slice('alert:'.length)}:to:sre`);
    // Two days ago by that clock, so its day is named.
    expect(told).toMatch(/failing since \d{1,2} [A-Z][a-z]{2} \d\d:\d\d/);
  });

  it('a request that waits says so, and so does the dialog of its approval', async () => {
    const { ref } = await firing();
    await wants(purge, ref);
    const { id, digest } = await rows.plan();
    expect(await house.says(`plan:${id}`)).not.toContain('Its alert has ended');
    await resolve(ref);
    expect(await house.says(`plan:${id}`)).toContain('Its alert has ended');
    healthy();
    expect(await house.flows.viewPlan({ plan: id, digest, by: SAM })).toMatchObject({
      ok: true,
      late: { endedAt: expect.any(String), checks: [{ says: '3 jobs', status: 'healthy' }] },
    });
  });

  it('and fires again, the buttons come back', async () => {
    const { ref, run } = await firing();
    await resolve(ref);
    expect(await house.says(`diagnosis:${run}`)).not.toContain('remediate:restart');
    await house.flows.takeAlert(alertGroup());
    await house.says(ref, (text) => text.includes('remediate:restart'));
    const next = await newestRun([run]);
    await house.says(`diagnosis:${next}`, (text) => text.includes('remediate:restart'));
  });

  it('while its diagnosis is under way, that offers nothing either', async () => {
    house = await startTestHouse(database, { catalogue: shop() });
    const held = Promise.withResolvers<void>();
    const { observe } = house.steps;
    house.steps.observe = async (...all) => {
      await held.promise;
      return observe(...all);
    };
    await house.flows.takeAlert(alertGroup());
    const ref = `alert:${(await rows.alert('g1')).id}`;
    await resolve(ref);
    held.resolve();
    const run = await newestRun();
    const told = await house.says(`diagnosis:${run}`, (text) => text.includes('What fitted'));
    expect(told).not.toContain('remediate:');
  });
});

describe('a newer diagnosis of the same in a thread', () => {
  it('replaces the one before it', async () => {
    house = await startTestHouse(database, { catalogue: shop() });
    await house.flows.diagnose(diagnosis, 'd1');
    const run = await newestRun();
    await house.says(`diagnosis:${run}`, (text) => text.includes('remediate:restart'));
    await house.flows.diagnose({ ...diagnosis, origin: `run:${run}` }, 'd2');
    const next = await newestRun([run]);
    await house.says(`diagnosis:${next}`, (text) => text.includes('remediate:restart'));
    const told = await house.says(`diagnosis:${run}`);
    expect(told).toContain('A newer diagnosis of the same stands in this thread.');
    expect(told).not.toContain('remediate:');
  });

  it('with other parameters leaves it alone', async () => {
    house = await startTestHouse(database, { catalogue: shop() });
    await house.flows.diagnose(diagnosis, 'd1');
    const run = await newestRun();
    const other = { ...diagnosis, parameters: { queue: 'mail' }, origin: `run:${run}` };
    await house.flows.diagnose(other, 'd2');
    const next = await newestRun([run]);
    await house.says(`diagnosis:${next}`, (text) => text.includes('remediate:restart'));
    expect(await house.says(`diagnosis:${run}`)).toContain('remediate:restart');
  });
});

describe('a click that arrives after the end of its alert', () => {
  it('starts nothing, and asks with what the checks say now', async () => {
    const { ref } = await firing();
    await resolve(ref);
    healthy();
    expect(await house.flows.isLate({ ...restart, origin: ref })).toBe(true);
    expect(await wants(restart, ref)).toMatchObject({
      ok: false,
      says: expect.stringMatching(/Nothing was started: the alert has ended, and Workers answer: .*healthy/),
      late: {
        endedAt: expect.any(String),
        needsReason: true,
        checks: [{ title: 'Workers answer', status: 'healthy' }],
      },
    });
    expect(await plans()).toEqual([]);
    expect(house.steps.performed).toEqual([]);
  });

  it.each([
    ['what is safe', look],
    ['what somebody approves', purge],
  ])('does so for %s, too', async (_, request) => {
    const { ref } = await firing();
    await resolve(ref);
    expect(await wants(request, ref)).toMatchObject({ ok: false, late: { needsReason: true } });
    expect(await plans()).toEqual([]);
  });

  it('is refused while no reason is given', async () => {
    const { ref } = await firing();
    await resolve(ref);
    expect(await wants(restart, ref, { allTheSame: true, reason: ' ' })).toMatchObject({ ok: false });
    expect(house.steps.performed).toEqual([]);
  });

  it('starts with a reason, which the thread and the record show with what was seen', async () => {
    const { ref } = await firing();
    await resolve(ref);
    healthy();
    expect(await wants(restart, ref, { allTheSame: true, reason: 'it leaks' })).toEqual({ ok: true });
    const { id } = await rows.plan();
    const told = await house.says(`plan:${id}`, (text) => text.includes('Done'));
    expect(told).toMatch(/Asked for all the same: the alert has ended, and Workers answer: .*healthy/);
    expect(told).toContain('it leaks');
    expect(await asked()).toMatchObject({ reason: 'it leaks', late: { needsReason: true } });
  });

  it('takes back what ran in the thread without a question, but not twice', async () => {
    const { ref } = await firing();
    await wants(restart, ref);
    await house.says(`proof:${(await rows.plan()).id}`);
    await resolve(ref);
    expect(await house.flows.isLate({ ...restart, action: 'open', origin: ref })).toBe(false);
    expect(await wants({ ...restart, action: 'open' }, ref)).toEqual({ ok: true });
    await until('it ran', async () => house.steps.performed.find((one) => one === 'open'));
    await until('it ended', async () =>
      (await plans()).every(({ state }) => state === 'done') ? true : undefined,
    );
    expect(await wants({ ...restart, action: 'open' }, ref)).toMatchObject({ ok: false, late: {} });
  });
});

describe('a click while the alert fires', () => {
  const old = () =>
    sql`update alert set diagnosis = diagnosis || jsonb_build_object('notedAt', now() - interval '11 minutes')`.execute(
      database.db,
    );

  it('starts at once on a fresh diagnosis', async () => {
    const { ref } = await firing();
    healthy();
    expect(await house.flows.isLate({ ...restart, origin: ref })).toBe(false);
    expect(await wants(restart, ref)).toEqual({ ok: true });
  });

  it('looks again once the diagnosis is old, and asks where all is healthy', async () => {
    const { ref } = await firing();
    await old();
    healthy();
    expect(await wants(restart, ref)).toMatchObject({
      ok: false,
      late: { endedAt: null, needsReason: true, checks: [{ status: 'healthy' }] },
    });
  });

  it('looks again once the diagnosis is old, and starts where it still fails', async () => {
    const { ref } = await firing();
    await old();
    expect(await house.flows.isLate({ ...restart, origin: ref })).toBe(true);
    expect(await wants(restart, ref)).toEqual({ ok: true });
  });

  it('looks again once something ran in the thread', async () => {
    const { ref } = await firing();
    await wants(restart, ref);
    const { id } = await rows.plan();
    await house.says(`proof:${id}`);
    await sql`update plan set ended_at = now()`.execute(database.db);
    expect(await house.flows.isLate({ ...restart, origin: ref })).toBe(true);
  });

  it('is judged, and dated, by the clock of the database', async () => {
    const minutes = (count: number) => shiftDatabaseClock(database.db, count * 60_000);
    await minutes(11);
    const { ref } = await firing();
    expect(await house.flows.isLate({ ...restart, origin: ref })).toBe(false);
    await minutes(22);
    const late = await house.flows.lookAgain({ ...restart, origin: ref });
    const now = (await databaseTime(database.db)).getTime();
    expect(Math.abs(Date.parse(late?.at ?? '') - now)).toBeLessThan(60_000);
  });

  it('asks nothing for what is safe', async () => {
    const { ref } = await firing();
    await old();
    expect(await house.flows.isLate({ ...look, origin: ref })).toBe(false);
    expect(await wants(look, ref)).toEqual({ ok: true });
  });
});

describe('a diagnosis without an alert', () => {
  it('starts at once while it is fresh, and is looked at again afterwards', async () => {
    house = await startTestHouse(database, { catalogue: shop() });
    await house.flows.diagnose(diagnosis, 'd1');
    const ref = `run:${await newestRun()}`;
    expect(await house.flows.isLate({ ...restart, origin: ref })).toBe(false);
    await sql`update run set ended_at = now() - interval '11 minutes'`.execute(database.db);
    healthy();
    expect(await wants(restart, ref)).toMatchObject({ ok: false, late: { endedAt: null } });
  });
});
