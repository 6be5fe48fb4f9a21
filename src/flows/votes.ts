import type { Transaction } from 'kysely';
import { type Approvers, decide, type Refusal, refusalOf } from '../approval/decide.ts';
import { type Account, personKey, samePerson } from '../approval/person.ts';
import type { AuditEvent } from '../audit/chain.ts';
import { durationMs } from '../catalogue/schema-parts.ts';
import { GuardiaError, messageOf } from '../errors.ts';
import type { Plan } from '../plan/plan.ts';
import { ANSWERS, cannotLookUp, cannotPlan, closedText, refusalText, voidText } from '../report/answers.ts';
import { type ChangedOutput, changedOutputs } from '../report/changed-lines.ts';
import type { Criterion, LateLook } from '../report/states.ts';
import { wholeOf } from '../report/whole.ts';
import type { Preview } from '../steps/step-kind.ts';
import { record } from '../store/audit.ts';
import { databaseTime } from '../store/clock.ts';
import { claimPlan, findPlan, lockPlan, move, noteOutcome, type StoredPlan } from '../store/plans.ts';
import type { PlanState, Tables } from '../store/schema.ts';
import { castVote, votesOn } from '../store/votes.ts';
import { approversOf } from './ask.ts';
import { reminderDueIn } from './call-approvers.ts';
import { lookAtCriteria } from './criteria.ts';
import type { House } from './house.ts';
import { lookAgain } from './late.ts';
import { makeAnew, noteAmount } from './make-plan.ts';
import { tellPlan } from './plan-message.ts';
import { accountsOf, countedVotes, isRequester, whyGone } from './requester.ts';
import type { Answer, ApprovalView, PlanRequest } from './requests.ts';

type Tx = Transaction<Tables>;
const no = (says: string) => ({ ok: false, says }) as const;

/** Everything that a vote depends on, looked up afresh before the transaction that counts it. */
interface Looked {
  stored: StoredPlan;
  voter: Account;
  requester: Account;
  /** Those who voted before. */
  voted: readonly Account[];
  /** Those who look at it, for whoever wants to say that they do. */
  claimed: readonly Account[];
  approvers: Approvers;
  changed: readonly string[];
  /** The plan as it would be made now; null where that was not asked. */
  now: Plan | null;
  /** Live, for whoever looks before they decide. */
  criteria: readonly Criterion[];
  /** What the action's checks say, where nothing may call for it any more. */
  late: LateLook | null;
}

/** The same, once the plan is locked: `at` is the time by which it is decided. */
type Decided = Looked & { at: Date };

/** What an approver is about to decide: the plan is made anew, and a plan that changed is void from here on. */
export async function viewPlan(house: House, request: PlanRequest): Promise<ApprovalView> {
  return counted(house, request, 'viewed', async (tx, { stored, criteria, late, now, at }) => {
    await noteEvent(tx, 'viewed', request);
    const { plan } = stored;
    return {
      ok: true,
      title: plan.title,
      ...wholeOf(plan),
      amount: amountNow(plan.preview, now?.preview),
      ...dryRunNow(plan.preview, now?.preview),
      undo: plan.undo,
      criteria,
      ...(late ? { late } : {}),
      digest: stored.digest,
      expiresAt: stored.expiresAt,
      now: at.toISOString(),
    };
  });
}

/** Only what differs, and nothing where only the order of the lines does. */
function dryRunNow(then: Preview, now: Preview = then): { dryRun?: readonly ChangedOutput[] } {
  const dryRun = changedOutputs(then.evidence, now.evidence);
  return dryRun.length > 0 ? { dryRun } : {};
}

/** `1,260 jobs waiting (1,243 jobs waiting when it was asked for)` */
function amountNow({ amount: then = '' }: Preview, now?: Preview): string {
  const amount = now?.amount ?? then;
  return amount === then || then === '' ? amount : `${amount} (${then} when it was asked for)`;
}

export async function approve(house: House, request: PlanRequest): Promise<Answer> {
  return counted<Answer>(
    house,
    request,
    'approve',
    async (tx, { stored, voter, requester, voted, now, at }) => {
      await castVote(tx, stored.id, voter, 'approve', request.digest);
      await noteEvent(tx, 'voted', request, { vote: 'approve' });
      const votes = countedVotes(await votesOn(tx, stored.id), [...voted, voter]);
      const decision = decide(stored, requester, votes, at);
      if (decision.state === 'approved') {
        const beginWithinMs = durationMs(stored.plan.policy?.['begin-within'] ?? '5m');
        await noteAmount(tx, stored.id, 'amountApproved', now);
        await end(house, tx, stored, ['waiting'], 'approved', 'approved', request, { beginWithinMs });
      }
      await tellPlan(house, tx, stored.id);
      return { ok: true };
    },
  );
}

