import type { Queries } from '../store/database.ts';
import { plansIn } from '../store/plans.ts';
import { newestRuns } from '../store/threads.ts';
import { tellAlert } from './alert-message.ts';
import { tellDiagnosis } from './diagnosis-message.ts';
import { tellEscalations } from './escalation-message.ts';
import type { House } from './house.ts';
import { tellPlan } from './plan-message.ts';

/** Of more plans than that the oldest say what they said. */
const PLANS = 50;

/**
 * Renders an alert's message and all of its thread that offers something to start, or says what is to come: on its end
 * the buttons go, and when it fires again they come back.
 */
export async function tellThread(house: Pick<House, 'catalogue'>, tx: Queries, id: string): Promise<void> {
  await tellAlert(house, tx, id);
  for (const run of await newestRuns(tx, `alert:${id}`)) await tellDiagnosis(house, tx, run, run.result);
  for (const { id: plan, state, outcome } of await plansIn(tx, { alert: id, limit: PLANS })) {
    if (state === 'waiting' || outcome.healed === false) await tellPlan(house, tx, plan);
  }
  await tellEscalations(tx, id);
}
