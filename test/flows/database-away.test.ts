import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { type OpenDatabase, openDatabase } from '../../src/store/database.ts';
import { lockPlan } from '../../src/store/plans.ts';
import { alertGroup, diagnosis, purge, restart, until } from '../helpers/asked.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { SAM, startTestHouse, type TestHouse } from '../helpers/house.ts';
import { rowsOf } from '../helpers/rows.ts';
import { testCatalogue, testRunbook, testService } from '../helpers/shop.ts';
import { type Wire, wireTo } from '../helpers/wire.ts';

let database: TestDatabase;
let wire: Wire;
let through: OpenDatabase;
let house: TestHouse;
const rows = rowsOf(() => database);

beforeEach(async () => {
  database = await createTestDatabase();
  wire = await wireTo(database.url);
  through = openDatabase(wire.url);
  house = await startTestHouse({ ...database, ...through, url: wire.url });
});
afterEach(async () => {
  wire.mend();
  await house.stop();
  await through.close();
  await wire.close();
  await database.drop();
});

/** Longer than a waiting flow takes to look at its plan again. */
async function awayForAWhile(): Promise<void> {
  wire.cut();
  await wait(1_500);
  wire.mend();
}

async function waitsForALock(): Promise<true | undefined> {
  const held = await sql`select 1 from pg_stat_activity where wait_event_type = 'Lock'
    and datname = current_database()`.execute(database.db);
  return held.rows.length > 0 ? true : undefined;
}

const says = (key: string, text: string) => house.says(key, (said) => said.includes(text));

describe('a database that was away for a while', () => {
  it('leaves a plan that waits to be approved and run', async () => {
    await house.flows.remediate(purge, 'r1');
    const { id, digest } = await rows.plan();
    await awayForAWhile();
    await expect(house.flows.approve({ plan: id, digest, by: SAM })).resolves.toEqual({ ok: true });
    await rows.reaches('done');
    expect(house.steps.performed).toEqual(['purge']);
  }, 30_000);

  it('lets a plan expire that was looked at just then', async () => {
    const policy = { by: ['sre'], votes: 1, expires: '1s', 'begin-within': '5m' };
    house.catalogue.now = testCatalogue(testService([testRunbook()], { policies: { destructive: policy } }));
    await house.flows.remediate(purge, 'r1');
    const { id } = await rows.plan();
    await database.db.transaction().execute(async (tx) => {
      await lockPlan(tx, id);
      await until('a flow that waits for the plan', () => waitsForALock());
      await awayForAWhile();
    });
    await rows.reaches('expired');
  }, 30_000);

  it('in the middle of a step loses neither the step nor its end', async () => {
    house.steps.whilePerforming = () => {
      wire.cut();
      setTimeout(wire.mend, 1_500);
    };
    await house.flows.remediate(restart, 'r1');
    await rows.reaches('done');
    expect(house.steps.performed).toEqual(['restart']);
  }, 30_000);

  it('in the middle of a diagnosis leaves it to be finished', async () => {
    house.steps.takesMs.queue = 300;
    await house.flows.diagnose(diagnosis, 'r1');
    const run = await database.db.selectFrom('run').select('id').executeTakeFirstOrThrow();
    await says(`run:${run.id}`, 'Diagnosing');
    await awayForAWhile();
    await says(`diagnosis:${run.id}`, 'pile up');
  }, 30_000);

  it('leaves the alerts that come after it to be taken in', async () => {
    wire.cut();
    await expect(house.flows.takeAlert(alertGroup('lost'))).rejects.toThrow();
    await wait(500);
    wire.mend();
    await house.flows.takeAlert(alertGroup('g1'));
    const { id } = await rows.alert('g1');
    await says(`alert:${id}`, 'pile up');
  }, 30_000);
});
