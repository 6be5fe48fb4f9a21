import type { Transaction } from 'kysely';
import type { Approvers } from '../approval/decide.ts';
import { glassRefusal, reviewRefusal } from '../approval/glass.ts';
import type { Person } from '../approval/person.ts';
import { durationMs } from '../catalogue/schema-parts.ts';
import { GuardiaError, messageOf } from '../errors.ts';
import type { Plan } from '../plan/plan.ts';
import { ANSWERS, cannotLookUp, cannotPlan, closedText, glassText, reviewText } from '../report/answers.ts';
import { glassMessage } from '../report/glass.ts';
import { record } from '../store/audit.ts';
import { databaseTime } from '../store/clock.ts';
import { say } from '../store/messages.ts';
import { stepsOf } from '../store/plan-steps.ts';
import { findPlan, lockPlan, move, noteOutcome, type StoredPlan } from '../store/plans.ts';
import { openReview, type Review, reviewOf, signReview } from '../store/reviews.ts';
import type { Tables } from '../store/schema.ts';
import { votesOn } from '../store/votes.ts';
import { approversOf, membersOf } from './ask.ts';
import { type House, serviceOrGone } from './house.ts';
import { makeAnew, noteAmount } from './make-plan.ts';
import { originOfPlan, threadOf } from './origin.ts';
import { tellPlan } from './plan-message.ts';
import { groupsOf } from './request-message.ts';
import { placeOfRequest } from './request-place.ts';
import { accountsOf, whyGone } from './requester.ts';
import type { Answer, PlanRequest } from './requests.ts';
import { tellFlow, voided } from './votes.ts';

type Tx = Transaction<Tables>;
const no = (says: string) => ({ ok: false, says }) as const;
const USUAL_BEGIN_WITHIN = '5m';

/**
 * Runs a plan that waits without a second person's approval, where the service's policy allows that. Everything is
 * looked up afresh, as for a vote; approvers and the audit channel hear of it at once, and a review stays open.
 */
export async function breakGlass(house: House, request: PlanRequest & { reason: string }): Promise<Answer> {
  if (request.reason.trim() === '') return no(ANSWERS.needsGlassReason);
  const stored = await findPlan(house.db, request.plan);
  if (!stored?.plan.policy) return no(ANSWERS.noPlan);
  if (stored.state !== 'waiting') return no(closedText(stored.state));
  try {
    const [[account, requester], breakers, { changed: differs, now }] = await Promise.all([
      accountsOf(house, [request.by, stored.plan.requester] as const),
      breakersOf(house, stored.plan),
      makeAnew(house, stored.plan),
    ]);
    const changed = [...whyGone(house, requester), ...differs];
    const answer = await house.db.transaction().execute(async (tx): Promise<Answer> => {
      const locked = await lockPlan(tx, request.plan);
      if (locked?.state !== 'waiting') return no(closedText(locked?.state ?? 'void'));
      const refusal = glassRefusal(locked, account, request.digest, breakers, await databaseTime(tx));
      if (refusal) return no(glassText(refusal));
      if (changed.length > 0) return voided(house, tx, locked, changed);
      await noteAmount(tx, locked.id, 'amountApproved', now);
      return broken(house, tx, locked, request);
    });
    house.wake();
    return answer;
  } catch (error) {
    if (!(error instanceof GuardiaError)) throw error;
    return no(error.code === 'slack' ? cannotLookUp(messageOf(error)) : cannotPlan(messageOf(error)));
  }
}

/** Who may break the glass for a plan, at this moment. */
export function breakersOf(house: House, plan: Plan): Promise<Approvers> {
  return membersOf(house, plan.service, plan.policy?.['break-glass']?.by ?? []);
}

