import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { GuardiaError } from '../../src/errors.ts';
import { beforeEffectOf } from '../../src/flows/before-effect.ts';
import type { RemediateRequest } from '../../src/flows/requests.ts';
import { auditEntries } from '../../src/store/audit.ts';
import { raiseFences } from '../../src/store/fence.ts';
import { stepsOf } from '../../src/store/plan-steps.ts';
import { findPlan, move } from '../../src/store/plans.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { NOOR, SAM, startTestHouse, type TestHouse } from '../helpers/house.ts';

const restart: RemediateRequest = {
  ...{ service: 'shop', runbook: 'stuck', action: 'restart', parameters: { queue: 'orders' } },
  ...{ by: NOOR, place: { channel: 'C0SHOP' } },
};

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

/** A step that stands still at `where` until it is let go. */
async function standingStill(where: 'beforePerforming' | 'whilePerforming') {
  const [reached, free] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  house.steps[where] = () => {
    reached.resolve();
    return free.promise;
  };
  await house.flows.remediate(restart, 'r1');
  await reached.promise;
  const { id, digest } = await database.db.selectFrom('plan').selectAll().executeTakeFirstOrThrow();
  return { plan: id, digest, go: free.resolve };
}

/** As the replica does that takes over and finds the step begun. */
async function othersGiveUp(id: string): Promise<void> {
  await raiseFences(database.db, ['r1']);
  expect(await move(database.db, id, ['running'], 'unknown')).toBe(true);
}

const entries = async (event: string) =>
  (await auditEntries(database.db, 0, 100)).filter((entry) => entry.event === event);

describe('a replica that stood still between the beginning of a step and its request', () => {
  it('does nothing once its step was taken over, and says so', async () => {
    const { plan, go } = await standingStill('beforePerforming');
    await raiseFences(database.db, ['r1']);
    go();
    await house.says(`plan:${plan}`, (text) => /Failed.*it did nothing/.test(text));
    expect(house.steps.performed).toEqual([]);
  });

  it('does nothing once people have settled its run, and their word stays', async () => {
    const { plan, digest, go } = await standingStill('beforePerforming');
    await othersGiveUp(plan);
    await expect(house.flows.settle({ plan, digest, by: SAM, happened: true })).resolves.toEqual({
      ok: true,
    });
    go();
    const says = await house.says(`unknown:${plan}`, (text) => text.includes('its end was seen after all'));
    expect(says).toMatch(/it did nothing/);
    expect(says).toMatch(/It was done, says <@U0SAM>/);
    expect(house.steps.performed).toEqual([]);
    expect((await findPlan(database.db, plan))?.state).toBe('done');
  });

  it('goes on where nothing has changed', async () => {
    const { plan, go } = await standingStill('beforePerforming');
    go();
    await house.says(`plan:${plan}`, (text) => text.includes('did restart'));
    expect(house.steps.performed).toEqual(['restart']);
  });
});

describe('an end that comes after the run was given up', () => {
  it('is told with who had settled it, is marked in the record, and takes nothing back', async () => {
    const { plan, digest, go } = await standingStill('whilePerforming');
    await othersGiveUp(plan);
    await house.flows.settle({ plan, digest, by: SAM, happened: false });
    go();
    const says = await house.says(`unknown:${plan}`, (text) => text.includes('its end was seen after all'));
    expect(says).toMatch(/did restart/);
    expect(says).toMatch(/It was not done, says <@U0SAM> at [^"]*before its end was seen/);
    expect((await findPlan(database.db, plan))?.state).toBe('failed');
    expect((await entries('step-ended')).map(({ details }) => details)).toEqual([
      { index: 0, ok: true, says: 'did restart', late: true },
    ]);
  });

  it('leaves the question to people where they have not said anything yet', async () => {
    const { plan, go } = await standingStill('whilePerforming');
    await othersGiveUp(plan);
    go();
    const says = await house.says(`unknown:${plan}`, (text) => text.includes('its end was seen after all'));
    expect(says).toContain('It was not done');
    expect((await findPlan(database.db, plan))?.state).toBe('unknown');
  });

  it('does not write over an end that is there', async () => {
    const { plan, go } = await standingStill('whilePerforming');
    const before = { says: 'ended by somebody else', evidence: [] };
    await database.db
      .updateTable('plan_step')
      .set({ ended_at: new Date(), ok: false, outcome: JSON.stringify(before) })
      .execute();
    go();
    await house.says(`plan:${plan}`, (text) => text.includes('ended by somebody else'));
    await house.stop();
    expect(await stepsOf(database.db, plan)).toMatchObject([{ ok: false, says: 'ended by somebody else' }]);
    expect(await entries('step-ended')).toEqual([]);
  });
});

describe('what is asked before an effect', () => {
  it('is refused once the plan ended, the step ended, or the fence was raised', async () => {
    const { plan, go } = await standingStill('whilePerforming');
    const ask = (step: { index?: number; fence?: number }) =>
      beforeEffectOf({ db: database.db }, { plan, index: 0, fence: 0, ...step })();
    const refused = { code: 'conflict', message: expect.stringMatching(/it did nothing$/) };
    await expect(ask({})).resolves.toBeUndefined();
    await expect(ask({ index: 1 })).rejects.toMatchObject(refused);
    await raiseFences(database.db, ['r1']);
    await expect(ask({})).rejects.toMatchObject(refused);
    await expect(ask({ fence: 1 })).resolves.toBeUndefined();
    await move(database.db, plan, ['running'], 'unknown');
    await expect(ask({ fence: 1 })).rejects.toMatchObject(refused);
    go();
  });

  it('says that nothing more was done where something had been', async () => {
    const { plan, go } = await standingStill('whilePerforming');
    const ask = beforeEffectOf({ db: database.db }, { plan, index: 0, fence: 0 });
    await ask();
    await raiseFences(database.db, ['r1']);
    const error = await ask().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(GuardiaError);
    expect(error).toMatchObject({ message: expect.stringMatching(/it did nothing more$/) });
    go();
  });
});
