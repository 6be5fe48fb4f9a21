import type { Diagnosis } from '../diagnosis/finding.ts';
import { findAlert } from '../store/alerts.ts';
import type { Queries } from '../store/database.ts';
import type { Wanted } from '../store/messages.ts';
import { findPlan, type StoredPlan } from '../store/plans.ts';
import { findRun, newestResult } from '../store/runs.ts';
import type { OriginView } from './requests.ts';

/** A thread as the store of messages names it. */
export type Thread = Required<Pick<Wanted, 'channel'>> & Pick<Wanted, 'thread'>;

const REF = /^(alert|run|plan):([0-9a-f-]{36})$/;

/** What `alert:<uuid>`, `run:<uuid>` or `plan:<uuid>` stands for; null when there is no such thing. */
export async function originOf(db: Queries, ref: string): Promise<OriginView | null> {
  const [, kind, id] = REF.exec(ref) ?? [];
  if (!kind || !id) return null;
  if (kind === 'alert') return alertOrigin(db, ref, id);
  if (kind === 'plan') return planOrigin(db, id);
  const run = await findRun(db, id);
  if (!run) return null;
  const { service, runbook, parameters, place, refused, origin } = run.asked;
  const about = { service, runbook, parameters, ...(refused ? { refused } : {}) };
  if (!origin) return { ref, alert: null, ...about, place };
  // In the thread of something else, and yet about what it looked at itself.
  const { refused: _, ...thread } = (await originOf(db, origin)) ?? { ref: null };
  return thread.ref === null ? null : { ...thread, ...about };
}

/** What a run has found, or the newest diagnosis of an alert. */
export async function diagnosisOf(db: Queries, ref: string): Promise<Diagnosis | null> {
  const [, kind, id] = REF.exec(ref) ?? [];
  if (!kind || !id) return null;
  return kind === 'run' ? ((await findRun(db, id))?.result ?? null) : newestResult(db, id);
}

async function planOrigin(db: Queries, id: string): Promise<OriginView | null> {
  const stored = await findPlan(db, id);
  if (!stored) return null;
  const { service, runbook, parameters } = stored.plan;
  return { ref: stored.origin, alert: stored.alert, service, runbook, parameters, place: stored.place };
}

async function alertOrigin(db: Queries, ref: string, id: string): Promise<OriginView | null> {
  const alert = await findAlert(db, id);
  if (!alert) return null;
  const { service, runbook, parameters, channel, details } = alert;
  const refused = details.refused ? { refused: details.refused } : {};
  return { ref, alert: id, service, runbook, parameters, ...refused, place: { channel } };
}

/**
 * The thread in which something that was asked for is told: one that Slack already has, or that of the origin's own
 * first message, whose key is the origin's ref.
 */
export function threadOf(origin: Pick<OriginView, 'ref' | 'place'>): Thread {
  const { channel, thread } = origin.place;
  return { channel, thread: thread ? { ts: thread } : { key: origin.ref } };
}

/** Where a message stands that may itself be the first of its thread. */
export function standsIn(origin: Pick<OriginView, 'ref' | 'place'>, key: string): Thread {
  const inThread = threadOf(origin);
  return key === origin.ref && !origin.place.thread ? { channel: inThread.channel } : inThread;
}

/** Where a plan was asked for. */
export function originOfPlan({ origin, place }: StoredPlan): Pick<OriginView, 'ref' | 'place'> {
  return { ref: origin, place };
}
