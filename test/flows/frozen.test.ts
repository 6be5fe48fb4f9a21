import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { Objective } from '../../src/catalogue/objectives.ts';
import { frozenObjectives } from '../../src/flows/frozen.ts';
import { alertGroup } from '../helpers/asked.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { startTestHouse, type TestHouse } from '../helpers/house.ts';
import { rowsOf } from '../helpers/rows.ts';
import { testCatalogue, testRunbook, testService } from '../helpers/shop.ts';

let database: TestDatabase;
let house: TestHouse;

beforeEach(async () => {
  database = await createTestDatabase();
  house = await startTestHouse(database);
});
afterEach(async () => {
  await house.stop();
  await database.drop();
});

function withTarget(target: number) {
  const success: Objective = { name: 'success', title: 'Good answers', target, window: '30d', errors: 'e' };
  return testCatalogue(testService([testRunbook()], { objectives: { success } }));
}

const moved = () => frozenObjectives(database.db, withTarget(99), withTarget(98));

it('an objective may be moved while nothing is open', async () => {
  expect(await moved()).toEqual([]);
});

it('an objective is not moved while an incident of its service is open, and may be once it has ended', async () => {
  await house.flows.takeAlert(alertGroup());
  const { id } = await rowsOf(() => database).alert('g1');
  expect(await moved()).toEqual([
    'The objective success of shop would go from 99 to 98 while an incident is open; change it after the post-mortem.',
  ]);
  expect(await frozenObjectives(database.db, withTarget(99), withTarget(99))).toEqual([]);
  expect(await frozenObjectives(database.db, withTarget(99), testCatalogue())).toHaveLength(1);
  await house.flows.takeAlert(alertGroup('g1', { status: 'resolved' }));
  await house.says(`alert:${id}`, (text) => text.includes('Resolved'));
  expect(await moved()).toEqual([]);
});
