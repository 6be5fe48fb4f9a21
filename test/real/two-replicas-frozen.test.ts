import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { purge } from '../helpers/asked.ts';
import { INES, SAM } from '../helpers/house.ts';
import { openPair, type Pair } from './mortal/pair.ts';
import { bundleHouse, within } from './mortal/process.ts';
import { until } from './servers/process.ts';

/**
 * A replica that the machine stops (SIGSTOP) right before it acts, and wakes (SIGCONT) when others have taken its step
 * over, people have said what happened, and the same was asked for and done once more.
 */
let folder: string;
let pair: Pair;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'guardia-frozen-'));
  pair = await openPair(await bundleHouse(folder));
  await pair.house('a').call('halt');
}, 60_000);
afterEach(async () => {
  pair.house('a').thaw();
  await pair.stop();
  await rm(folder, { recursive: true, force: true });
});

/** At replica a somebody asks, somebody approves, and the step begins. */
async function begin(queue: string) {
  const halt = pair.world.halt(queue);
  const a = pair.house('a');
  await a.call('remediate', { ...purge, parameters: { queue } }, queue);
  const [plan] = await pair.witness.plansOf(queue);
  if (!plan) throw new Error(`${queue} was not asked for`);
  await a.call('approve', { plan: plan.id, digest: plan.digest, by: SAM });
  await within('a stands before its request', halt.reached);
  return { plan, letGo: halt.letGo };
}

/** Replica b takes over, people say that it was not done, and it is asked for, approved and done at b. */
async function othersDoIt(queue: string, plan: { id: string; digest: string }): Promise<void> {
  const { witness } = pair;
  const b = pair.house('b');
  await until('b has taken over', async () => {
    await witness.silence('a');
    return (await witness.unfinishedOf('a')) === 0;
  });
  await within('the end of the run', witness.ended(`remediate:${queue}`));
  expect(await witness.plansOf(queue)).toMatchObject([{ state: 'unknown' }]);
  await b.call('settle', { plan: plan.id, digest: plan.digest, by: INES, happened: false });
  await b.call('remediate', { ...purge, parameters: { queue } }, `${queue}-again`);
  const again = (await witness.plansOf(queue)).find(({ id }) => id !== plan.id);
  await b.call('approve', { plan: again?.id, digest: again?.digest, by: SAM });
  await within('the end of the second run', witness.ended(`remediate:${queue}-again`));
  expect(pair.world.touches(queue).map(({ step }) => step)).toEqual([0, 1]);
}

/** What people read once a has woken up; only the two steps of the second run were done. */
async function itDidNothing(queue: string, plan: { id: string }): Promise<void> {
  const says = await until('a has said what became of it', async () => {
    const text = await pair.witness.says(`unknown:${plan.id}`);
    return text.includes('its end was seen after all') ? text : undefined;
  });
  expect(says).toContain(
    'this replica stood still, and its run was taken over or ended meanwhile: it did nothing',
  );
  expect(says).toContain(`It was not done, says <@${INES.user}>`);
  expect(pair.world.touches(queue).map(({ step }) => step)).toEqual([0, 1]);
}

describe('a replica that is stopped between the beginning of a step and its request', () => {
  it('does nothing when it wakes after others have done it, and says so', async () => {
    const { plan, letGo } = await begin('frozen');
    pair.house('a').freeze();
    letGo();
    await othersDoIt('frozen', plan);
    pair.house('a').thaw();
    await itDidNothing('frozen', plan);
  }, 90_000);

  it('does nothing either when it had been told right before that it may', async () => {
    const { db } = pair.witness;
    const { plan, letGo } = await begin('told');
    const stopped = Date.now();
    await db.transaction().execute(async (tx) => {
      await sql`lock table plan_step in access exclusive mode`.execute(tx);
      letGo();
      await until('a waits for the answer', async () => {
        const waiting = sql`select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like '%fence%'`;
        return (await waiting.execute(db)).rows.length > 0;
      });
      pair.house('a').freeze();
    });
    await othersDoIt('told', plan);
    // An answer that is younger would be believed.
    await until('the answer is old', async () => Date.now() - stopped > 2_000);
    pair.house('a').thaw();
    await itDidNothing('told', plan);
  }, 90_000);
});
