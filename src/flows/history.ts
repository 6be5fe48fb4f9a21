import type { HistoryRow } from '../report/runbook.ts';
import { PLAN, signed } from '../report/signs.ts';
import { alertsNamed } from '../store/alerts.ts';
import { plansIn, type StoredPlan } from '../store/plans.ts';
import type { PlanState } from '../store/schema.ts';
import type { House } from './house.ts';

const ROWS = 20;
const RAN: readonly PlanState[] = ['running', 'done', 'failed', 'unknown'];

/** What was run of a runbook, in earnest and in drills, newest first, before what its file says of earlier tests. */
export async function historyOf(house: House, service: string, name: string): Promise<HistoryRow[]> {
  const plans = await plansIn(house.db, { runbook: { service, name }, states: RAN, limit: ROWS });
  const alerts = await alertsNamed(
    house.db,
    plans.flatMap(({ alert }) => alert ?? []),
  );
  const ran = plans.map((stored) => rowOf(stored, alerts.get(stored.alert ?? '')?.details.drill ?? null));
  const tested = house.catalogue().services.get(service)?.runbooks.get(name)?.history ?? [];
  const before = tested.map(({ date, by, scenario, result, notes = '' }) => ({
    ...{ at: date, by, scenario, result, notes },
  }));
  return [...ran, ...before.sort((a, b) => b.at.localeCompare(a.at))];
}

function rowOf(stored: StoredPlan, drill: string | null): HistoryRow {
  const { plan, beganAt, madeAt } = stored;
  return {
    at: beganAt ?? madeAt,
    by: plan.requester,
    scenario: drill === null ? plan.title : `${plan.title}, in the drill “${drill}”`,
    result: signed(PLAN[stored.state]),
    notes: notesOf(stored),
  };
}

function notesOf({ reason, outcome: { healed, before = [] } }: StoredPlan): string {
  if (healed === undefined) return reason ?? '';
  const wasIll = before.some(({ status }) => status !== 'healthy');
  if (healed) return wasIll ? 'healed' : 'healthy before and after';
  return wasIll ? 'did not heal' : 'healthy before, and not after';
}
