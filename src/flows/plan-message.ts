import type { Person } from '../approval/person.ts';
import { isByHand } from '../catalogue/by-hand.ts';
import { inTitle } from '../catalogue/titles.ts';
import { undoingAction } from '../catalogue/undo.ts';
import type { Plan, PlannedStep, Vote } from '../plan/plan.ts';
import { progressMessage, proofMessage, unknownMessage } from '../report/run.ts';
import type { OfferedAction, ProgressView, StepProgress } from '../report/states.ts';
import { lockAlert } from '../store/alerts.ts';
import { databaseTime } from '../store/clock.ts';
import type { Queries } from '../store/database.ts';
import { say } from '../store/messages.ts';
import { type StepRecord, stepsOf } from '../store/plan-steps.ts';
import { findPlan, type StoredPlan, type VerifiedCheck } from '../store/plans.ts';
import { votesOn } from '../store/votes.ts';
import { tellAlert } from './alert-message.ts';
import { handOf, tellHands } from './hand-message.ts';
import { type House, runbookOrGone, serviceOrGone } from './house.ts';
import { offered } from './offers.ts';
import { originOfPlan, standsIn, threadOf } from './origin.ts';
import { amountsOf, glassOf, lateOf, tellRequest } from './request-message.ts';

/**
 * States everything that Slack shows of a plan anew from what is stored: the request for approval, the progress of
 * its run, its proof, and the alert it belongs to. Called in the transaction of every change, so no change is silent.
 */
export async function tellPlan(house: Pick<House, 'catalogue'>, tx: Queries, id: string): Promise<void> {
  const stored = await findPlan(tx, id);
  if (!stored) return;
  // Before any message: who renders a thread of an alert holds the alert first.
  const alert = stored.alert ? await lockAlert(tx, stored.alert) : null;
  const endedAt = alert?.status === 'resolved' ? alert.resolvedAt : null;
  const votes = await votesOn(tx, id);
  if (stored.plan.policy || neverBegan(stored)) await tellRequest(house, tx, stored, votes, endedAt);
  if (stored.beganAt) await tellRun(house, tx, stored, votes, endedAt);
  if (stored.alert) await tellAlert(house, tx, stored.alert);
}

/** What nobody had to approve is told by its run, and by this where it came to none. */
function neverBegan({ state, beganAt }: StoredPlan): boolean {
  return beganAt === null && (state === 'void' || state === 'expired');
}

/** A plan that was asked for outside a thread starts one: its first message has the key of its origin. */
function progressKey(stored: StoredPlan): string {
  return `${stored.plan.policy ? 'progress' : 'plan'}:${stored.id}`;
}

async function tellRun(
  house: Pick<House, 'catalogue'>,
  tx: Queries,
  stored: StoredPlan,
  votes: readonly Vote[],
  endedAt: string | null,
): Promise<void> {
  const root = originOfPlan(stored);
  const thread = threadOf(root);
  const records = await stepsOf(tx, stored.id);
  const now = (await databaseTime(tx)).toISOString();
  const progress = progressOf(house, stored, votes, records, now);
  const key = progressKey(stored);
  await say(tx, { key, ...standsIn(root, key), message: progressMessage(progress) });
  await tellHands(house, tx, stored, records, now);
  const cutOff = records.find((record) => record.endedAt === null || record.late);
  if ((stored.state === 'unknown' || stored.outcome.settled) && cutOff) {
    await say(tx, {
      key: `unknown:${stored.id}`,
      ...thread,
      message: unknownMessage(unknownOf(stored, cutOff, now)),
      importance: 0,
    });
  }
  if (stored.outcome.after?.length && stored.outcome.before && !cutOff) {
    const proof = { ...proofOf(house, stored, records, now), ...(endedAt ? { over: true as const } : {}) };
    await say(tx, { key: `proof:${stored.id}`, ...thread, message: proofMessage(proof) });
  }
}

function progressOf(
  house: Pick<House, 'catalogue'>,
  stored: StoredPlan,
  votes: readonly Vote[],
  records: readonly StepRecord[],
  now: string,
): ProgressView {
  const verify = verifyOf(house, stored.plan);
  const verifying = stored.state === 'done' && verify !== null && stored.outcome.after === undefined;
  return {
    id: stored.id,
    digest: stored.digest,
    plan: stored.plan,
    by: stored.plan.requester,
    approvedBy: supporters(votes),
    ...glassOf(stored),
    state: verifying ? 'verifying' : (stored.state as ProgressView['state']),
    steps: stored.plan.steps.map((step, index) => stepProgress(house, stored, step, records[index])),
    beganAt: stored.beganAt ?? stored.madeAt,
    endedAt: records.length > 0 ? (records.at(-1)?.endedAt ?? null) : stored.endedAt,
    amounts: amountsOf(stored, records),
    verify,
    criteria: stored.plan.policy ? [] : (stored.outcome.criteria ?? []),
    ...lateOf(stored),
    ref: `plan:${stored.id}`,
    undo: verify ? null : undoFor(house, stored.plan),
    reason: stored.reason,
    now,
  };
}

