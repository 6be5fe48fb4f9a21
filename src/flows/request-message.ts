import { decide } from '../approval/decide.ts';
import type { Plan } from '../plan/plan.ts';
import type { Amounts } from '../report/amounts.ts';
import { approvalMessage } from '../report/approval.ts';
import { noticeMessage } from '../report/notice.ts';
import type { PlanView } from '../report/states.ts';
import { databaseTime } from '../store/clock.ts';
import type { Queries } from '../store/database.ts';
import { say } from '../store/messages.ts';
import { type StepRecord, stepsOf } from '../store/plan-steps.ts';
import type { StoredPlan } from '../store/plans.ts';
import type { StoredVote } from '../store/votes.ts';
import { tellCalled } from './call-approvers.ts';
import type { House } from './house.ts';
import { originOfPlan, standsIn } from './origin.ts';
import { apartFrom, placeOfRequest } from './request-place.ts';

/**
 * States a request for approval anew: where its approvers are, where the policy says where that is, with a notice in
 * its thread, else in its thread alone; and to each of them.
 */
export async function tellRequest(
  house: Pick<House, 'catalogue'>,
  tx: Queries,
  stored: StoredPlan,
  votes: readonly StoredVote[],
  alertEndedAt: string | null,
): Promise<void> {
  const amounts = amountsOf(stored, await stepsOf(tx, stored.id));
  const view = { ...viewOf(house, stored, votes, await databaseTime(tx)), alertEndedAt, amounts };
  const apart = apartFrom(stored);
  const { key } = view.place;
  if (apart) await say(tx, { key, ...apart, message: approvalMessage(view), importance: 0 });
  const inThread = `plan:${stored.id}`;
  await say(tx, {
    key: inThread,
    ...standsIn(originOfPlan(stored), inThread),
    message: apart ? noticeMessage(view) : approvalMessage(view),
    importance: 0,
  });
  await tellCalled(tx, stored, view, votes);
}

/** How much it touches, as it was counted at each moment; of its steps, what they say themselves. */
export function amountsOf({ plan, outcome }: StoredPlan, records: readonly StepRecord[]): Amounts {
  const done = records.flatMap(({ amount }) => amount ?? []);
  return {
    asked: plan.preview.amount ?? null,
    approved: outcome.amountApproved ?? null,
    begun: outcome.amountBegun ?? null,
    done: done.length > 0 ? done.join('; ') : null,
  };
}

/** A plan as people see it, but for its alert and its steps. */
function viewOf(
  house: Pick<House, 'catalogue'>,
  stored: StoredPlan,
  votes: readonly StoredVote[],
  now: Date,
): Omit<PlanView, 'alertEndedAt' | 'amounts'> {
  const decision = decide(stored, { ...stored.plan.requester, kind: 'member' }, votes, now);
  return {
    id: stored.id,
    plan: stored.plan,
    digest: stored.digest,
    state: stored.state,
    madeAt: stored.madeAt,
    expiresAt: stored.expiresAt,
    beginBefore: stored.beginBefore,
    votes,
    claimedBy: stored.claimedBy,
    approverGroups: groupsOf(house, stored.plan),
    ...glassOf(stored),
    missing: decision.state === 'waiting' ? decision.missing : 0,
    place: placeOfRequest(stored),
    diagnosis: (stored.outcome.diagnosis ?? null) as PlanView['diagnosis'],
    criteria: stored.outcome.criteria ?? [],
    ...lateOf(stored),
    endedBy: stored.endedBy,
    endedAt: stored.endedAt,
    reason: stored.reason,
    difference: stored.outcome.difference ?? [],
    now: now.toISOString(),
  };
}

export function lateOf({ outcome: { late } }: StoredPlan): Pick<PlanView, 'late'> {
  return late ? { late } : {};
}

export function glassOf({ outcome: { glass } }: StoredPlan): Pick<PlanView, 'glass'> {
  return glass ? { glass } : {};
}

/** The Slack groups whose members may approve a plan. */
export function groupsOf(
  house: Pick<House, 'catalogue'>,
  { service, policy }: Plan,
): { title: string; group: string }[] {
  const roles = house.catalogue().services.get(service)?.roles ?? {};
  return (policy?.by ?? []).flatMap((role) => {
    const found = roles[role];
    return found ? [{ title: found.title, group: found.group }] : [];
  });
}
