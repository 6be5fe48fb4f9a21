import { GuardiaError, OUR_FAULT } from '../errors.ts';
import { record } from '../store/audit.ts';
import { isAway } from '../store/away.ts';
import { stepsOf } from '../store/plan-steps.ts';
import { lockPlan, move, noteOutcome, type StoredPlan } from '../store/plans.ts';
import type { PlanState } from '../store/schema.ts';
import type { House } from './house.ts';
import { tellPlan } from './plan-message.ts';

/** Does a part of a remediation; a fault of ours in it ends the plan, so that nobody waits for it. */
export async function orGiveUp<Result>(
  house: House,
  id: string,
  work: () => Promise<Result>,
  instead: Result,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (isAway(error)) throw error;
    house.logger.error({ err: error, plan: id }, 'a plan could not be gone on with');
    await giveUp(house, id, error instanceof GuardiaError ? error.message : OUR_FAULT);
    return instead;
  }
}

async function giveUp(house: House, id: string, why: string): Promise<void> {
  await house.db.transaction().execute(async (tx) => {
    const stored = await lockPlan(tx, id);
    if (!stored) return;
    const begun = await stepsOf(tx, id);
    const to = endFor(
      stored,
      begun.some((step) => step.endedAt === null),
    );
    if (to === stored.state) await noteOutcome(tx, id, { after: [] });
    else await end(house, tx, stored, to, why);
    await tellPlan(house, tx, id);
  });
  house.wake();
}

/** What has not begun is void; of what was begun and not seen to end, people say what happened. */
function endFor({ state }: StoredPlan, cutOff: boolean): PlanState {
  if (state === 'waiting' || state === 'approved') return 'void';
  if (state !== 'running') return state;
  return cutOff ? 'unknown' : 'failed';
}

async function end(
  house: House,
  tx: Parameters<typeof record>[0],
  { id, digest, state }: StoredPlan,
  to: PlanState,
  why: string,
): Promise<void> {
  await move(tx, id, [state], to, { reason: why });
  if (to === 'void') await noteOutcome(tx, id, { difference: [why] });
  const event = to === 'void' ? 'voided' : 'unknown';
  await record(tx, { event, by: null, plan: id, digest, details: { state: to, why } });
  house.observed.plan(to);
}
