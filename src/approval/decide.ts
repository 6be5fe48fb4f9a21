import type { Plan, Vote } from '../plan/plan.ts';
import { type Account, type Person, personKey, samePerson } from './person.ts';

/** The clocks of a plan, and the digest that votes must carry. */
export interface Standing {
  plan: Plan;
  digest: string;
  /** ISO 8601, UTC. */
  expiresAt: string;
}

/** A vote with the key of the human who cast it, as it is now; null where it cannot be resolved. */
export type CountedVote = Vote & { key: string | null };

export type Decision =
  | { state: 'waiting'; missing: number }
  | { state: 'approved' }
  | { state: 'denied'; by: Person }
  | { state: 'expired' };

/**
 * What the votes on a waiting plan come to. Pure: a denial ends it whatever else was voted, the clock ends it
 * before it is approved, and only distinct people other than the requester count, each for this very digest.
 */
export function decide(
  standing: Standing,
  requester: Account,
  votes: readonly CountedVote[],
  now: Date,
): Decision {
  const valid = votes.filter((vote) => vote.digest === standing.digest);
  const denial = valid.find((vote) => vote.vote === 'deny');
  if (denial) return { state: 'denied', by: { team: denial.team, user: denial.user } };
  const needed = standing.plan.policy?.votes ?? 1;
  const supporters = othersThan(requester, valid);
  if (supporters.size >= needed) return { state: 'approved' };
  if (now.getTime() >= Date.parse(standing.expiresAt)) return { state: 'expired' };
  return { state: 'waiting', missing: needed - supporters.size };
}

/** The humans who cast these votes, less the requester. While nobody knows who the requester is, there are none. */
function othersThan(requester: Account, votes: readonly CountedVote[]): Set<string> {
  const own = personKey(requester);
  if (own === null) return new Set();
  return new Set(votes.flatMap(({ key }) => (key === null || key === own ? [] : [key])));
}

export type Refusal =
  | 'other-digest'
  | 'unresolved'
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

/** Somebody who wants to vote, and all that it depends on, looked up afresh. */
export interface Ballot {
  voter: Account;
  requester: Account;
  /** What the voter saw. */
  digest: string;
  approvers: Approvers;
  votes: readonly CountedVote[];
}

/** Whether this account may vote on this plan now; null means yes. Pure. */
export function refusalOf(standing: Standing, ballot: Ballot, now: Date): Refusal | null {
  const { voter, requester, digest, approvers, votes } = ballot;
  if (digest !== standing.digest) return 'other-digest';
  if (voter.team !== approvers.team) return 'stranger';
  if (voter.kind !== 'member') return voter.kind;
  const key = personKey(voter);
  if (key === null) return 'unresolved';
  if (key === personKey(requester)) return 'requester';
  if (!approvers.users.includes(voter.user)) return 'not-a-member';
  // One who has left voids the plan, whoever it was.
  if (requester.kind === 'member' && personKey(requester) === null) return 'unresolved';
  if (votes.some((vote) => vote.key === key || samePerson(vote, voter))) return 'already-voted';
  if (now.getTime() >= Date.parse(standing.expiresAt)) return 'expired';
  return null;
}

/** Why this account may not have asked for anything (any more); null when it may. */
export function requesterGone({ kind }: Account): Exclude<Account['kind'], 'member'> | null {
  return kind === 'member' ? null : kind;
}

/** The accounts that could approve a plan of this requester, one a human: what a request needs before it is made. */
export function eligible(accounts: readonly Account[], requester: Account, approvers: Approvers): Account[] {
  const own = personKey(requester);
  const able = accounts.filter(
    (account) =>
      account.kind === 'member' &&
      account.team === approvers.team &&
      approvers.users.includes(account.user) &&
      personKey(account) !== own,
  );
  return own === null ? [] : oneForEach(able);
}

/** The first account of each human. Who cannot be resolved is nobody. */
function oneForEach(accounts: readonly Account[]): Account[] {
  const keys = accounts.map(personKey);
  return accounts.filter((_, index) => keys[index] !== null && keys.indexOf(keys[index] ?? null) === index);
}

/** The approvals that still stand when the plan is about to run: one of each human who is eligible at this moment. */
export function standingApprovals(
  votes: readonly Vote[],
  digest: string,
  eligibleNow: readonly Account[],
): Vote[] {
  const valid = votes.filter((vote) => vote.vote === 'approve' && vote.digest === digest);
  return eligibleNow.flatMap((account) => valid.find((vote) => samePerson(vote, account)) ?? []);
}
