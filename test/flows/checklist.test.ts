import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import type { Person } from '../../src/approval/person.ts';
import type { Runbook } from '../../src/catalogue/catalogue.ts';
import type { Queries } from '../../src/store/database.ts';
import { addTick, lockChecklist } from '../../src/store/ticks.ts';
import { alertGroup, diagnosis, until } from '../helpers/asked.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { GUEST, INES, NOOR, SAM, STRANGER, startTestHouse, TEAM, type TestHouse } from '../helpers/house.ts';
import { rowsOf } from '../helpers/rows.ts';
import { handCheck, testCatalogue, testCheck, testRunbook, testService } from '../helpers/shop.ts';

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

const STOCK = handCheck('stock', 'Ask the warehouse whether {queue} move.', 'sre');
const TENANT = handCheck('tenant', 'Find out which tenant it is.');
const byHand = (overrides: Partial<Runbook> = {}) =>
  testRunbook({ escalate: [], checks: [...testRunbook().checks, STOCK, TENANT], ...overrides });

async function begin(...runbooks: Runbook[]): Promise<void> {
  house = await startTestHouse(database, { catalogue: testCatalogue(testService(runbooks)) });
}

/** An alert of a runbook with two things to look at by hand, diagnosed. */
async function firing(runbook: Runbook = byHand()): Promise<string> {
  await begin(runbook);
  await house.flows.takeAlert(alertGroup('g1'));
  const { id } = await rows.alert('g1');
  await house.says(`checklist:alert:${id}`);
  return `alert:${id}`;
}

const ticks = () => database.db.selectFrom('tick').selectAll().orderBy('check').execute();
const tick = (origin: string, check = 'stock', by: Person = NOOR, done = true) =>
  house.flows.tick({ origin, runbook: 'stuck', check, done, by });
const untick = (origin: string, check = 'stock', by: Person = NOOR) => tick(origin, check, by, false);
/** Whether somebody waits for a lock on this database. */
async function waits(tx: Queries): Promise<boolean> {
  const { rows: held } = await sql`select 1 from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`.execute(tx);
  return held.length > 0;
}
const newestRun = () =>
  until('a run', async () => {
    const found = await database.db
      .selectFrom('run')
      .select('id')
      .where('ended_at', 'is not', null)
      .orderBy('began_at', 'desc')
      .execute();
    return found[0]?.id;
  });

describe('a runbook with things that only people can look at', () => {
  it('lists them in the thread behind the findings, with what to do and whose work it is', async () => {
    const origin = await firing();
    const list = await house.says(`checklist:${origin}`);
    expect(list).toContain('To do by hand · 0 of 2 done');
    expect(list).toContain('Ask the warehouse whether orders move.');
    expect(list).toContain('· SRE');
    const order = await database.db
      .selectFrom('message')
      .select(['key', 'thread_key'])
      .where('thread_key', '=', origin)
      .orderBy('seq')
      .execute();
    expect(order.map(({ key }) => key.split(':')[0])).toEqual(['diagnosis', 'checklist']);
  });

  it('says how many are left where the findings stand, and asks no system for them', async () => {
    await begin(byHand());
    const { observe } = house.steps;
    const kinds = new Set<string>();
    house.steps.observe = async (env, step, options) => {
      kinds.add(step.kind);
      return observe(env, step, options);
    };
    await house.flows.takeAlert(alertGroup('g1'));
    const origin = `alert:${(await rows.alert('g1')).id}`;
    await house.says(`checklist:${origin}`);
    await house.flows.snapshot(origin, NOOR, 's1');
    expect([...kinds]).toEqual(['fake']);
    expect(await house.says(origin)).toContain('2 things to look at by hand.');
    const found = await house.says(`diagnosis:${await newestRun()}`);
    expect(found).toContain('2 things to look at by hand.');
    expect(found).not.toContain('Look: stock');
  });

  it('of which no check is a machine’s says just what is left', async () => {
    await begin(byHand({ checks: [STOCK, TENANT] }));
    await house.flows.diagnose(diagnosis, 'r1');
    const run = await newestRun();
    const told = await house.says(`run:${run}`, (text) => text.includes('by hand'));
    expect(told).toContain('📋 By hand · The queue is stuck · shop · 2 things to look at by hand.');
    await house.says(`checklist:run:${run}`);
  });

  it('lists them part by part where the work has parts', async () => {
    const phases = [
      { name: 'closing', title: 'Closing', checks: ['tenant'], actions: [] },
      { name: 'recovery', title: 'Recovery', checks: ['queue', 'workers', 'stock'], actions: [] },
    ];
    const origin = await firing(byHand({ phases }));
    expect(await house.says(`checklist:${origin}`)).toMatch(/Closing.*Look: tenant.*Recovery.*Look: stock/);
  });

  it('lists them when the clock begins it', async () => {
    await begin(byHand({ schedule: { at: '08:00', zone: 'UTC' } }));
    await house.flows.runSchedule('shop', 'stuck', 'now');
    await house.says(`checklist:run:${await newestRun()}`);
  });

  it('that has none gets no list', async () => {
    await begin(testRunbook());
    await house.flows.diagnose(diagnosis, 'r1');
    await house.says(`diagnosis:${await newestRun()}`, (text) => text.includes('pile up'));
    expect(await database.db.selectFrom('checklist').selectAll().execute()).toEqual([]);
  });
});

