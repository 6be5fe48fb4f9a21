import type { Runbook, Service } from '../catalogue/catalogue.ts';
import { durationMs } from '../catalogue/schema.ts';
import { inTitle } from '../catalogue/titles.ts';
import type { Finding } from '../diagnosis/finding.ts';
import type { Escalates, OfferedAction } from '../report/states.ts';
import type { Parameters } from '../steps/step-kind.ts';

/** Actions by name as buttons, titles filled in. */
export function offered(runbook: Runbook, names: readonly string[], parameters: Parameters): OfferedAction[] {
  return runbook.actions
    .filter((action) => names.includes(action.name))
    .map((action) => ({
      name: action.name,
      title: inTitle(action.title, parameters),
      risk: action.risk,
      ...(action.about === undefined ? {} : { about: action.about }),
    }));
}

/** The escalation that comes first when nothing changes from now on. */
export function nextEscalation(
  runbook: Runbook,
  roles: Service['roles'],
  diagnosis: { at: string; findings: readonly Pick<Finding, 'check' | 'title' | 'status'>[] },
): Escalates | null {
  const coming = runbook.escalate.flatMap((rule) => {
    const finding = diagnosis.findings.find((one) => one.check === rule.when.check);
    if (!finding || finding.status !== rule.when.is) return [];
    const at = new Date(Date.parse(diagnosis.at) + durationMs(rule.when.for)).toISOString();
    return [{ to: roles[rule.to]?.title ?? rule.to, at, title: finding.title }];
  });
  return coming.sort((a, b) => a.at.localeCompare(b.at))[0] ?? null;
}
