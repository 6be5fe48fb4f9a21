import type { Runbook, Service } from '../catalogue/catalogue.ts';
import { lackingInWords, type Refused } from '../catalogue/needs.ts';
import { needsApproval } from '../catalogue/policy.ts';
import { filledIn } from '../catalogue/titles.ts';
import { versionOf } from '../catalogue/version.ts';
import { holding, rulesFor } from '../diagnosis/calls.ts';
import type { Finding } from '../diagnosis/finding.ts';
import type { Escalates, OfferedAction } from '../report/states.ts';
import type { Parameters } from '../steps/step-kind.ts';

/** Actions by name as buttons, titles filled in. */
export function offered(
  service: Service,
  runbook: Runbook,
  names: readonly string[],
  parameters: Parameters,
): OfferedAction[] {
  return runbook.actions
    .filter((action) => names.includes(action.name))
    .map((action) => ({
      name: action.name,
      title: filledIn(action.title, parameters),
      version: versionOf(service, runbook, action, parameters),
      risk: action.risk,
      needsApproval: needsApproval(service, action),
      ...(action.about === undefined ? {} : { about: action.about }),
    }));
}

/** What an alert was to say and did not, in words. */
export function lackingIn(refused: Refused = {}): string[] {
  return lackingInWords(Object.keys(refused), refused);
}

/** Whom a rule calls, as people call them: a role's or a contact's title. */
export function titleOf(service: Pick<Service, 'roles' | 'contacts'>, name: string): string {
  return service.roles[name]?.title ?? service.contacts[name]?.title ?? name;
}

/** The escalation that comes first when nothing changes from now on. */
export function nextEscalation(
  runbook: Runbook,
  service: Pick<Service, 'roles' | 'contacts' | 'escalate'>,
  diagnosis: { at: string; findings: readonly Pick<Finding, 'check' | 'title' | 'status'>[] },
): Escalates | null {
  const found = (check: string) => diagnosis.findings.find((one) => one.check === check);
  const coming = rulesFor(service, runbook).flatMap((rule) => {
    const [first] = holding(rule, (name) =>
      name.runbook === runbook.name ? found(name.check)?.status : undefined,
    );
    if (!first || rule.when.by !== 'checks') return [];
    const at = new Date(Date.parse(diagnosis.at) + rule.when.forMs).toISOString();
    return [{ to: titleOf(service, rule.to), at, title: found(first.check)?.title ?? first.check }];
  });
  return coming.sort((a, b) => a.at.localeCompare(b.at))[0] ?? null;
}
