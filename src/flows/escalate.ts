import type { Person } from '../approval/person.ts';
import type { EscalationRule, Service } from '../catalogue/catalogue.ts';
import { rulesFor } from '../diagnosis/calls.ts';
import type { Finding } from '../diagnosis/finding.ts';
import { ANSWERS, called } from '../report/answers.ts';
import type { EscalationChoice, EscalationStory } from '../report/states.ts';
import { findAlert, type StoredAlert } from '../store/alerts.ts';
import type { Queries } from '../store/database.ts';
import { callsFor, keepStory, noteCall } from '../store/escalations.ts';
import { remediesOf } from './alert-message.ts';
import { type House, serviceOrGone } from './house.ts';
import { titleOf } from './offers.ts';
import type { Answer } from './requests.ts';
import { tellThread } from './thread-message.ts';

/** Why somebody is called now. */
export interface Because {
  finding: Finding | undefined;
  forMs: number;
}

/** What a person may choose from: what only people can see first, then whom the rules name, then every other role. */
export async function choicesOf(house: House, id: string): Promise<EscalationChoice[]> {
  const alert = await findAlert(house.db, id);
  if (alert?.status !== 'firing') return [];
  const service = serviceOrGone(house, alert.service);
  const before = new Set((await callsFor(house.db, id)).flatMap(({ once, to }) => [once, `to:${to}`]));
  const rules = rulesFor(service, alert.runbook ? service.runbooks.get(alert.runbook) : undefined);
  const seen = rules.flatMap((rule) =>
    rule.when.by === 'person' ? [ofRule(service, rule, rule.when.says)] : [],
  );
  const named = [...new Set([...rules.map((rule) => rule.to), ...Object.keys(service.roles)])];
  const called = named.map((to) => ({
    ref: `to:${to}`,
    says: null,
    priority: null,
    to,
    title: titleOf(service, to),
    does: service.roles[to]?.does ?? null,
  }));
  return [...seen, ...called].filter((choice) => !before.has(choice.ref));
}

function ofRule(service: Service, { key, to, priority }: EscalationRule, says: string): EscalationChoice {
  return { ref: key, says, priority: priority ?? null, to, title: titleOf(service, to), does: null };
}

/** A person calls for help, with one of the choices that the dialog gave. */
export async function escalateBy(
  house: House,
  id: string,
  by: Person,
  chosen: { ref: string; note: string | null },
): Promise<Answer> {
  const alert = await findAlert(house.db, id);
  if (!alert) return { ok: false, says: ANSWERS.noOrigin };
  if (alert.status === 'resolved') return { ok: false, says: ANSWERS.alertEnded };
  const choice = (await choicesOf(house, id)).find((one) => one.ref === chosen.ref);
  if (!choice) return { ok: false, says: ANSWERS.escalatedBefore };
  const service = serviceOrGone(house, alert.service);
  const rule = rulesFor(service, service.runbooks.get(alert.runbook ?? '')).find(
    ({ key }) => key === choice.ref,
  );
  const done = await call(house, alert, {
    to: choice.to,
    rule: rule ?? null,
    because: null,
    person: { by, sees: choice.says, note: chosen.note },
  });
  return done
    ? { ok: true, says: called(choice.title, !service.roles[choice.to]) }
    : { ok: false, says: ANSWERS.escalatedBefore };
}

interface Calling {
  to: string;
  rule: EscalationRule | null;
  because: Because | null;
  person: { by: Person; sees: string | null; note: string | null } | null;
}

/**
 * Calls a role or a contact into the alert's thread, once an alert; once more when a person saw something that has its
 * own rule. False when it had been done before.
 */
export async function call(house: House, alert: StoredAlert, calling: Calling): Promise<boolean> {
  const { to, rule, person } = calling;
  const once = rule?.when.by === 'person' ? rule.key : `to:${to}`;
  const done = await house.db.transaction().execute(async (tx) => {
    const noted = { alert: alert.id, once, rule: rule?.key ?? null, to, priority: rule?.priority ?? null };
    if (!(await noteCall(tx, { ...noted, by: person?.by ?? null }))) return false;
    await keepStory(tx, noted, await storyOf(house, tx, alert, calling));
    await tellThread(house, tx, alert.id);
    return true;
  });
  house.wake();
  return done;
}

async function storyOf(
  house: House,
  tx: Queries,
  alert: StoredAlert,
  { to, rule, because, person }: Calling,
): Promise<EscalationStory> {
  const service = serviceOrGone(house, alert.service);
  const runbook = alert.runbook ? service.runbooks.get(alert.runbook) : undefined;
  const finding = because?.finding;
  return {
    ref: `alert:${alert.id}`,
    group: service.roles[to]?.group ?? null,
    reach: service.roles[to]?.contact ?? service.contacts[to]?.reach ?? null,
    to: titleOf(service, to),
    priority: rule?.priority ?? null,
    title: runbook?.title ?? alert.details.title,
    service,
    because:
      finding && because
        ? { title: finding.title, status: finding.status, says: finding.says, forMs: because.forMs }
        : null,
    unresolved: rule?.when.by === 'time',
    say: rule?.say ?? null,
    startsAt: alert.startsAt,
    diagnosis: alert.diagnosis,
    tried: await remediesOf(tx, alert.id),
    by: person?.by ?? null,
    sees: person?.sees ?? null,
    note: person?.note ?? null,
  };
}
