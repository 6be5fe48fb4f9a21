import type { Finding } from '../diagnosis/finding.ts';
import { record } from '../store/audit.ts';
import { databaseTime } from '../store/clock.ts';
import { noteOutcome, type StoredPlan, type VerifiedCheck } from '../store/plans.ts';
import { hasPicture } from './chart.ts';
import { pictureOrNone } from './diagnose.ts';
import { type House, runbookOrGone, serviceOrGone } from './house.ts';
import { find, type Look, probesOf } from './observe.ts';
import { tellPlan } from './plan-message.ts';

/** What the action's checks said before it ran: kept for the comparison, never a reason not to run. */
export async function lookBefore(house: House, stored: StoredPlan): Promise<void> {
  const findings = await look(house, stored);
  const at = (await databaseTime(house.db)).toISOString();
  await noteOutcome(house.db, stored.id, { before: findings.map((finding) => verified(finding, at)) });
}

/**
 * Runs the action's checks until they are all healthy or the time for it is over, and tells before and after side by
 * side, with a chart in which the moment of the action is marked. After an unknown end it looks once. Null when there
 * is no check that could say whether it helped.
 */
export async function lookAfter(house: House, stored: StoredPlan, once = false): Promise<boolean | null> {
  // Whoever was killed right after it told so.
  if (stored.outcome.healed !== undefined) return stored.outcome.healed;
  const now = async () => (await databaseTime(house.db)).getTime();
  const until = (await now()) + (once ? 0 : withinMs(house, stored));
  let findings = await look(house, stored);
  if (findings.length === 0) return null;
  while (!healthy(findings) && (await now()) < until) {
    await new Promise((next) => setTimeout(next, house.pace.verifyEveryMs));
    findings = await look(house, stored);
  }
  const healed = healthy(findings);
  const drawn = await chart(house, stored, findings);
  const at = new Date(await now()).toISOString();
  await house.db.transaction().execute(async (tx) => {
    await noteOutcome(tx, stored.id, {
      after: findings.map((finding) => verified(finding, at)),
      healed,
      ...(drawn ? { picture: drawn } : {}),
    });
    const wasIll = stored.outcome.before?.some(({ status }) => status !== 'healthy') ?? false;
    const details = {
      healthy: healed,
      healed: healed && wasIll,
      after: findings.map(({ check, status, says }) => ({ check, status, says })),
    };
    await record(tx, { event: 'verified', by: null, plan: stored.id, digest: stored.digest, details });
    await tellPlan(house, tx, stored.id);
  });
  house.wake();
  return healed;
}

async function chart(house: House, stored: StoredPlan, findings: readonly Finding[]) {
  const charted = findings.find(hasPicture);
  if (!charted) return null;
  const began = stored.beganAt ?? stored.madeAt;
  const marks = [{ at: Date.parse(began), label: stored.plan.title }];
  return pictureOrNone(house, `proof:${stored.id}`, charted, marks);
}

async function look(house: House, { plan }: StoredPlan): Promise<Finding[]> {
  const seen: Look = {
    service: serviceOrGone(house, plan.service),
    runbook: runbookOrGone(house, plan.service, plan.runbook),
    parameters: plan.parameters,
  };
  const wanted = verifyOf(house, plan)?.checks ?? [];
  const checks = probesOf(seen.runbook).filter((check) => wanted.includes(check.name));
  return Promise.all(checks.map((check) => find(house, seen, check)));
}

function verifyOf(house: House, plan: StoredPlan['plan']) {
  const { actions } = runbookOrGone(house, plan.service, plan.runbook);
  return actions.find((action) => action.name === plan.action)?.verify;
}

function withinMs(house: House, { plan }: StoredPlan): number {
  return verifyOf(house, plan)?.withinMs ?? 0;
}

function healthy(findings: readonly Finding[]): boolean {
  return findings.every((finding) => finding.status === 'healthy');
}

function verified(finding: Finding, at: string): VerifiedCheck {
  const { check, title, status, says } = finding;
  return { check, title, status, says, at };
}
