import type { CheckName, EscalationRule, Runbook, Service } from '../catalogue/catalogue.ts';
import type { Status } from './finding.ts';

/** The state of a check; undefined when it was not looked at. */
export type StatusOf = (name: CheckName) => Status | undefined;

/** Every rule that may call people while a runbook's alert lasts: its own before the service's. */
export function rulesFor(
  service: Pick<Service, 'escalate'>,
  runbook: Pick<Runbook, 'escalate'> | undefined,
): readonly EscalationRule[] {
  return [...(runbook?.escalate ?? []), ...service.escalate];
}

/** The checks that these rules wait for, each once. */
export function checksOf(rules: readonly EscalationRule[]): CheckName[] {
  const named = rules.flatMap(({ when }) => (when.by === 'checks' ? when.checks : []));
  return [...new Map(named.map((name) => [`${name.runbook}/${name.check}`, name])).values()];
}

/** The checks for which a rule holds at this moment; empty when it does not, or does not wait for checks. */
export function holding({ when }: EscalationRule, statusOf: StatusOf): readonly CheckName[] {
  if (when.by !== 'checks') return [];
  const standing = when.checks.filter((name) => statusOf(name) === when.is);
  return standing.length >= when.atLeast ? standing : [];
}
