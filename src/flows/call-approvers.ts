import type { Account } from '../approval/person.ts';
import { messageOf } from '../errors.ts';
import type { Vote } from '../plan/plan.ts';
import { callMessage, reminderMessage } from '../report/call.ts';
import type { PlanView } from '../report/states.ts';
import type { Queries } from '../store/database.ts';
import { say } from '../store/messages.ts';
import type { Called, StoredPlan } from '../store/plans.ts';
import type { House } from './house.ts';

/** A group of more people than that is called as a group alone. */
const MOST_CALLED = 20;
/** Of the time that a request waits, this much is left when people are reminded. */
const REMIND_AT = 1 / 3;

/** Where each of those who may approve is written to directly. Whoever cannot be is called with their group. */
export async function directMessagesTo(house: House, eligible: readonly Account[]): Promise<Called[]> {
  const found = await Promise.all(
    eligible.slice(0, MOST_CALLED).map(async ({ user }) => {
      try {
        return [{ user, channel: await house.people.directMessage(user) }];
      } catch (error) {
        house.logger.warn({ user, why: messageOf(error) }, 'an approver could not be written to');
        return [];
      }
    }),
  );
  return found.flat();
}

/** States anew what each of them reads. */
export async function tellCalled(
  tx: Queries,
  stored: StoredPlan,
  view: PlanView,
  votes: readonly Vote[],
): Promise<void> {
  const { called = [], reminded = [] } = stored.outcome;
  for (const { user, channel } of called) {
    const key = `call:${stored.id}:${user}`;
    await say(tx, { key, channel, message: callMessage(view), importance: 0 });
  }
  const voted = votes.map((vote) => vote.user);
  for (const { user, channel } of reminded.filter(
    (one) => view.state !== 'waiting' || !voted.includes(one.user),
  )) {
    await say(tx, {
      key: `reminder:${stored.id}:${user}`,
      channel,
      message: reminderMessage(view),
      importance: 0,
    });
  }
}

/** Milliseconds until people are reminded of a request that waits; null once they were. */
export function reminderDueIn(stored: StoredPlan, now: number): number | null {
  if (stored.outcome.reminded || !stored.outcome.called?.length) return null;
  const [made, expires] = [Date.parse(stored.madeAt), Date.parse(stored.expiresAt)];
  return Math.max(0, expires - (expires - made) * REMIND_AT - now);
}
