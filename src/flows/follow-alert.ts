import type { CheckName, EscalationRule, Service } from '../catalogue/catalogue.ts';
import { parametersFromLabels } from '../catalogue/parameters.ts';
import { checksOf, holding, rulesFor } from '../diagnosis/calls.ts';
import type { Finding } from '../diagnosis/finding.ts';
import { findAlert, type StoredAlert } from '../store/alerts.ts';
import { isAway } from '../store/away.ts';
import { databaseTime } from '../store/clock.ts';
import { callsFor } from '../store/escalations.ts';
import { findRun } from '../store/runs.ts';
import { labelsOfAlert } from './alert-labels.ts';
import { diagnoseFlow } from './diagnose.ts';
import { call } from './escalate.ts';
import { type House, serviceOrGone } from './house.ts';
import { find } from './observe.ts';

/** Since when each rule has held, ISO 8601 by the rule's key. */
type Held = Readonly<Record<string, string>>;

/**
 * An alert from its first diagnosis to its end. Where the runbook or the service escalates, the checks that the rules
 * wait for are looked at again and again, and whoever a rule names is called once it has held long enough.
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
  if (!alert || alert.status === 'resolved') return { over: true, held: before };
  const rules = await leftFor(house, alert);
  if (rules.length === 0) return { over: true, held: before };
  const findings = await findingsFor(house, serviceOrGone(house, alert.service), alert, rules);
  const now = await databaseTime(house.db);
  const held = nowHeld(rules, findings, before, now);
  const due = rules.filter((rule) => isDue(rule, alert, held[rule.key], now));
  for (const rule of due) {
    const [first] = holding(rule, statusIn(findings));
    const because = { finding: first && findings.get(nameOf(first)), forMs: heldFor(held[rule.key], now) };
    await call(house, alert, { to: rule.to, rule, because, person: null });
  }
  return { over: false, held };
}

/** The rules that may still call somebody by themselves. */
async function leftFor(house: House, alert: StoredAlert): Promise<EscalationRule[]> {
  const service = serviceOrGone(house, alert.service);
  const called = new Set((await callsFor(house.db, alert.id)).map(({ to }) => to));
  const runbook = alert.runbook ? service.runbooks.get(alert.runbook) : undefined;
  return rulesFor(service, runbook).filter((rule) => rule.when.by !== 'person' && !called.has(rule.to));
}

/** Pure: a rule that no longer holds starts from the beginning. */
export function nowHeld(
  rules: readonly EscalationRule[],
  findings: ReadonlyMap<string, Finding>,
  before: Held,
  now: Date,
): Held {
  const held = rules
    .filter((rule) => holding(rule, statusIn(findings)).length > 0)
    .map(({ key }) => [key, before[key] ?? now.toISOString()] as const);
  return Object.fromEntries(held);
}

function isDue({ when }: EscalationRule, alert: StoredAlert, since: string | undefined, now: Date): boolean {
  if (when.by === 'checks') return since !== undefined && heldFor(since, now) >= when.forMs;
  return when.by === 'time' && heldFor(alert.startsAt, now) >= when.forMs;
}

function statusIn(findings: ReadonlyMap<string, Finding>) {
  return (name: CheckName) => findings.get(nameOf(name))?.status;
}

function nameOf({ runbook, check }: CheckName): string {
  return `${runbook}/${check}`;
}

function heldFor(since: string | undefined, now: Date): number {
  return since === undefined ? -1 : now.getTime() - Date.parse(since);
}

/** Checks of other runbooks get their parameters from the same alert. */
async function findingsFor(
  house: House,
  service: Service,
  alert: StoredAlert,
  rules: readonly EscalationRule[],
): Promise<Map<string, Finding>> {
  const found = await Promise.all(
    checksOf(rules).map(async (name) => {
      const runbook = service.runbooks.get(name.runbook);
      const check = runbook?.checks.find((one) => one.name === name.check);
      if (!runbook || !check) return [];
      const about =
        name.runbook === alert.runbook
          ? { parameters: alert.parameters, refused: alert.details.refused ?? {} }
          : parametersFromLabels(runbook, labelsOfAlert(alert));
      return [[nameOf(name), await find(house, { service, runbook, ...about }, check)] as const];
    }),
  );
  return new Map(found.flat());
}
