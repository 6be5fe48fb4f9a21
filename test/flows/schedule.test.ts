import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import type { Runbook } from '../../src/catalogue/catalogue.ts';
import { until } from '../helpers/asked.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { NOOR, startTestHouse, type TestHouse } from '../helpers/house.ts';
import { rowsOf } from '../helpers/rows.ts';
import { testAction, testCatalogue, testRunbook, testService } from '../helpers/shop.ts';

let database: TestDatabase;
let houses: TestHouse[] = [];
const rows = rowsOf(() => database);

beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(async () => {
  for (const house of houses) await house.stop();
  houses = [];
  await database.drop();
});

/** The shop, whose runbook was due in this very minute. */
function dueNow(overrides: Partial<Runbook> = {}) {
  const now = new Date();
  const at = `${String(now.getUTCHours()).padStart(2, '0')}:${String(now.getUTCMinutes()).padStart(2, '0')}`;
  const schedule = { at, zone: 'UTC', runs: ['tidy'] };
  const actions = [testAction('tidy', { title: 'Tidy up', risk: 'safe' }), testAction('restart')];
  return testCatalogue(testService([testRunbook({ schedule, actions, ...overrides })]));
}

async function begin(catalogue = dueNow(), replica = 'test'): Promise<TestHouse> {
  const house = await startTestHouse(database, { catalogue, replica });
  houses.push(house);
  return house;
}

/** Guardia was there before the minute began. */
async function thereForLong(): Promise<void> {
  await sql`update installation set began_at = '2026-01-01T00:00:00.000Z'`.execute(database.db);
}

const runs = () => database.db.selectFrom('run').selectAll().execute();
const firstRun = () => until('a run', async () => (await runs())[0]);

describe('a scheduled runbook', () => {
  it('is diagnosed when its time has come, in the service’s channel, and runs its safe actions', async () => {
    await thereForLong();
    const house = await begin();
    const { id } = await firstRun();
    expect(await house.says(`run:${id}`, (text) => text.includes('pile up'))).toContain('by the clock');
    await until('a plan', () => database.db.selectFrom('plan').select('id').executeTakeFirst());
    await rows.reaches('done');
    expect(house.steps.performed).toEqual(['tidy']);
    expect(await rows.plan()).toMatchObject({ asked_user: 'U0GUARDIA' });
  });

  it('runs once a time, however many replicas look and however often one starts', async () => {
    await thereForLong();
    const catalogue = dueNow();
    const first = await begin(catalogue, 'one');
    await firstRun();
    await first.stop();
    houses = [];
    const again = await Promise.all([begin(catalogue, 'one')]);
    await again[0]?.flows.diagnose(
      { service: 'shop', runbook: 'stuck', parameters: {}, by: NOOR, place: { channel: 'C0SHOP' } },
      'later',
    );
    await until('the later run', async () => (await runs()).find(({ request }) => request === 'ask:later'));
    expect((await runs()).filter(({ request }) => request.startsWith('schedule:'))).toHaveLength(1);
  });

  it('is not made up for when it was due before Guardia was there', async () => {
    await sql`update installation set began_at = now()`.execute(database.db);
    const house = await begin();
    await house.flows.runSchedule('shop', 'stuck', 'by-hand');
    await firstRun();
    expect((await runs()).map(({ request }) => request)).toEqual(['schedule:shop/stuck:now:by-hand']);
  });

  it('never runs what somebody has to decide, whatever the catalogue says', async () => {
    const schedule = { at: '00:00', zone: 'UTC', runs: ['restart'] };
    const house = await begin(dueNow({ schedule }));
    await house.flows.runSchedule('shop', 'stuck', 'x');
    const { id } = await firstRun();
    await until('the end of its flow', async () => {
      const { rows: flows } = await sql<{ status: string }>`
        select status from dbos.workflow_status where workflow_uuid = ${`run:${id}`}`.execute(database.db);
      return flows[0]?.status === 'SUCCESS' ? true : undefined;
    });
    expect(house.steps.performed).toEqual([]);
    expect(await database.db.selectFrom('plan').selectAll().execute()).toEqual([]);
  });
});
