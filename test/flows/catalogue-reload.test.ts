import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { alertGroup, diagnosis, purge, restart, until } from '../helpers/asked.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { NOOR, SAM, startTestHouse, type TestHouse } from '../helpers/house.ts';
import { rowsOf } from '../helpers/rows.ts';
import { testCatalogue, testService } from '../helpers/shop.ts';

let database: TestDatabase;
let house: TestHouse;
const rows = rowsOf(() => database);

beforeEach(async () => {
  database = await createTestDatabase();
  house = await startTestHouse(database);
});
afterEach(async () => {
  await house.stop();
  await database.drop();
});

/** A catalogue in which the shop is not any more. */
const withoutShop = () => testCatalogue(testService([], { name: 'till', labels: { team: 'till' } }));

async function firing(): Promise<string> {
  await house.flows.takeAlert(alertGroup('g1'));
  const { id } = await rows.alert('g1');
  await house.says(`alert:${id}`, (text) => text.includes('pile up'));
  return id;
}

async function waiting(alert: string): Promise<{ plan: string; digest: string }> {
  await expect(house.flows.remediate({ ...purge, origin: `alert:${alert}` }, 'r1')).resolves.toEqual({
    ok: true,
  });
  const { id, digest } = await rows.plan();
  return { plan: id, digest };
}

describe('once a service has left the catalogue', () => {
  it('its alert still turns green, and those of others are handled', async () => {
    const alert = await firing();
    house.catalogue.now = withoutShop();
    await house.flows.takeAlert(alertGroup('g1', { status: 'resolved' }));
    await house.says(`alert:${alert}`, (text) => text.includes('Resolved'));
    await house.flows.takeAlert(alertGroup('g2', { labels: { team: 'till' } }));
    await rows.alert('g2');
  });

  it('its waiting plan can be cancelled, and cannot be approved', async () => {
    const plan = await waiting(await firing());
    house.catalogue.now = withoutShop();
    await expect(house.flows.approve({ ...plan, by: SAM })).resolves.toMatchObject({ ok: false });
    await expect(house.flows.cancel({ ...plan, by: NOOR })).resolves.toEqual({ ok: true });
    await house.says(`plan:${plan.plan}`, (text) => text.includes('Cancelled'));
  });

  it('its plan that was approved becomes void before it runs', async () => {
    const plan = await waiting(await firing());
    await house.stop();
    const vote = { plan: plan.plan, team: SAM.team, user: SAM.user, vote: 'approve' as const };
    await database.db
      .insertInto('vote')
      .values({ ...vote, digest: plan.digest })
      .execute();
    const begin_before = new Date(Date.now() + 60_000);
    await database.db.updateTable('plan').set({ state: 'approved', begin_before }).execute();
    house = await startTestHouse(database, {
      steps: house.steps,
      people: house.people,
      catalogue: withoutShop(),
    });
    await house.nudge(plan.plan);
    await rows.reaches('void');
    expect(house.steps.performed).toEqual([]);
  });

  it('its step that runs is seen to its end', async () => {
    const alert = await firing();
    house.steps.whilePerforming = () => {
      house.catalogue.now = withoutShop();
    };
    await house.flows.remediate({ ...restart, origin: `alert:${alert}` }, 'r1');
    await rows.reaches('done');
    await house.says(`plan:${(await rows.plan()).id}`, (text) => text.includes('Done'));
  });

  it('a diagnosis of it ends and says why', async () => {
    house.catalogue.now = withoutShop();
    const id = '11111111-1111-4111-8111-111111111111';
    const { service, runbook, by } = diagnosis;
    const asked = { asked_team: by.team, asked_user: by.user, asked: JSON.stringify(diagnosis) };
    await database.db
      .insertInto('run')
      .values({ id, request: 'ask:x', service, runbook, alert: null, ...asked })
      .execute();
    await house.says(`run:${id}`, (text) => text.includes('There is no service shop'));
    await until('the end of the run', () =>
      database.db.selectFrom('run').select('id').where('ended_at', 'is not', null).executeTakeFirst(),
    );
  }, 20_000);
});
