import type { Service } from '../catalogue/catalogue.ts';
import { configuredConnectionOf } from '../catalogue/connections.ts';
import { linksOf } from '../catalogue/links.ts';
import { alertMessage } from '../report/alert.ts';
import type { Hands } from '../report/hand-states.ts';
import type { AlertState, Remedy, SilenceState } from '../report/states.ts';
import { lockAlert, type StoredAlert } from '../store/alerts.ts';
import { databaseTime } from '../store/clock.ts';
import type { Queries } from '../store/database.ts';
import { type Call, callsFor } from '../store/escalations.ts';
import { importanceOf } from '../store/importance.ts';
import { say } from '../store/messages.ts';
import { plansIn, type StoredPlan } from '../store/plans.ts';
import { newestSilence, type StoredSilence } from '../store/silences.ts';
import { votesOn } from '../store/votes.ts';
import { handsLeft } from './checklist.ts';
import { type House, runbookOrGone, serviceOrGone } from './house.ts';
import { lackingIn, nextEscalation, offered, titleOf } from './offers.ts';

/** States the alert's message anew from what is stored: the only place that does. */
export async function tellAlert(house: Pick<House, 'catalogue'>, tx: Queries, id: string): Promise<void> {
  const alert = await lockAlert(tx, id);
  if (!alert) return;
  const service = serviceOrGone(house, alert.service);
  const runbook = runbookOrGone(house, alert.service, alert.runbook ?? '');
  const told = {
    remedies: await remediesOf(tx, id),
    calls: await callsFor(tx, id),
    hands: await handsLeft(tx, runbook, `alert:${id}`),
    silence: await newestSilence(tx, id),
    now: (await databaseTime(tx)).toISOString(),
  };
  const message = alertMessage(stateOf(alert, service, told));
  const importance = importanceOf(alert.severity, 'card');
  await say(tx, { key: `alert:${id}`, channel: alert.channel, message, importance });
}

interface Told {
  remedies: readonly Remedy[];
  calls: readonly Call[];
  hands: Hands;
  silence: StoredSilence | null;
  now: string;
}

function stateOf(
  alert: StoredAlert,
  service: Service,
  { remedies, calls, hands, silence, now }: Told,
): AlertState {
  const runbook = alert.runbook ? service.runbooks.get(alert.runbook) : undefined;
  const { details, diagnosis } = alert;
  const firing = alert.status === 'firing';
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
    lacking: lackingIn(details.refused),
    hands,
    actions:
      runbook && diagnosis && firing ? offered(service, runbook, diagnosis.suggests, alert.parameters) : [],
    remedies,
    canSilence: configuredConnectionOf(service, 'alertmanager') !== null,
    silence: silence && silenceStateOf(silence),
    canEscalate: Object.keys(service.roles).some((role) => !calls.some(({ to }) => to === role)),
    escalates: firing && calls.length === 0 ? comingCall(alert, service) : null,
    called: calls.map(({ to, at, priority }) => ({ to: titleOf(service, to), at, priority })),
    runbooks: runbook ? [] : [...service.runbooks.values()].slice(0, 5),
    links: [
      ...details.links,
      ...(runbook ? linksOf(service, runbook, alert.parameters, alert.startsAt) : []),
    ],
    now,
  };
}

/** As messages tell it. */
export function silenceStateOf({ until, by, reason, endedAt, endedBy }: StoredSilence): SilenceState {
  return { until, by, reason, ended: endedAt === null ? null : { at: endedAt, by: endedBy } };
}

export function titleOfAlert(
  house: Pick<House, 'catalogue'>,
  { service, runbook, details }: Pick<StoredAlert, 'service' | 'runbook' | 'details'>,
): string {
  return serviceOrGone(house, service).runbooks.get(runbook ?? '')?.title ?? details.title;
}

/** When nothing changes, the first rule whose check has the state it waits for calls its role. */
function comingCall(alert: StoredAlert, service: Service): AlertState['escalates'] {
  const runbook = alert.runbook ? service.runbooks.get(alert.runbook) : undefined;
  if (!runbook || !alert.diagnosis) return null;
  return nextEscalation(runbook, service, {
    at: alert.diagnosis.at,
    findings: alert.diagnosis.findings,
  });
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
    needsApproval: stored.plan.policy !== undefined,
    state: stored.state,
    at: stored.endedAt ?? stored.beganAt ?? stored.madeAt,
    ...(stored.outcome.glass ? { glassBy: stored.outcome.glass.by } : {}),
    approvedBy: votes.filter((vote) => vote.vote === 'approve').map(({ team, user }) => ({ team, user })),
  };
}