describe('a tick', () => {
  it('says who and when, and counts down everywhere', async () => {
    const origin = await firing();
    await expect(tick(origin)).resolves.toEqual({ ok: true });
    const list = await house.says(`checklist:${origin}`);
    expect(list).toContain('1 of 2 done');
    expect(list).toMatch(/☑️ \*Look: stock\* · done by <@U0NOOR> at <!date/);
    expect(await house.says(origin)).toContain('1 thing to look at by hand.');
    expect(await house.says(`diagnosis:${await newestRun()}`)).toContain('1 thing to look at by hand.');
    await tick(origin, 'tenant', SAM);
    expect(await house.says(`checklist:${origin}`)).toContain('All done by hand · 2 of 2 done');
    expect(await house.says(origin)).toContain('Everything to look at by hand is done.');
  });

  it('can be taken back, by anyone, as often as they click', async () => {
    const origin = await firing();
    await tick(origin);
    await expect(untick(origin, 'stock', SAM)).resolves.toEqual({ ok: true });
    await expect(untick(origin, 'stock', SAM)).resolves.toEqual({ ok: true });
    expect(await ticks()).toEqual([]);
    expect(await house.says(`checklist:${origin}`)).toContain('0 of 2 done');
    await tick(origin, 'stock', INES);
    expect(await ticks()).toMatchObject([{ user: INES.user }]);
  });

  it('of several people at once is that of the first, and nobody is told that it failed', async () => {
    const origin = await firing();
    const people = [NOOR, SAM, INES, NOOR, SAM];
    const answers = await Promise.all(people.map((by) => tick(origin, 'stock', by)));
    expect(answers.every(({ ok }) => ok)).toBe(true);
    const [only, ...others] = await ticks();
    expect(others).toEqual([]);
    await tick(
      origin,
      'stock',
      people.find(({ user }) => user !== only?.user),
    );
    expect(await ticks()).toEqual([only]);
    expect(await house.says(`checklist:${origin}`)).toContain(`<@${only?.user}>`);
  });

  it('while others take back, and while it is diagnosed again, leaves the list as it is stored', async () => {
    const origin = await firing();
    const again = { ...diagnosis, origin };
    const clicks = Array.from({ length: 12 }, (_, n) => [
      tick(origin, n % 2 ? 'stock' : 'tenant', n % 3 ? SAM : NOOR, n % 4 > 0),
      n % 4 === 0 ? house.flows.diagnose(again, `again${n}`) : null,
    ]);
    const answers = await Promise.all(clicks.flat());
    expect(answers.filter((answer) => answer && !answer.ok)).toEqual([]);
    await until('all diagnoses', async () => {
      const open = await database.db.selectFrom('run').select('id').where('ended_at', 'is', null).execute();
      return open.length === 0 ? true : undefined;
    });
    await tick(origin, 'stock', NOOR);
    await untick(origin, 'tenant', NOOR);
    expect(await ticks()).toMatchObject([{ check: 'stock' }]);
    expect(await house.says(`checklist:${origin}`)).toContain('1 of 2 done');
  });

  it('is told after another that is being written, so that no message misses one of them', async () => {
    const origin = await firing();
    let late: Promise<unknown> | undefined;
    await database.db.transaction().execute(async (tx) => {
      const list = { origin, runbook: 'stuck' };
      await lockChecklist(tx, list);
      await addTick(tx, list, 'tenant', SAM);
      let ended = false;
      late = tick(origin).finally(() => {
        ended = true;
      });
      await until('the other to wait', async () => (ended || (await waits(tx)) ? true : undefined));
    });
    await late;
    expect(await house.says(`checklist:${origin}`)).toContain('2 of 2 done');
  });

  it('survives a restart, and a second diagnosis of the same', async () => {
    const origin = await firing();
    await tick(origin);
    await house.stop();
    await begin(byHand());
    await house.flows.diagnose({ ...diagnosis, origin }, 'r2');
    const run = await until('another run', async () => {
      const found = await database.db
        .selectFrom('run')
        .select('id')
        .where('request', '=', 'ask:r2')
        .execute();
      return found[0]?.id;
    });
    const again = await house.says(`diagnosis:${run}`, (text) => text.includes('by hand'));
    expect(again).toContain('1 thing to look at by hand.');
    expect(await house.says(`checklist:${origin}`)).toContain('1 of 2 done');
    await tick(origin, 'tenant');
    await house.says(`diagnosis:${run}`, (text) => text.includes('Everything to look at by hand is done.'));
  });

  it('keeps the charts of the diagnosis that counts down', async () => {
    const origin = await firing();
    const key = `diagnosis:${await newestRun()}`;
    await house.says(key, (text) => text.includes('picture:'));
    await tick(origin);
    expect(await house.says(key)).toContain('picture:');
  });

  it.each([
    ['a guest', GUEST],
    ['a person of another organisation', STRANGER],
    ['a bot', { team: TEAM, user: 'U0BOT' }],
    ['a deactivated account', { team: TEAM, user: 'U0GONE' }],
  ])('of %s does not count, and says why', async (_who, by: Person) => {
    const origin = await firing();
    await expect(tick(origin, 'stock', by)).resolves.toMatchObject({
      ok: false,
      says: expect.stringContaining('Only members'),
    });
    await tick(origin);
    await expect(untick(origin, 'stock', by)).resolves.toMatchObject({ ok: false });
    expect(await ticks()).toMatchObject([{ user: NOOR.user }]);
  });

  it.each([
    ['a machine looks at', 'queue'],
    ['is not in the runbook', 'nothing'],
  ])('of what %s is refused', async (_what, check) => {
    const origin = await firing();
    await expect(tick(origin, check)).resolves.toMatchObject({ ok: false });
    await expect(
      house.flows.tick({ origin, runbook: 'other', check, done: true, by: NOOR }),
    ).resolves.toMatchObject({
      ok: false,
    });
    expect(await ticks()).toEqual([]);
  });

  it('of what the runbook no longer has is refused, also once its service is gone', async () => {
    const origin = await firing();
    house.catalogue.now = testCatalogue(testService([byHand({ checks: [TENANT] })]));
    await expect(tick(origin)).resolves.toMatchObject({
      ok: false,
      says: expect.stringContaining('not on the list'),
    });
    await tick(origin, 'tenant');
    expect(await house.says(`checklist:${origin}`)).toContain('1 of 1 done');
    house.catalogue.now = testCatalogue(testService([], { name: 'till' }));
    await expect(tick(origin, 'tenant')).resolves.toMatchObject({ ok: false });
  });

  it('counts in the list of its own runbook where a thread was diagnosed with another, too', async () => {
    const other = testRunbook({
      name: 'other',
      alerts: [],
      escalate: [],
      checks: [testCheck('queue'), TENANT],
    });
    await begin(byHand(), other);
    await house.flows.takeAlert(alertGroup('g1'));
    const origin = `alert:${(await rows.alert('g1')).id}`;
    await house.says(`checklist:${origin}`);
    await house.flows.diagnose({ ...diagnosis, runbook: 'other', origin }, 'r2');
    await house.says(`checklist:${origin}:other`);
    await tick(origin, 'tenant');
    expect(await house.says(`checklist:${origin}`)).toContain('1 of 2 done');
    expect(await house.says(`checklist:${origin}:other`)).toContain('0 of 1 done');
  });
});
