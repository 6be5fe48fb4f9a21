import type { Service } from '../catalogue/catalogue.ts';
import { alertMessage } from '../report/alert.ts';
import type { AlertState, Remedy } from '../report/states.ts';
import { lockAlert, type StoredAlert } from '../store/alerts.ts';
import type { Queries } from '../store/database.ts';
import { say } from '../store/messages.ts';
import { plansIn, type StoredPlan } from '../store/plans.ts';
import { votesOn } from '../store/votes.ts';
import { type House, serviceOrGone } from './house.ts';
import { nextEscalation, offered } from './offers.ts';

/** States the alert's message anew from what is stored: the only place that does. */
export async function tellAlert(house: Pick<House, 'catalogue'>, tx: Queries, id: string): Promise<void> {
  const alert = await lockAlert(tx, id);
  if (!alert) return;
  const service = serviceOrGone(house, alert.service);
  const message = alertMessage(stateOf(alert, service, await remediesOf(tx, id)));
  await say(tx, { key: `alert:${id}`, channel: alert.channel, message, importance: 0 });
}

function stateOf(alert: StoredAlert, service: Service, remedies: readonly Remedy[]): AlertState {
  const runbook = alert.runbook ? service.runbooks.get(alert.runbook) : undefined;
  const { details, diagnosis } = alert;
  const firing = alert.status === 'firing';
  const nextCall = runbook && firing && diagnosis && !alert.escalatedAt;
  return {
    ref: `alert:${alert.id}`,
    title: runbook?.title ?? details.title,
    service,
    runbook: runbook ?? null,
    status: alert.status,
    severity: alert.severity,
    startsAt: alert.startsAt,
    resolvedAt: alert.resolvedAt,
    labels: details.labels,
    summary: details.summary,
    count: details.count,
    cut: details.cut,
    repeats: alert.repeats,
    acknowledgedBy: alert.acknowledgedBy,
    diagnosis,
    actions: runbook && diagnosis && firing ? offered(runbook, diagnosis.suggests, alert.parameters) : [],
    remedies,
    canEscalate: (runbook?.escalate.length ?? 0) > 0,
    escalates: nextCall ? comingCall(alert, service) : null,
    escalated: alert.escalatedAt ? { to: calledRole(alert, service), at: alert.escalatedAt } : null,
    runbooks: runbook ? [] : [...service.runbooks.values()].slice(0, 5),
    links: details.links,
    now: new Date().toISOString(),
  };
}

/** When nothing changes, the first rule whose check has the state it waits for calls its role. */
function comingCall(alert: StoredAlert, service: Service): AlertState['escalates'] {
  const runbook = alert.runbook ? service.runbooks.get(alert.runbook) : undefined;
  if (!runbook || !alert.diagnosis) return null;
  return nextEscalation(runbook, service.roles, {
    at: alert.diagnosis.at,
    findings: alert.diagnosis.findings,
  });
}

function calledRole(alert: StoredAlert, service: Service): string {
  const role = alert.escalatedTo ?? service.owner;
  return service.roles[role]?.title ?? role;
}

/** What was tried in the alert's thread, oldest first. */
export async function remediesOf(db: Queries, alert: string): Promise<Remedy[]> {
  const plans = await plansIn(db, { alert, limit: 10 });
  return Promise.all(plans.reverse().map((plan) => remedyOf(db, plan)));
}

async function remedyOf(db: Queries, stored: StoredPlan): Promise<Remedy> {
  const votes = stored.plan.policy ? await votesOn(db, stored.id) : [];
  return {
    title: stored.plan.title,
    risk: stored.plan.risk,
    state: stored.state,
    at: stored.endedAt ?? stored.beganAt ?? stored.madeAt,
    approvedBy: votes.filter((vote) => vote.vote === 'approve').map(({ team, user }) => ({ team, user })),
  };
}
