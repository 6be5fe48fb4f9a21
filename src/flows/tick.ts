import type { Transaction } from 'kysely';
import { handsOf } from '../catalogue/by-hand.ts';
import { ANSWERS } from '../report/answers.ts';
import { findRun } from '../store/runs.ts';
import type { Tables } from '../store/schema.ts';
import { addTick, lockChecklist, removeTick } from '../store/ticks.ts';
import { tellAlert } from './alert-message.ts';
import { tellDiagnosis } from './diagnosis-message.ts';
import { type House, runbookOrGone } from './house.ts';
import type { Answer, TickRequest } from './requests.ts';

/** Ticks off what a person has looked at, or takes that back. Doing so again changes nothing: the first tick stays. */
export async function tick(house: House, request: TickRequest): Promise<Answer> {
  const { kind } = await house.people.account(request.by);
  if (kind !== 'member') return { ok: false, says: ANSWERS.onlyMembersTick };
  const answer = await house.db.transaction().execute((tx) => change(house, tx, request));
  house.wake();
  return answer;
}

async function change(house: House, tx: Transaction<Tables>, request: TickRequest): Promise<Answer> {
  const list = await lockChecklist(tx, request);
  const hands = list ? handsOf(runbookOrGone(house, list.service, list.runbook)) : [];
  if (!list || !hands.some(({ name }) => name === request.check))
    return { ok: false, says: ANSWERS.notOnList };
  if (request.done) await addTick(tx, list, request.check, request.by);
  else await removeTick(tx, list, request.check);
  const run = await findRun(tx, list.run);
  if (run) await tellDiagnosis(house, tx, run, run.result);
  if (run?.alert) await tellAlert(house, tx, run.alert);
  return { ok: true };
}
