import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { auditEntries } from '../../src/store/audit.ts';
import { purge, restart } from '../helpers/asked.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { NOOR, SAM, startTestHouse, type TestHouse } from '../helpers/house.ts';
import { rowsOf } from '../helpers/rows.ts';
import { handStep, testAction, testCatalogue, testRunbook, testService } from '../helpers/shop.ts';

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

async function asked(request = purge): Promise<{ plan: string; digest: string }> {
  expect(await house.flows.remediate(request, 'r1')).toEqual({ ok: true });
  const { id, digest } = await rows.plan();
  return { plan: id, digest };
}

/** The target changes between the deciding vote and the run. */
function changesBeforeItRuns(waiting: number): void {
  const { preview } = house.steps;
  let looks = 0;
  house.steps.preview = async (...all) => {
    looks += 1;
    if (looks > 1) house.steps.waiting = waiting;
    return preview(...all);
  };
}

const verified = async () =>
  (await auditEntries(database.db, 0, 100)).find(({ event }) => event === 'verified')?.details;

describe('how much an action touches', () => {
  it('stands side by side as it was when it was asked for, approved, begun and done', async () => {
    const plan = await asked();
    house.steps.waiting = 1_300;
    house.steps.touches = '0 jobs';
    house.steps.whilePerforming = () => {
      house.steps.sees.queue = 0;
    };
    expect(await house.flows.approve({ ...plan, by: SAM })).toEqual({ ok: true });
    const said =
      '1243 jobs waiting when it was asked for → 1300 jobs waiting when it was approved and right before it ran → 0 jobs done';
    expect(await house.says(`proof:${plan.plan}`)).toContain(said);
    expect(await house.says(`plan:${plan.plan}`, (text) => text.includes('Done'))).toContain(said);
  });

  it('stands there of broken glass, too', async () => {
    const breakGlass = { destructive: { ...POLICY, 'break-glass': { by: ['sre'] } } };
    house.catalogue.now = testCatalogue(testService([testRunbook()], { policies: breakGlass }));
    const plan = await asked();
    house.steps.waiting = 1_200;
    expect(await house.flows.breakGlass({ ...plan, by: NOOR, reason: 'now' })).toEqual({ ok: true });
    expect(await house.says(`proof:${plan.plan}`)).toContain(
      '1243 jobs waiting when it was asked for → 1200 jobs waiting when it was approved',
    );
  });
});

const POLICY = { by: ['sre'], votes: 1, expires: '15m', 'begin-within': '5m' };

describe('a plan of which nothing is left', () => {
  const says = /nothing is left: 1243 jobs waiting → 0 jobs waiting/;

  it('is void at the vote, and says so', async () => {
    const plan = await asked();
    house.steps.waiting = 0;
    expect(await house.flows.approve({ ...plan, by: SAM })).toMatchObject({
      ok: false,
      says: expect.stringMatching(says),
    });
    expect(await house.says(`plan:${plan.plan}`, (text) => text.includes('Void'))).toMatch(says);
    expect(house.steps.performed).toEqual([]);
  });

  it('is void when it is spent, and does not run', async () => {
    const plan = await asked();
    changesBeforeItRuns(0);
    expect(await house.flows.approve({ ...plan, by: SAM })).toEqual({ ok: true });
    expect(await house.says(`plan:${plan.plan}`, (text) => text.includes('Void'))).toMatch(says);
    expect(house.steps.performed).toEqual([]);
  });

  it('does not run after what people did by hand first', async () => {
    const steps = [handStep('Stop the shop.'), { kind: 'fake', input: { does: 'purge' } }];
    const action = testAction('purge', { title: 'Purge', risk: 'destructive', undo: 'none', steps });
    house.catalogue.now = testCatalogue(testService([testRunbook({ actions: [action] })]));
    const plan = await asked();
    expect(await house.flows.approve({ ...plan, by: SAM })).toEqual({ ok: true });
    await house.says(`hand:${plan.plan}:0`);
    house.steps.waiting = 0;
    expect(await house.flows.byHand({ ...plan, by: NOOR, step: 0, done: true })).toEqual({ ok: true });
    await rows.reaches('failed');
    expect(await house.says(`progress:${plan.plan}`, (text) => text.includes('Failed'))).toMatch(says);
    expect(house.steps.performed).toEqual([]);
  });

  it('may be asked for all the same where there was nothing from the start', async () => {
    house.steps.waiting = 0;
    const plan = await asked();
    expect(await house.flows.approve({ ...plan, by: SAM })).toEqual({ ok: true });
    await rows.reaches('done');
  });
});

describe('what an action found healthy', () => {
  it('is not said to be healed, in the thread, the history and the record', async () => {
    house.steps.sees.workers = ['w1'];
    const { plan } = await asked(restart);
    const proof = await house.says(`proof:${plan}`);
    expect(proof).toContain('The checks were healthy before, and still are.');
    expect(proof).not.toContain('Healed');
    expect(await house.flows.history('shop', 'stuck')).toMatchObject([{ notes: 'healthy before and after' }]);
    expect(await verified()).toMatchObject({ healthy: true, healed: false });
  });

  it('is said to be healed where it was ill before', async () => {
    house.steps.whilePerforming = () => {
      house.steps.sees.workers = ['w1'];
    };
    const { plan } = await asked(restart);
    expect(await house.says(`proof:${plan}`)).toContain('Healed');
    expect(await house.flows.history('shop', 'stuck')).toMatchObject([{ notes: 'healed' }]);
    expect(await verified()).toMatchObject({ healthy: true, healed: true });
  });
});

describe('the dialog of an approval', () => {
  it('shows of the dry run only the lines that differ', async () => {
    const { preview } = house.steps;
    let text = 'one\ntwo\nthree';
    house.steps.preview = async (...all) => ({
      ...(await preview(...all)),
      evidence: [{ label: 'Tables', text }],
    });
    const plan = await asked();
    text = 'three\none\nTWO';
    expect(await house.flows.viewPlan({ ...plan, by: SAM })).toMatchObject({
      dryRun: [
        {
          label: 'Tables',
          lines: [
            { is: 'gone', text: 'two' },
            { is: 'new', text: 'TWO' },
          ],
          same: 2,
        },
      ],
    });
    text = 'three\ntwo\none';
    expect(await house.flows.viewPlan({ ...plan, by: SAM })).not.toHaveProperty('dryRun');
  });
});
