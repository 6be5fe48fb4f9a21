import type { Transaction } from 'kysely';
import { isByHand } from '../catalogue/by-hand.ts';
import { durationMs } from '../catalogue/schema-parts.ts';
import { GuardiaError, messageOf } from '../errors.ts';
import { stepChanges } from '../plan/differences.ts';
import { canonicalJson } from '../plan/digest.ts';
import type { Plan } from '../plan/plan.ts';
import { formatDuration } from '../report/figures.ts';
import type { Step } from '../steps/step-kind.ts';
import { record } from '../store/audit.ts';
import { persistently } from '../store/away.ts';
import { type HeldStep, raiseFences } from '../store/fence.ts';
import { beginStep, endStep, idleMs, noteCutOff, type StepEnding, stepsOf } from '../store/plan-steps.ts';
import { findPlan, lockPlan, move, type StoredPlan } from '../store/plans.ts';
import type { Tables } from '../store/schema.ts';
import { beforeEffectOf } from './before-effect.ts';
import { type House, runbookOf, serviceOf } from './house.ts';
import { tellPlan } from './plan-message.ts';
import { voidIfRequesterGone } from './requester.ts';

/** `void`: nothing of the plan had begun when it turned out that it may not run. */
export type StepEnd = 'ok' | 'failed' | 'unknown' | 'void';

/**
 * Performs one step of a running plan, once. That it begins is written down first, in one transaction with its audit
 * entry: if that cannot be written the step does not run, and a step found begun but not ended is never repeated.
 */
export async function performOnce(house: House, plan: StoredPlan, index: number): Promise<StepEnd> {
  if (index === 0 && (await voidIfRequesterGone(house, plan))) return 'void';
  const fence = await begin(house, plan, index);
  if (fence === null) return takeOver(house, plan, index);
  const { unconfirmed, ...end } = await perform(house, plan, { plan: plan.id, index, fence });
  if (!end.ok && house.durable.leftRunning()) return 'unknown';
  if (unconfirmed) {
    await persistently(() => noteCutOff(house.db, plan.id, index, end.says));
    return 'unknown';
  }
  await persistently(() => house.db.transaction().execute((tx) => writeEnd(house, tx, plan, index, end)));
  house.wake();
  return end.ok ? 'ok' : 'failed';
}

/**
 * A step's end, with its audit entry and its message, or none of them. One that comes after the run has ended, from a
 * replica that others had given up, is marked as late and takes no end back.
 */
export async function writeEnd(
  house: House,
  tx: Transaction<Tables>,
  { id, digest }: StoredPlan,
  index: number,
  end: StepEnding,
): Promise<void> {
  const late = (await lockPlan(tx, id))?.state === 'running' ? {} : ({ late: true } as const);
  if (!(await endStep(tx, id, index, { ...end, ...late }))) return;
  const details = { index, ok: end.ok, says: end.says, ...late };
  await record(tx, { event: 'step-ended', by: end.by ?? null, plan: id, digest, details });
  await tellPlan(house, tx, id);
}

/**
 * Writes down that a step begins, and gives the plan's fence; null when it had begun before, or its plan does not run
 * (any more).
 */
export async function begin(house: House, plan: StoredPlan, index: number): Promise<number | null> {
  const fence = await house.db.transaction().execute(async (tx) => {
    const locked = await lockPlan(tx, plan.id);
    if (locked?.state !== 'running') return null;
    if (!(await beginStep(tx, plan.id, index))) return null;
    const details = { index, what: plan.plan.steps[index]?.what ?? '' };
    await record(tx, { event: 'step-begun', by: null, plan: plan.id, digest: plan.digest, details });
    await tellPlan(house, tx, plan.id);
    return locked.fence;
  });
  house.wake();
  return fence;
}

/** How a step came out that another process had begun, which from here on does nothing more. */
async function takeOver(house: House, plan: StoredPlan, index: number): Promise<StepEnd> {
  await raiseFences(house.db, [plan.request]);
  return endOf(house, plan, index);
}

/** How a step that had begun before came out, as far as it is written down. */
export async function endOf(house: House, plan: StoredPlan, index: number): Promise<StepEnd> {
  const before = (await stepsOf(house.db, plan.id)).find((step) => step.index === index);
  if (before?.endedAt == null) return 'unknown';
  return before.ok ? 'ok' : 'failed';
}

