import type { Person } from '../approval/person.ts';
import { durationMs, type Escalation } from '../catalogue/schema.ts';
import type { Finding } from '../diagnosis/finding.ts';
import { escalationMessage } from '../report/escalation.ts';
import { escalateAlert, findAlert, type StoredAlert } from '../store/alerts.ts';
import { isAway } from '../store/away.ts';
import { say } from '../store/messages.ts';
import { findRun } from '../store/runs.ts';
import { remediesOf, tellAlert } from './alert-message.ts';
import { diagnoseFlow } from './diagnose.ts';
import { type House, serviceOrGone } from './house.ts';
import { find, type Look } from './observe.ts';

/** Since when each rule's check has had the state that the rule waits for: ISO 8601 by the rule's index. */
type Held = Readonly<Record<number, string>>;

/**
 * An alert from its first diagnosis to its end. Where the runbook escalates, the checks that its rules wait for are
 * looked at again and again, and the role of the first rule that has held long enough is called.
 */
export async function followAlertFlow(house: House, run: string): Promise<void> {
  await diagnoseFlow(house, run);
  const alert = await house.durable.step(
    'which alert',
    async () => (await findRun(house.db, run))?.alert ?? null,
  );
  if (alert) await follow(house, alert);
}

async function follow(house: House, alert: string): Promise<void> {
  let held: Held = {};
  for (;;) {
    const before: Held = held;
    const look = await house.durable.step('look again', () =>
      lookAgain(house, alert, before).catch((error: unknown) => unseen(house, alert, before, error)),
    );
    if (look.over) return;
    held = look.held;
    await house.durable.pause(house.pace.followEveryMs);
  }
}

/** A fault of ours is no reason to stop looking: whoever has to be called is called a look later. */
function unseen(house: House, alert: string, held: Held, error: unknown): { over: boolean; held: Held } {
  if (isAway(error)) throw error;
  house.logger.error({ err: error, alert }, 'an alert could not be looked at again');
  return { over: false, held };
}

async function lookAgain(house: House, id: string, before: Held): Promise<{ over: boolean; held: Held }> {
  const alert = await findAlert(house.db, id);
  if (!alert?.runbook || alert.status === 'resolved' || alert.escalatedAt)
    return { over: true, held: before };
  const service = serviceOrGone(house, alert.service);
  const runbook = service.runbooks.get(alert.runbook);
  if (!runbook || runbook.escalate.length === 0) return { over: true, held: before };
  const findings = await findingsFor(house, { service, runbook, parameters: alert.parameters });
  const held = nowHeld(runbook.escalate, findings, before, new Date());
  const due = runbook.escalate.findIndex((rule, index) => heldFor(held[index]) >= durationMs(rule.when.for));
  const rule = runbook.escalate[due];
  if (!rule) return { over: false, held };
  await call(house, alert, rule, { finding: findings.get(rule.when.check), forMs: heldFor(held[due]) }, null);
  return { over: true, held };
}

/** Pure: a rule whose check left its state starts from the beginning. */
export function nowHeld(
  rules: readonly Escalation[],
  findings: ReadonlyMap<string, Finding>,
  before: Held,
  now: Date,
): Held {
  const held = rules.flatMap((rule, index) =>
    findings.get(rule.when.check)?.status === rule.when.is
      ? [[index, before[index] ?? now.toISOString()] as const]
      : [],
  );
  return Object.fromEntries(held);
}

function heldFor(since: string | undefined): number {
  return since === undefined ? -1 : Date.now() - Date.parse(since);
}

async function findingsFor(house: House, look: Look): Promise<Map<string, Finding>> {
  const wanted = new Set(look.runbook.escalate.map((rule) => rule.when.check));
  const checks = look.runbook.checks.filter((check) => wanted.has(check.name));
  const found = await Promise.all(checks.map((check) => find(house, look, check)));
  return new Map(found.map((finding) => [finding.check, finding]));
}

interface Because {
  finding: Finding | undefined;
  forMs: number;
}

/** Calls the role of a rule into the alert's thread, once an alert. False when somebody had been called before. */
export async function call(
  house: House,
  alert: StoredAlert,
  rule: Pick<Escalation, 'to' | 'say'>,
  because: Because | null,
  by: Person | null,
): Promise<boolean> {
  const service = serviceOrGone(house, alert.service);
  const role = service.roles[rule.to];
  const called = await house.db.transaction().execute(async (tx) => {
    if (!role || !(await escalateAlert(tx, alert.id, rule.to))) return false;
    const message = escalationMessage({
      ref: `alert:${alert.id}`,
      group: role.group,
      to: role.title,
      title: alert.runbook
        ? (service.runbooks.get(alert.runbook)?.title ?? alert.details.title)
        : alert.details.title,
      service,
      because: because?.finding
        ? {
            title: because.finding.title,
            status: because.finding.status,
            says: because.finding.says,
            forMs: because.forMs,
          }
        : null,
      say: because ? (rule.say ?? null) : null,
      startsAt: alert.startsAt,
      diagnosis: alert.diagnosis,
      tried: await remediesOf(tx, alert.id),
      acknowledged: alert.acknowledgedBy !== null,
      by,
      now: new Date().toISOString(),
    });
    await say(tx, {
      key: `escalation:${alert.id}`,
      channel: alert.channel,
      thread: { key: `alert:${alert.id}` },
      message,
      importance: 0,
    });
    await tellAlert(house, tx, alert.id);
    return true;
  });
  house.wake();
  return called;
}
