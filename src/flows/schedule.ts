import type { Person } from '../approval/person.ts';
import type { Runbook } from '../catalogue/catalogue.ts';
import { parametersFromLabels } from '../catalogue/parameters.ts';
import { dueBetween } from '../catalogue/schedule.ts';
import { databaseTime } from '../store/clock.ts';
import { findRun } from '../store/runs.ts';
import { begunAt } from '../store/status.ts';
import { diagnoseFlow } from './diagnose.ts';
import { type House, runbookOf, serviceOf } from './house.ts';
import { remediateFlow } from './remediate.ts';
import type { Answer, RemediateRequest } from './requests.ts';
import { askDiagnosis } from './start.ts';

/** What was missed for longer is left out: nobody wants Sunday's maintenance on Wednesday at noon. */
const LATE_MS = 2 * 3_600_000;

/**
 * Asks for every runbook whose time has come. The time is part of the request, so that it is asked for once, however
 * many replicas there are and however often they look. What was due before Guardia was there is not made up for.
 */
export async function runDue(house: House): Promise<void> {
  const now = await databaseTime(house.db);
  const since = new Date(Math.max(now.getTime() - LATE_MS, (await begunAt(house.db)).getTime()));
  for (const { runbook, dueAt } of dueBetween(house.catalogue(), since, now)) {
    await askFor(house, runbook, dueAt.toISOString());
  }
}

/** The clock's hand moved by a person or by practice: the scheduled runbook runs now. */
export async function runNow(house: House, service: string, name: string, id: string): Promise<Answer> {
  await askFor(house, runbookOf(house, service, name), `now:${id}`);
  return { ok: true };
}

async function askFor(house: House, runbook: Runbook, when: string): Promise<void> {
  const { service, name } = runbook;
  const { parameters } = parametersFromLabels(runbook, { labels: {} });
  const place = { channel: serviceOf(house, service).channel };
  const asked = { service, runbook: name, parameters, by: null, place };
  const run = await askDiagnosis(house, asked, `schedule:${service}/${name}:${when}`, null);
  if (run) house.logger.info({ runbook: `${service}/${name}`, when, run }, 'the clock began a runbook');
}

/** A scheduled runbook: its diagnosis, then the safe actions that it runs by itself, one after the other. */
export async function scheduledFlow(house: House, run: string): Promise<void> {
  await diagnoseFlow(house, run);
  const wanted = await house.durable.step('what the clock runs', () => wantedBy(house, run));
  for (const { request, at } of wanted) {
    await remediateFlow(house, request, `schedule:${run}:${request.action}`, at);
  }
}

interface Wanted {
  request: RemediateRequest;
  /** ISO 8601, UTC. */
  at: string;
}

async function wantedBy(house: House, id: string): Promise<Wanted[]> {
  const run = await findRun(house.db, id);
  if (!run) return [];
  const { service, runbook, parameters, place } = run.asked;
  const actions = house.catalogue().services.get(service)?.runbooks.get(runbook)?.schedule?.runs ?? [];
  const at = (await databaseTime(house.db)).toISOString();
  return actions.map((action) => ({
    request: {
      service,
      runbook,
      parameters,
      place,
      action,
      by: guardia(house),
      origin: `run:${id}`,
      byClock: true,
    },
    at,
  }));
}

function guardia({ people }: House): Person {
  return people.self();
}
