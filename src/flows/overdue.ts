import { messageOf } from '../errors.ts';
import { databaseTime } from '../store/clock.ts';
import { stepsOf } from '../store/plan-steps.ts';
import { plansIn, type StoredPlan } from '../store/plans.ts';
import { handEndsAt } from './by-hand.ts';
import { reminderDueIn } from './call-approvers.ts';
import type { House } from './house.ts';
import { tellFlow } from './votes.ts';

const MOST = 1_000;
/** A flow wakes by its own timer as a rule. */
const LATE_MS = 2_000;

/**
 * Wakes the flow of every plan whose deadline has passed by PostgreSQL's clock. Its own timer was set by the clock of
 * a replica, which may have been wrong or set back since.
 */
export async function wakeOverdue(house: House): Promise<void> {
  const now = (await databaseTime(house.db)).getTime() - LATE_MS;
  for (const stored of await plansIn(house.db, { states: ['waiting', 'running'], limit: MOST })) {
    if (!(await isOverdue(house, stored, now))) continue;
    await house.db
      .transaction()
      .execute((tx) => tellFlow(house, tx, stored))
      .catch((error: unknown) => {
        house.logger.error({ plan: stored.id, why: messageOf(error) }, 'a flow could not be woken');
      });
  }
}

async function isOverdue(house: House, stored: StoredPlan, now: number): Promise<boolean> {
  if (stored.state === 'waiting')
    return Date.parse(stored.expiresAt) <= now || reminderDueIn(stored, now) === 0;
  const open = (await stepsOf(house.db, stored.id)).find(({ endedAt }) => endedAt === null);
  const ends = open && handEndsAt(stored, open);
  return ends != null && ends <= now;
}