function stepProgress(
  house: Pick<House, 'catalogue'>,
  stored: StoredPlan,
  step: PlannedStep,
  record: StepRecord | undefined,
): StepProgress {
  const title = step.what;
  if (!record) return { title, state: 'waiting' };
  const { beganAt, endedAt, by, says } = record;
  if (endedAt === null && stored.state !== 'running') return { title, state: 'unknown' };
  if (endedAt === null && !isByHand(step)) return { title, state: 'running' };
  if (endedAt === null) {
    const { role, until } = handOf(house, stored, step, beganAt);
    return { title, state: 'by-hand', hand: { role: role?.title ?? null, until } };
  }
  return {
    title,
    state: record.ok ? 'done' : 'failed',
    ...(says ? { says } : {}),
    ...(by ? { by: { person: by, at: endedAt } } : {}),
    tookMs: Date.parse(endedAt) - Date.parse(beganAt),
  };
}

function verifyOf(house: Pick<House, 'catalogue'>, plan: Plan): ProgressView['verify'] {
  const runbook = house.catalogue().services.get(plan.service)?.runbooks.get(plan.runbook);
  const action = runbook?.actions.find((one) => one.name === plan.action);
  if (!runbook || !action?.verify) return null;
  const titles = runbook.checks.filter((check) => action.verify?.checks.includes(check.name));
  return {
    checks: titles.map((check) => inTitle(check.title, plan.parameters)),
    withinMs: action.verify.withinMs,
  };
}

function unknownOf(
  stored: StoredPlan,
  cutOff: StepRecord,
  now: string,
): Parameters<typeof unknownMessage>[0] {
  return {
    id: stored.id,
    digest: stored.digest,
    plan: stored.plan,
    step: stored.plan.steps[cutOff.index]?.what ?? stored.plan.title,
    beganAt: cutOff.beganAt,
    seen: cutOff.endedAt ? { ok: cutOff.ok ?? false, says: cutOff.says ?? '', at: cutOff.endedAt } : null,
    known: (stored.outcome.after ?? []).map(({ title, status, says }) => ({ title, status, says })),
    settled: stored.outcome.settled ?? null,
    now,
  };
}

function proofOf(
  house: Pick<House, 'catalogue'>,
  stored: StoredPlan,
  records: readonly StepRecord[],
  now: string,
): Parameters<typeof proofMessage>[0] {
  const { before = [], after = [], healed = false, picture } = stored.outcome;
  const { plan } = stored;
  return {
    plan,
    ref: `plan:${stored.id}`,
    done: stored.state === 'done',
    healed,
    amounts: amountsOf(stored, records),
    beforeAt: before[0]?.at ?? stored.madeAt,
    afterAt: after[0]?.at ?? stored.madeAt,
    checks: after.map((check) => ({
      title: check.title,
      before: before.find((then) => then.check === check.check) ?? null,
      after: check,
    })),
    actions: healed ? [] : whatFits(house, plan, after),
    undo: undoFor(house, plan),
    picture: picture ?? null,
    tookMs: Date.parse(stored.endedAt ?? stored.madeAt) - Date.parse(stored.beganAt ?? stored.madeAt),
    now,
  };
}

/** The other actions that are suggested by what still fails. */
function whatFits(
  house: Pick<House, 'catalogue'>,
  plan: Plan,
  after: readonly VerifiedCheck[],
): OfferedAction[] {
  const [service, runbook] = lookedUp(house, plan);
  const fits = runbook.actions.filter(
    (action) => action.name !== plan.action && action['suggest-when']?.some((check) => ailing(after, check)),
  );
  const names = fits.map(({ name }) => name);
  return offered(service, runbook, names, plan.parameters);
}

function lookedUp(house: Pick<House, 'catalogue'>, plan: Plan) {
  const service = serviceOrGone(house, plan.service);
  return [service, runbookOrGone(house, plan.service, plan.runbook)] as const;
}

/** The action that takes the plan's back. */
function undoFor(house: Pick<House, 'catalogue'>, plan: Plan): OfferedAction | null {
  const [service, runbook] = lookedUp(house, plan);
  const action = runbook.actions.find(({ name }) => name === plan.action);
  const undoing = action && undoingAction(runbook, action);
  return (undoing && offered(service, runbook, [undoing.name], plan.parameters)[0]) ?? null;
}

function ailing(after: readonly VerifiedCheck[], check: string): boolean {
  return after.some((one) => one.check === check && one.status === 'failing');
}

export function supporters(votes: readonly Vote[]): Person[] {
  return votes.filter((vote) => vote.vote === 'approve').map(({ team, user }) => ({ team, user }));
}
