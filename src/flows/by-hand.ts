import type { Transaction } from 'kysely';
import { samePerson } from '../approval/person.ts';
import { byHandOf, isByHand } from '../catalogue/by-hand.ts';
import { ANSWERS, nobodySaid, notByHand } from '../report/answers.ts';
import { databaseTime } from '../store/clock.ts';
import { type StepRecord, stepsOf } from '../store/plan-steps.ts';
import { lockPlan, type StoredPlan } from '../store/plans.ts';
import type { Tables } from '../store/schema.ts';
import { orGiveUp } from './give-up.ts';
import { type House, serviceOrGone } from './house.ts';
import { begin, endOf, type StepEnd, whyTooLate, writeEnd } from './perform.ts';
import { voidIfRequesterGone } from './requester.ts';
import type { Answer, HandRequest } from './requests.ts';
import { tellFlow } from './votes.ts';

type Tx = Transaction<Tables>;
const no = (says: string) => ({ ok: false, says }) as const;

/** A step that a person does: the run waits for their word, across restarts, at most as long as the runbook says. */
export async function waitForHand(house: House, plan: StoredPlan, index: number): Promise<StepEnd> {
  for (;;) {
    const { end, leftMs } = await house.durable.step(`step ${index + 1}, by hand`, () =>
      orGiveUp<Waiting>(house, plan.id, () => look(house, plan, index), { end: 'unknown', leftMs: 0 }),
    );
    if (end === 'ok') takeNote(house, plan, index);
    if (end) return end;
    await house.durable.told('changed', leftMs);
  }
}

/** What a person did may be the end of a practised fault. */
function takeNote(house: House, { plan }: StoredPlan, index: number): void {
  const { service, runbook, action } = plan;
  house.steps.done?.(serviceOrGone(house, service).environment, { runbook, action, index });
}

interface Waiting {
  /** null while the step waits. */
  end: StepEnd | null;
  leftMs: number;
}

/** How the step stands; begins it where it has not begun, and ends it where its time is over. */
async function look(house: House, plan: StoredPlan, index: number): Promise<Waiting> {
  if (index === 0 && (await voidIfRequesterGone(house, plan))) return { end: 'void', leftMs: 0 };
  if ((await begin(house, plan, index)) !== null) {
    const late = await whyTooLate(house, plan);
    if (late) await house.db.transaction().execute((tx) => fail(house, tx, plan, index, late));
  }
  const leftMs = await house.db.transaction().execute(async (tx) => {
    const step = await waitingStep(tx, plan.id, index);
    return step ? leftOf(house, tx, plan, step) : 0;
  });
  house.wake();
  return leftMs > 0 ? { end: null, leftMs } : { end: await endOf(house, plan, index), leftMs };
}

/** The step if a run waits for it, alone with it until the transaction ends. */
async function waitingStep(tx: Tx, id: string, index: number): Promise<StepRecord | null> {
  const stored = await lockPlan(tx, id);
  const step = (await stepsOf(tx, id)).find((one) => one.index === index);
  return stored?.state === 'running' && step?.endedAt === null ? step : null;
}

/** How long it may still take; a step whose time is over ends here. */
async function leftOf(house: House, tx: Tx, stored: StoredPlan, step: StepRecord): Promise<number> {
  const ends = handEndsAt(stored, step);
  if (ends === null) return 0;
  const leftMs = ends - (await databaseTime(tx)).getTime();
  const withinMs = ends - Date.parse(step.beganAt);
  if (leftMs <= 0) await fail(house, tx, stored, step.index, nobodySaid(withinMs));
  return leftMs;
}

/** Until when a person may say that they did it, in milliseconds since 1970; null for a step that nobody does by hand. */
export function handEndsAt({ plan }: StoredPlan, step: Pick<StepRecord, 'index' | 'beganAt'>): number | null {
  const planned = plan.steps[step.index];
  if (!planned || !isByHand(planned)) return null;
  return Date.parse(step.beganAt) + byHandOf(planned, plan.parameters).withinMs;
}

function fail(house: House, tx: Tx, stored: StoredPlan, index: number, says: string): Promise<void> {
  return writeEnd(house, tx, stored, index, { ok: false, says, evidence: [] });
}

/** A member says that a step is done, or why it cannot be done. The first word counts. */
export async function byHand(house: House, request: HandRequest): Promise<Answer> {
  if (!request.done && !request.reason?.trim()) return no(ANSWERS.needsHandReason);
  const account = await house.people.account(request.by, { fresh: true });
  if (account.kind !== 'member') return no(ANSWERS.notAllowed);
  const answer = await house.db.transaction().execute((tx) => said(house, tx, request));
  house.wake();
  return answer;
}

async function said(
  house: House,
  tx: Tx,
  { plan: id, digest, step: index, done, reason = '', by }: HandRequest,
): Promise<Answer> {
  const stored = await lockPlan(tx, id);
  const planned = stored?.plan.steps[index];
  if (!stored || !planned || stored.digest !== digest || !isByHand(planned)) return no(ANSWERS.noPlan);
  const step = await waitingStep(tx, id, index);
  if (!step) return saidBefore(tx, id, index, { by, done });
  await tellFlow(house, tx, stored);
  if ((await leftOf(house, tx, stored, step)) <= 0) return no(ANSWERS.handTooLate);
  await writeEnd(house, tx, stored, index, {
    ok: done,
    says: done ? '' : notByHand(reason.trim()),
    evidence: [],
    by,
  });
  return { ok: true };
}

/** Whoever says the same twice is not told off. */
async function saidBefore(
  tx: Tx,
  id: string,
  index: number,
  { by, done }: Pick<HandRequest, 'by' | 'done'>,
): Promise<Answer> {
  const step = (await stepsOf(tx, id)).find((one) => one.index === index);
  const same = step?.by && samePerson(step.by, by) && step.ok === done;
  return same ? { ok: true } : no(ANSWERS.handOver);
}
