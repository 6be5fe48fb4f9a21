import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { alertGroup } from '../helpers/asked.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { NOOR, startTestHouse, type TestHouse } from '../helpers/house.ts';
import { rowsOf } from '../helpers/rows.ts';
import { testCatalogue, testRunbook, testService } from '../helpers/shop.ts';

let database: TestDatabase;
let house: TestHouse;
const rows = rowsOf(() => database);

beforeEach(async () => {
  database = await createTestDatabase();
  const history = [{ date: '2025-03-31', by: 'DevOps', scenario: 'Full rollback', result: 'Success' }];
  const catalogue = testCatalogue(testService([testRunbook({ history, escalate: [] })]));
  house = await startTestHouse(database, { catalogue });
});
afterEach(async () => {
  await house.stop();
  await database.drop();
});

it('the history of a runbook begins with what its file says', async () => {
  expect(await house.flows.history('shop', 'stuck')).toEqual([
    { at: '2025-03-31', by: 'DevOps', scenario: 'Full rollback', result: 'Success', notes: '' },
  ]);
});

it('runs add to it, and say in which drill they were', async () => {
  await house.flows.takeAlert(alertGroup('g1', { annotations: { drill: 'Workers hang' } }));
  const { id } = await rows.alert('g1');
  await house.says(`alert:${id}`, (text) => text.includes('pile up'));
  house.steps.whilePerforming = () => {
    house.steps.sees.workers = ['w1'];
  };
  const place = { channel: 'C0SHOP' };
  const asked = { service: 'shop', runbook: 'stuck', parameters: { queue: 'orders' }, by: NOOR, place };
  await house.flows.remediate({ ...asked, origin: `alert:${id}`, action: 'restart' }, 'r1');
  await rows.reaches('done');
  await house.says(`proof:${(await rows.plan()).id}`);
  expect((await house.flows.history('shop', 'stuck'))[0]).toMatchObject({
    by: NOOR,
    scenario: 'Restart the workers, in the drill “Workers hang”',
    result: '✅ Done',
    notes: 'healed',
  });
  expect(await house.flows.history('shop', 'other')).toEqual([]);
});
