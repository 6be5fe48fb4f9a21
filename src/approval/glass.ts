import type { Approvers, Standing } from './decide.ts';
import { type Account, personKey } from './person.ts';

export type GlassRefusal =
  | 'glass-off'
  | 'glass-not-yours'
  | 'other-digest'
  | 'unresolved'
  | 'bot'
  | 'guest'
  | 'deactivated'
  | 'stranger'
  | 'expired';

/**
 * Whether this account may run a waiting plan without a second person's approval; null means yes. Pure. Whoever asked
 * for it may: that nobody else is there is what the glass is for.
 */
export function glassRefusal(
  standing: Standing,
  account: Account,
  digest: string,
  breakers: Approvers,
  now: Date,
): GlassRefusal | null {
  if (!standing.plan.policy?.['break-glass']) return 'glass-off';
  if (digest !== standing.digest) return 'other-digest';
  const problem = notAmong(account, breakers);
  if (problem) return problem === 'not-a-member' ? 'glass-not-yours' : problem;
  if (personKey(account) === null) return 'unresolved';
  return now.getTime() >= Date.parse(standing.expiresAt) ? 'expired' : null;
}

export type ReviewRefusal =
  | 'involved'
  | 'unresolved'
  | 'not-a-member'
  | 'bot'
  | 'guest'
  | 'deactivated'
  | 'stranger';

/** Whether this account may sign the review: an approver who had no part in it; null means yes. */
export function reviewRefusal(
  involved: readonly Account[],
  account: Account,
  approvers: Approvers,
): ReviewRefusal | null {
  const key = personKey(account);
  const keys = involved.map(personKey);
  if (key !== null && keys.includes(key)) return 'involved';
  return notAmong(account, approvers) ?? (key === null || keys.includes(null) ? 'unresolved' : null);
}

function notAmong(account: Account, members: Approvers) {
  if (account.team !== members.team) return 'stranger';
  if (account.kind !== 'member') return account.kind;
  return members.users.includes(account.user) ? null : 'not-a-member';
}
