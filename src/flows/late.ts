import { isDeepStrictEqual } from 'node:util';
import { isByHand } from '../catalogue/by-hand.ts';
import type { RunbookAction } from '../catalogue/catalogue.ts';
import { undoingAction } from '../catalogue/undo.ts';
import type { LateLook } from '../report/states.ts';
import { findAlert } from '../store/alerts.ts';
import { databaseTime } from '../store/clock.ts';
import type { Queries } from '../store/database.ts';
import { storable } from '../store/json.ts';
import { plansIn } from '../store/plans.ts';
import type { PlanState } from '../store/schema.ts';
import { isFreshlySuggested } from '../store/threads.ts';
import { type House, runbookOrGone, serviceOrGone } from './house.ts';
import { find, type Look } from './observe.ts';
import { originOf } from './origin.ts';
import type { LateRequest, OriginView } from './requests.ts';

const RAN: readonly PlanState[] = ['running', 'done', 'failed', 'unknown'];
const LOOKED_BACK = 20;

/**
 * A button outlives what it was drawn for: an old client, an edit that waits for Slack. What it starts is late once its
 * alert has ended; where users may notice, also once no fresh diagnosis of the thread suggests it. Taking back what ran
 * in the thread is never late.
 */
export async function isLate(house: Pick<House, 'db' | 'catalogue'>, asked: LateRequest): Promise<boolean> {
  return (await lateness(house, asked)) !== null;
}

/**
 * What the action's checks say now, where it is late; null where it is not, or where nobody has to be asked since
 * there is nothing to look at. Never rejects for a check.
 */
export async function lookAgain(house: House, asked: LateRequest): Promise<LateLook | null> {
  const late = await lateness(house, asked);
  if (!late) return null;
  const { look, action, endedAt } = late;
  const named = [...(action.verify?.checks ?? []), ...(action['suggest-when'] ?? [])];
  const probes = look.runbook.checks.filter(({ name, step }) => named.includes(name) && !isByHand(step));
  const found = await Promise.all(probes.map((check) => find(house, look, check)));
  if (endedAt === null && found.length === 0) return null;
  const checks = found.map(({ title, status, says }) => ({ title, status, says }));
  const isWell = checks.every(({ status }) => status === 'healthy');
  return storable({
    endedAt,
    checks,
    needsReason: endedAt !== null || isWell,
    at: (await databaseTime(house.db)).toISOString(),
  });
}

interface Lateness {
  look: Look;
  action: RunbookAction;
  /** When its alert ended. */
  endedAt: string | null;
}

async function lateness(
  house: Pick<House, 'db' | 'catalogue'>,
  asked: LateRequest,
): Promise<Lateness | null> {
  const origin = asked.origin && !asked.byClock ? await originOf(house.db, asked.origin) : null;
  const runbook = runbookOrGone(house, asked.service, asked.runbook);
  const action = runbook.actions.find(({ name }) => name === asked.action);
  if (!origin || !action) return null;
  const endedAt = await endOf(house.db, origin);
  const isFresh = action.risk === 'safe' || (await isFreshlySuggested(house.db, origin, asked));
  if (endedAt === null && isFresh) return null;
  if (await takesBack(house, asked, origin)) return null;
  const service = serviceOrGone(house, asked.service);
  return { look: { service, runbook, parameters: asked.parameters }, action, endedAt };
}

async function endOf(db: Queries, { alert }: OriginView): Promise<string | null> {
  const found = alert === null ? null : await findAlert(db, alert);
  return found?.status === 'resolved' ? (found.resolvedAt ?? found.startsAt) : null;
}

/** Whether it takes back the newest thing that ran in the thread, of what the two of them do and undo. */
async function takesBack(
  house: Pick<House, 'db' | 'catalogue'>,
  asked: LateRequest,
  { ref }: OriginView,
): Promise<boolean> {
  const runbook = runbookOrGone(house, asked.service, asked.runbook);
  const isUndoneByIt = (name: string) => {
    const action = runbook.actions.find((one) => one.name === name);
    return action !== undefined && undoingAction(runbook, action)?.name === asked.action;
  };
  const ran = (await plansIn(house.db, { origin: ref, states: RAN, limit: LOOKED_BACK })).filter(
    ({ plan }) =>
      plan.runbook === asked.runbook &&
      plan.service === asked.service &&
      isDeepStrictEqual(plan.parameters, asked.parameters),
  );
  const newest = ran.find(({ plan }) => plan.action === asked.action || isUndoneByIt(plan.action));
  return newest !== undefined && isUndoneByIt(newest.plan.action);
}