/**
 * What was approved was to happen then: after a long absence people look again before anything goes on. However long
 * the step before it took, its end is what counts. Null when it is not too late.
 */
export async function whyTooLate(house: House, { id, plan }: StoredPlan): Promise<string | null> {
  const idle = await idleMs(house.db, id);
  if (idle <= durationMs(plan.policy?.['begin-within'] ?? '5m')) return null;
  return `It was not run: it was to begin ${formatDuration(idle)} ago. Look again, then ask for it anew.`;
}

async function perform(house: House, stored: StoredPlan, held: HeldStep) {
  const { plan } = stored;
  const { index } = held;
  const step = plan.steps[index];
  if (!step) throw new Error(`the plan has no step ${index}`);
  try {
    const late = await whyTooLate(house, stored);
    if (late) throw new GuardiaError('conflict', late);
    await refuseChanged(house, plan, index);
    const { environment } = serviceOf(house, plan.service);
    const { actions } = runbookOf(house, plan.service, plan.runbook);
    const action = actions.find((one) => one.name === plan.action);
    const done = await house.steps.perform(environment, step, {
      parameters: plan.parameters,
      deadlineMs: action?.deadlineMs ?? 300_000,
      action: { runbook: plan.runbook, action: plan.action, index },
      beforeEffect: beforeEffectOf(house, held),
    });
    return { ok: true, unconfirmed: false, ...done };
  } catch (error) {
    house.logger.warn({ err: error, plan: plan.action, index }, 'a step failed');
    const unconfirmed = error instanceof GuardiaError && error.unconfirmed;
    return { ok: false, unconfirmed, says: messageOf(error), evidence: [] };
  }
}

/**
 * While people did the steps before it by hand, hours may have passed: what was approved is looked at once more. Where a
 * step of ours came first the target has changed by that, and the step itself is bound to what it was planned for.
 */
async function refuseChanged(house: House, plan: Plan, index: number): Promise<void> {
  const step = plan.steps[index];
  if (!step || index === 0 || !plan.steps.slice(0, index).every(isByHand)) return;
  const { environment } = serviceOf(house, plan.service);
  const written = runbookOf(house, plan.service, plan.runbook).actions.find(
    ({ name }) => name === plan.action,
  );
  // As the runbook writes it: the keys of what was stored stand in another order.
  const same = written?.steps.find((one) => isSame(one, step)) ?? { kind: step.kind, input: step.input };
  const action = { runbook: plan.runbook, action: plan.action, index };
  const options = { parameters: plan.parameters, deadlineMs: LOOK_MS, action };
  const [fingerprint, { amount, count }] = await Promise.all([
    house.steps.fingerprint(environment, same, options),
    house.steps.preview(environment, same, options),
  ]);
  const much = { ...(amount === undefined ? {} : { amount }), ...(count === undefined ? {} : { count }) };
  const now = { kind: step.kind, input: step.input, what: step.what, fingerprint, ...much };
  const changed = stepChanges(step, now, (before, other) =>
    house.steps.drift(step, before.fingerprint, other.fingerprint),
  );
  if (changed.length > 0)
    throw new GuardiaError(
      'conflict',
      `it is not what was approved any more: ${changed.join('; ')}; nothing was done`,
    );
}

function isSame(one: Step, other: Step): boolean {
  return one.kind === other.kind && canonicalJson(one.input ?? null) === canonicalJson(other.input ?? null);
}

const LOOK_MS = 15_000;

/** Ends a run: done, failed, or with an end that nobody saw. */
export async function endRun(house: House, id: string, end: StepEnd, index: number): Promise<void> {
  const state = end === 'ok' ? 'done' : end;
  await house.db.transaction().execute(async (tx) => {
    const why = end === 'ok' ? null : (await stepsOf(tx, id)).find((step) => step.index === index)?.says;
    if (!(await move(tx, id, ['running'], state, why ? { reason: why } : {}))) return;
    const stored = await findPlan(tx, id);
    if (end === 'unknown')
      await record(tx, {
        event: 'unknown',
        by: null,
        plan: id,
        digest: stored?.digest ?? '',
        details: { index },
      });
    await tellPlan(house, tx, id);
  });
  house.observed.plan(state);
  house.wake();
}
