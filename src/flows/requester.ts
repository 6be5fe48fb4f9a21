import { type CountedVote, requesterGone } from '../approval/decide.ts';
import { type Account, type Person, personKey, samePerson } from '../approval/person.ts';
import { GuardiaError, messageOf } from '../errors.ts';
import type { Plan } from '../plan/plan.ts';
import { requesterGoneText } from '../report/answers.ts';
import { record } from '../store/audit.ts';
import { stepsOf } from '../store/plan-steps.ts';
import { findPlan, move, noteOutcome, type StoredPlan } from '../store/plans.ts';
import type { StoredVote } from '../store/votes.ts';
import type { House } from './house.ts';
import { tellPlan } from './plan-message.ts';
import type { PlanRequest } from './requests.ts';

/** These people as Slack knows them at this moment. Rejects when one cannot be looked up. */
export async function accountsOf<People extends readonly Person[]>(
  house: House,
  people: People,
): Promise<{ [Index in keyof People]: Account }> {
  const all = people.map((person) => house.people.account(person, { fresh: true }));
  return (await Promise.all(all)) as { [Index in keyof People]: Account };
}

/** Votes with the keys of these accounts. One that was cast since they were looked up has the key that it was cast with. */
export function countedVotes(votes: readonly StoredVote[], accounts: readonly Account[]): CountedVote[] {
  return votes.map((vote) => {
    const account = accounts.find((one) => samePerson(one, vote));
    return account ? { ...vote, key: personKey(account) } : vote;
  });
}

/** Whether somebody asked for a plan themselves, under this id or another of theirs. Who cannot be resolved did not. */
export async function isRequester(house: House, { plan: id, by }: PlanRequest): Promise<boolean> {
  const requester = (await findPlan(house.db, id))?.plan.requester;
  if (!requester || samePerson(requester, by)) return requester !== undefined;
  try {
    const [own, other] = (await accountsOf(house, [requester, by])).map(personKey);
    return own != null && own === other;
  } catch (error) {
    if (!(error instanceof GuardiaError)) throw error;
    return false;
  }
}

/** Why a plan is void for its requester's sake; empty when they may still ask for it. What the clock asks for is Guardia's own. */
export function whyGone(house: House, requester: Account): string[] {
  const gone = samePerson(requester, house.people.self()) ? null : requesterGone(requester);
  return gone ? [requesterGoneText(gone)] : [];
}

async function whyRequesterGone(house: House, { requester }: Plan): Promise<string[]> {
  try {
    return whyGone(house, await house.people.account(requester, { fresh: true }));
  } catch (error) {
    if (!(error instanceof GuardiaError)) throw error;
    return [`it could not be checked again who asked for it (${messageOf(error)})`];
  }
}

/** Right before the first step of a run: whoever asked for it may have left since it was spent. True when it is void. */
export async function voidIfRequesterGone(house: House, { id, digest, plan }: StoredPlan): Promise<boolean> {
  if ((await stepsOf(house.db, id)).length > 0) return false;
  const difference = await whyRequesterGone(house, plan);
  if (difference.length === 0) return false;
  await house.db.transaction().execute(async (tx) => {
    if (!(await move(tx, id, ['running'], 'void', { reason: difference.join('; ') }))) return;
    await noteOutcome(tx, id, { difference });
    await record(tx, { event: 'voided', by: null, plan: id, digest, details: { state: 'void', difference } });
    await tellPlan(house, tx, id);
  });
  house.observed.plan('void');
  house.wake();
  return true;
}
