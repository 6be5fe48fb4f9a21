import { byHandOf, isByHand } from '../catalogue/by-hand.ts';
import type { RunbookCheck } from '../catalogue/catalogue.ts';
import { inTitle } from '../catalogue/titles.ts';
import type { Criterion } from '../report/states.ts';
import { databaseTime } from '../store/clock.ts';
import { storable } from '../store/json.ts';
import { type House, runbookOrGone, serviceOrGone } from './house.ts';
import type { PlanRequested } from './make-plan.ts';
import { find, type Look } from './observe.ts';

/**
 * The checks that justify an action, as they are at this moment: shown to whoever asks and whoever approves. They
 * decide nothing: an action whose criteria are not met is not refused. Never rejects.
 */
export async function lookAtCriteria(
  house: House,
  asked: Pick<PlanRequested, 'service' | 'runbook' | 'action' | 'parameters'>,
): Promise<Criterion[]> {
  const look: Look = {
    service: serviceOrGone(house, asked.service),
    runbook: runbookOrGone(house, asked.service, asked.runbook),
    parameters: asked.parameters,
  };
  const named = look.runbook.actions.find(({ name }) => name === asked.action)?.criteria ?? [];
  const checks = look.runbook.checks.filter(({ name }) => named.includes(name));
  return storable(await Promise.all(checks.map((check) => lookAt(house, look, check))));
}

async function lookAt(house: House, look: Look, check: RunbookCheck): Promise<Criterion> {
  if (isByHand(check.step)) {
    const title = inTitle(check.title, look.parameters);
    const { does } = byHandOf(check.step, look.parameters);
    return { title, met: 'by-hand', says: does, limit: null, at: await now(house) };
  }
  const { title, status, says, limit = null } = await find(house, look, check);
  const informs = status === 'healthy' && check.warning === undefined && check.failing === undefined;
  return { title, met: informs ? 'informs' : MET[status], says, limit, at: await now(house) };
}

const MET = { failing: 'met', warning: 'nearly', unknown: 'unknown', healthy: 'not-met' } as const;

async function now({ db }: House): Promise<string> {
  return (await databaseTime(db)).toISOString();
}