export async function deny(house: House, request: PlanRequest & { reason: string }): Promise<Answer> {
  if (request.reason.trim() === '') return no(ANSWERS.needsDenialReason);
  return counted<Answer>(house, request, 'deny', async (tx, { stored, voter }) => {
    await castVote(tx, stored.id, voter, 'deny', request.digest);
    await end(house, tx, stored, ['waiting'], 'denied', 'denied', request, { reason: request.reason });
    return { ok: true };
  });
}

/** "I am looking at it": shown to the others, changes nothing else. */
export async function claim(house: House, request: PlanRequest): Promise<Answer> {
  return counted<Answer>(house, request, 'claim', async (tx, { stored, voter, claimed }) => {
    const before = claimed.some((one) => personKey(one) === personKey(voter));
    if (before || stored.claimedBy.some((one) => samePerson(one, voter))) return { ok: true };
    await claimPlan(tx, stored, request.by);
    await noteEvent(tx, 'claimed', request);
    await tellPlan(house, tx, stored.id);
    return { ok: true };
  });
}

/** The requester takes it back, as long as nothing has begun. */
export async function cancel(house: House, request: PlanRequest): Promise<Answer> {
  const own = await isRequester(house, request);
  const answer = await house.db.transaction().execute(async (tx): Promise<Answer> => {
    const stored = await lockPlan(tx, request.plan);
    if (!stored || stored.digest !== request.digest) return no(ANSWERS.noPlan);
    if (!own) return no(ANSWERS.onlyRequesterCancels);
    if (stored.state !== 'waiting' && stored.state !== 'approved') return no(closedText(stored.state));
    await end(house, tx, stored, ['waiting', 'approved'], 'cancelled', 'cancelled', request);
    return { ok: true };
  });
  house.wake();
  return answer;
}

/** People's word on a run whose end nobody saw. Never repeats anything. */
export async function settle(house: House, request: PlanRequest & { happened: boolean }): Promise<Answer> {
  const account = await house.people.account(request.by, { fresh: true });
  if (account.kind !== 'member') return no(ANSWERS.notAllowed);
  const answer = await house.db.transaction().execute(async (tx): Promise<Answer> => {
    const stored = await lockPlan(tx, request.plan);
    if (!stored || stored.digest !== request.digest) return no(ANSWERS.noPlan);
    if (stored.state !== 'unknown') return no(ANSWERS.settledBefore);
    const at = (await databaseTime(tx)).toISOString();
    const settled = { happened: request.happened, by: request.by, at };
    await noteOutcome(tx, stored.id, { settled });
    await end(house, tx, stored, ['unknown'], request.happened ? 'done' : 'failed', 'settled', request);
    return { ok: true };
  });
  house.wake();
  return answer;
}

/** Ends a waiting plan whose clock has run out; says how the plan stands and how long it may still wait. */
export async function expireIfDue(house: House, id: string): Promise<{ state: PlanState; leftMs: number }> {
  const standing = await house.db.transaction().execute(async (tx) => {
    const stored = await lockPlan(tx, id);
    if (!stored) throw new Error(`plan ${id} was not stored`);
    const now = (await databaseTime(tx)).getTime();
    const leftMs = Date.parse(stored.expiresAt) - now;
    if (stored.state !== 'waiting' || leftMs > 0) {
      return { state: stored.state, leftMs: Math.max(await remindIfDue(house, tx, stored, now), 0) };
    }
    await expire(house, tx, stored);
    return { state: 'expired' as const, leftMs: 0 };
  });
  house.wake();
  return standing;
}

/** Reminds people once, and says how long until there is something to do again. */
async function remindIfDue(house: House, tx: Tx, stored: StoredPlan, now: number): Promise<number> {
  const leftMs = Date.parse(stored.expiresAt) - now;
  const dueIn = stored.state === 'waiting' ? reminderDueIn(stored, now) : null;
  if (dueIn === null || dueIn > 0) return Math.min(leftMs, dueIn ?? leftMs);
  await noteOutcome(tx, stored.id, { reminded: stored.outcome.called ?? [] });
  await tellPlan(house, tx, stored.id);
  return leftMs;
}

async function expire(house: House, tx: Tx, stored: StoredPlan): Promise<void> {
  await end(house, tx, stored, ['waiting'], 'expired', 'expired', null);
}

/**
 * The way of everything that counts only from somebody who may vote: look everything up afresh, then decide alone
 * with the plan, in one transaction. Whoever may not gets a plain answer, and nothing changes.
 */
