import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { RunbookAction, RunbookCheck } from '../../src/catalogue/catalogue.ts';
import { digestOf } from '../../src/plan/digest.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { purge, restart } from '../helpers/asked.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { SAM, startTestHouse, type TestHouse } from '../helpers/house.ts';
import { rowsOf } from '../helpers/rows.ts';
import {
  handCheck,
  testAction,
  testCatalogue,
  testCheck,
  testRunbook,
  testService,
} from '../helpers/shop.ts';

let database: TestDatabase;
let house: TestHouse;
const rows = rowsOf(() => database);

beforeEach(async () => {
  database = await createTestDatabase();
  house = await startTestHouse(database, { catalogue: catalogue(['queue', 'workers', 'errors', 'sound']) });
});
afterEach(async () => {
  await house.stop();
  await database.drop();
});

function catalogue(criteria: string[], more: Partial<RunbookAction> = {}, ...further: RunbookCheck[]) {
  const checks = [
    ...testRunbook().checks,
    testCheck('errors', { title: 'Errors', warning: '> 5', failing: '> 30', unit: '%' }),
    handCheck('sound', 'Listen to {queue}.'),
    ...further,
  ];
  const restarts = testAction('restart', { title: 'Restart', criteria, ...more });
  const purges = { ...restarts, name: 'purge', title: 'Purge', risk: 'destructive' as const, undo: 'none' };
  return testCatalogue(testService([testRunbook({ checks, actions: [restarts, purges], escalate: [] })]));
}

async function asked(): Promise<{ plan: string; digest: string }> {
  await expect(house.flows.remediate(purge, 'r1')).resolves.toEqual({ ok: true });
  const { id, digest } = await rows.plan();
  return { plan: id, digest };
}

describe('the criteria of an action', () => {
  it('stand in the request for approval with their figures of that moment', async () => {
    house.steps.sees.errors = 7;
    house.steps.sees.workers = new Error('the broker refused');
    const { plan } = await asked();
    const request = await house.says(`plan:${plan}`);
    expect(request).toContain('*Criteria*  1 of 4 met');
    expect(request).toContain('✅ Met · Jobs waiting in orders: 1,243 jobs');
    expect(request).toContain('❔ Not known · Workers answer: the broker refused');
    expect(request).toContain('⚠️ Nearly · Errors: 7 %');
    expect(request).toContain('✋ For a person to see · Look: sound: Listen to orders.');
  });

  it('stand in the progress of an action that nobody has to approve', async () => {
    house.steps.sees.errors = 31;
    await house.flows.remediate(restart, 'r1');
    await rows.reaches('done');
    const progress = await house.says(`plan:${(await rows.plan()).id}`, (text) => text.includes('Done'));
    expect(progress).toContain('*Criteria*  3 of 4 met');
  });

  it('that are not met are said, and refuse nothing', async () => {
    house.catalogue.now = catalogue(['queue', 'errors']);
    house.steps.sees = { queue: 3, errors: 1, workers: [] };
    const plan = await asked();
    expect(await house.says(`plan:${plan.plan}`)).toContain('None of its 2 criteria is met');
    await expect(house.flows.approve({ ...plan, by: SAM })).resolves.toEqual({ ok: true });
    await rows.reaches('done');
  });

  it('are looked at again for whoever is about to decide', async () => {
    house.catalogue.now = catalogue(['queue']);
    const plan = await asked();
    house.steps.sees.queue = 12;
    await expect(house.flows.viewPlan({ ...plan, by: SAM })).resolves.toMatchObject({
      ok: true,
      criteria: [{ title: 'Jobs waiting in orders', met: 'not-met', says: '12 jobs' }],
    });
    expect(await house.says(`plan:${plan.plan}`)).toContain('1,243 jobs');
  });

  it('are no part of what is approved: they move, and the plan stays what it is', async () => {
    const plan = await asked();
    const { frozen, outcome } = await rows.plan();
    expect(outcome).toMatchObject({
      criteria: [{ title: 'Jobs waiting in orders', met: 'met' }, {}, {}, {}],
    });
    expect(JSON.stringify(frozen)).not.toContain('1,243 jobs');
    expect(digestOf(frozen as Plan)).toBe(plan.digest);
    house.steps.sees = { queue: 3, workers: ['w1'], errors: 0 };
    await expect(house.flows.approve({ ...plan, by: SAM })).resolves.toEqual({ ok: true });
    await rows.reaches('done');
  });

  it('of which a check has no limit is shown, and neither met nor not', async () => {
    const check = testCheck('load', { title: 'Load', unit: 'requests' });
    house.catalogue.now = catalogue(['queue', 'load'], {}, check);
    house.steps.sees.load = 40;
    const { plan } = await asked();
    const request = await house.says(`plan:${plan}`);
    expect(request).toContain('*Criteria*  1 of 1 met');
    expect(request).toContain('▫️ To know · Load: 40 requests');
  });

  it('of an action that has none are not spoken of', async () => {
    house.catalogue.now = catalogue([]);
    const { plan } = await asked();
    expect(await house.says(`plan:${plan}`)).not.toMatch(/riteri/);
  });
});
