import type { Plan, Vote } from '../plan/plan.ts';
import { type Account, type Person, samePerson } from './person.ts';

/** The clocks of a plan, and the digest that votes must carry. */
export interface Standing {
  plan: Plan;
  digest: string;
  /** ISO 8601, UTC. */
  expiresAt: string;
}

export type Decision =
  | { state: 'waiting'; missing: number }
  | { state: 'approved' }
  | { state: 'denied'; by: Person }
  | { state: 'expired' };

/**
 * What the votes on a waiting plan come to. Pure: a denial ends it whatever else was voted, the clock ends it
 * before it is approved, and only distinct people other than the requester count, each for this very digest.
 */
export function decide(standing: Standing, votes: readonly Vote[], now: Date): Decision {
  const valid = votes.filter((vote) => vote.digest === standing.digest);
  const denial = valid.find((vote) => vote.vote === 'deny');
  if (denial) return { state: 'denied', by: { team: denial.team, user: denial.user } };
  const needed = standing.plan.policy?.votes ?? 1;
  const supporters = distinct(valid.filter((vote) => !samePerson(vote, standing.plan.requester)));
  if (supporters.length >= needed) return { state: 'approved' };
  if (now.getTime() >= Date.parse(standing.expiresAt)) return { state: 'expired' };
  return { state: 'waiting', missing: needed - supporters.length };
}

export type Refusal =
  | 'other-digest'
  | 'requester'
  | 'not-a-member'
  | 'bot'
  | 'guest'
  | 'deactivated'
  | 'stranger'
  | 'already-voted'
  | 'expired';

/** The people who may approve: of the approver groups of the plan's policy, in the bot's own team. */
export interface Approvers {
  team: string;
  users: readonly string[];
}

/** Whether this account may vote on this plan now; null means yes. Pure: whoever asks has looked everything up afresh. */
export function refusalOf(
  standing: Standing,
  voter: Account,
  digest: string,
  approvers: Approvers,
  votes: readonly Vote[],
  now: Date,
): Refusal | null {
  if (digest !== standing.digest) return 'other-digest';
  if (voter.team !== approvers.team) return 'stranger';
  if (voter.kind !== 'member') return voter.kind;
  if (samePerson(voter, standing.plan.requester)) return 'requester';
  if (!approvers.users.includes(voter.user)) return 'not-a-member';
  if (votes.some((vote) => samePerson(vote, voter))) return 'already-voted';
  if (now.getTime() >= Date.parse(standing.expiresAt)) return 'expired';
  return null;
}

/** How many of these accounts could approve a plan of this requester: what a request needs before it is made. */
export function eligible(accounts: readonly Account[], requester: Person, approvers: Approvers): Account[] {
  return distinct(accounts).filter(
    (account) =>
      account.kind === 'member' &&
      account.team === approvers.team &&
      approvers.users.includes(account.user) &&
      !samePerson(account, requester),
  );
}

/** The approvals that still stand when the plan is about to run: of people who are eligible at this moment. */
export function standingApprovals(
  votes: readonly Vote[],
  digest: string,
  eligibleNow: readonly Account[],
): Vote[] {
  return distinct(votes).filter(
    (vote) =>
      vote.vote === 'approve' &&
      vote.digest === digest &&
      eligibleNow.some((account) => samePerson(account, vote)),
  );
}

function distinct<P extends Person>(people: readonly P[]): P[] {
  return people.filter((person, index) => people.findIndex((other) => samePerson(other, person)) === index);
}