async function broken(
  house: House,
  tx: Tx,
  stored: StoredPlan,
  { by, reason }: { by: Person; reason: string },
): Promise<Answer> {
  const beginWithinMs = durationMs(stored.plan.policy?.['begin-within'] ?? USUAL_BEGIN_WITHIN);
  const at = (await databaseTime(tx)).toISOString();
  await noteOutcome(tx, stored.id, { glass: { by, reason, at } });
  await move(tx, stored.id, ['waiting'], 'approved', { beginWithinMs });
  await openReview(tx, { plan: stored.id, by, reason });
  await record(tx, {
    ...{ event: 'break-glass', by, plan: stored.id, digest: stored.digest },
    details: { reason, title: stored.plan.title },
  });
  await tellPlan(house, tx, stored.id);
  await tellGlass(house, tx, stored.id);
  await tellFlow(house, tx, stored);
  house.observed.plan('approved');
  return { ok: true };
}

/** A second person has looked at what ran without approval, and says so. */
export async function review(house: House, request: PlanRequest & { note: string }): Promise<Answer> {
  if (request.note.trim() === '') return no(ANSWERS.needsReviewNote);
  const stored = await findPlan(house.db, request.plan);
  const open = await reviewOf(house.db, request.plan);
  if (!stored || !open || stored.digest !== request.digest) return no(ANSWERS.noPlan);
  try {
    const [[account, ...involved], approvers] = await Promise.all([
      accountsOf(house, [request.by, open.by, ...(await tookPart(house, stored))] as const),
      approversOf(house, stored.plan),
    ]);
    const refusal = reviewRefusal(involved, account, approvers);
    if (refusal) return no(reviewText(refusal));
  } catch (error) {
    if (!(error instanceof GuardiaError)) throw error;
    return no(cannotLookUp(messageOf(error)));
  }
  const answer = await house.db.transaction().execute(async (tx): Promise<Answer> => {
    if (!(await signReview(tx, stored.id, request.by, request.note))) return no(ANSWERS.reviewedBefore);
    await record(tx, {
      ...{ event: 'reviewed', by: request.by, plan: stored.id, digest: stored.digest },
      details: { note: request.note },
    });
    await tellPlan(house, tx, stored.id);
    await tellGlass(house, tx, stored.id);
    return { ok: true };
  });
  house.wake();
  return answer;
}

/** Who asked for it, approved it, did a step of it by hand, or said how it ended. */
export async function tookPart(house: House, { id, plan, outcome }: StoredPlan): Promise<Person[]> {
  const [votes, steps] = await Promise.all([votesOn(house.db, id), stepsOf(house.db, id)]);
  return [
    plan.requester,
    ...votes,
    ...steps.flatMap(({ by }) => by ?? []),
    ...(outcome.settled ? [outcome.settled.by] : []),
  ];
}

/** In the thread, where the approvers are, and in the audit channel. The approvers are called once. */
async function tellGlass(house: House, tx: Tx, id: string): Promise<void> {
  const [stored, glass] = [await findPlan(tx, id), await reviewOf(tx, id)];
  if (!stored || !glass) return;
  const { key: request, channel, closed } = placeOfRequest(stored);
  const apart = closed ? null : channel;
  const thread = threadOf(originOfPlan(stored));
  const now = (await databaseTime(tx)).toISOString();
  const message = (calls: boolean) => messageOfGlass(house, stored, glass, { calls, now });
  const urgent = { importance: 0 } as const;
  await say(tx, { key: `glass:${id}`, ...thread, message: message(!apart), ...urgent });
  if (apart) {
    const there = { channel: apart, thread: { key: request } };
    await say(tx, { key: `glass-approvers:${id}`, ...there, message: message(true), ...urgent });
  }
  if (!house.auditChannel) return;
  await say(tx, {
    ...{ key: `glass-audit:${id}`, channel: house.auditChannel },
    ...{ message: message(false), ...urgent },
  });
}

function messageOfGlass(
  house: House,
  stored: StoredPlan,
  glass: Review,
  { calls, now }: { calls: boolean; now: string },
) {
  const service = serviceOrGone(house, stored.plan.service);
  return glassMessage({
    id: stored.id,
    digest: stored.digest,
    title: stored.plan.title,
    what: stored.plan.preview.what,
    amount: stored.plan.preview.amount ?? null,
    service: { name: service.name, title: service.title },
    requester: stored.plan.requester,
    review: glass,
    approverGroups: groupsOf(house, stored.plan),
    calls,
    now,
  });
}