async function counted<Result>(
  house: House,
  request: PlanRequest,
  intent: 'viewed' | 'approve' | 'deny' | 'claim',
  act: (tx: Tx, looked: Decided) => Promise<Result>,
): Promise<Result | { ok: false; says: string }> {
  const looked = await lookUp(house, request, intent);
  if ('ok' in looked) return looked;
  const answer = await house.db.transaction().execute(async (tx) => {
    const stored = await lockPlan(tx, request.plan);
    if (!stored) return no(ANSWERS.noPlan);
    if (stored.state !== 'waiting') return no(closedText(stored.state));
    const votes = await votesOn(tx, stored.id);
    const at = await databaseTime(tx);
    const ballot = { ...looked, digest: request.digest, votes: countedVotes(votes, looked.voted) };
    const refusal = refusalOf(stored, ballot, at);
    if (refusal) return refuse(house, tx, stored, refusal);
    const changed = [...whyGone(house, looked.requester), ...looked.changed];
    if (changed.length > 0) return voided(house, tx, stored, changed);
    return act(tx, { ...looked, stored, at });
  });
  house.wake();
  return answer;
}

async function lookUp(
  house: House,
  request: PlanRequest,
  intent: string,
): Promise<Looked | { ok: false; says: string }> {
  const stored = await findPlan(house.db, request.plan);
  if (!stored?.plan.policy) return no(ANSWERS.noPlan);
  if (stored.state !== 'waiting') return no(closedText(stored.state));
  const remade = intent === 'viewed' || intent === 'approve';
  try {
    const [[voter, requester], voted, claimed, approvers, { changed, now }, criteria, late] =
      await Promise.all([
        accountsOf(house, [request.by, stored.plan.requester] as const),
        votesOn(house.db, stored.id).then((votes) => accountsOf(house, votes)),
        accountsOf(house, intent === 'claim' ? stored.claimedBy : []),
        approversOf(house, stored.plan),
        remade ? makeAnew(house, stored.plan) : { changed: [], now: null },
        intent === 'viewed' ? lookAtCriteria(house, stored.plan) : [],
        intent === 'viewed' ? lookAgain(house, { ...stored.plan, origin: stored.origin }) : null,
      ]);
    return { stored, voter, requester, voted, claimed, approvers, changed, now, criteria, late };
  } catch (error) {
    if (!(error instanceof GuardiaError)) throw error;
    return no(error.code === 'slack' ? cannotLookUp(messageOf(error)) : cannotPlan(messageOf(error)));
  }
}

async function refuse(house: House, tx: Tx, stored: StoredPlan, refusal: Refusal) {
  if (refusal === 'expired') await expire(house, tx, stored);
  return no(refusalText(refusal));
}

/** Ends a plan that waits and can no longer run as it was asked for. */
export async function voidWaiting(house: House, id: string, changed: readonly string[]): Promise<void> {
  await house.db.transaction().execute(async (tx) => {
    const stored = await lockPlan(tx, id);
    if (stored?.state === 'waiting') await voided(house, tx, stored, changed);
  });
  house.wake();
}

/** In the transaction in which it was seen that what would run has changed. */
export async function voided(house: House, tx: Tx, stored: StoredPlan, changed: readonly string[]) {
  await noteOutcome(tx, stored.id, { difference: [...changed] });
  await end(house, tx, stored, ['waiting'], 'void', 'voided', null);
  return no(voidText(changed));
}

/** One change of state, with its audit entry, its message and the word to its flow, or none of them. */
async function end(
  house: House,
  tx: Tx,
  stored: StoredPlan,
  from: readonly PlanState[],
  to: PlanState,
  event: AuditEvent,
  request: PlanRequest | null,
  also: { reason?: string; beginWithinMs?: number } = {},
): Promise<void> {
  const by = request?.by;
  if (!(await move(tx, stored.id, from, to, { ...also, ...(by ? { by } : {}) }))) return;
  const details = { state: to, ...(also.reason ? { reason: also.reason } : {}) };
  await record(tx, { event, by: by ?? null, plan: stored.id, digest: stored.digest, details });
  await tellPlan(house, tx, stored.id);
  await tellFlow(house, tx, stored);
  house.observed.plan(to);
}

async function noteEvent(
  tx: Tx,
  event: AuditEvent,
  request: PlanRequest,
  details: Record<string, unknown> = {},
): Promise<void> {
  await record(tx, { event, by: request.by, plan: request.plan, digest: request.digest, details });
}

/** The flow of a plan looks at it once this is committed. */
export function tellFlow(house: House, tx: Tx, { request }: StoredPlan): Promise<void> {
  return house.durable.tell(tx, `remediate:${request}`, 'changed');
}
