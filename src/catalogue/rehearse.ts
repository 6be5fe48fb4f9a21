import { holding } from '../diagnosis/calls.ts';
import type { Finding, Status } from '../diagnosis/finding.ts';
import { judge } from '../diagnosis/judge.ts';
import { verdictOf } from '../diagnosis/verdict.ts';
import { type CheckName, MANUAL, type Runbook } from './catalogue.ts';
import { observationOf, seenAfter, takesMs } from './drill.ts';
import { lackingInWords } from './needs.ts';
import { parametersFromLabels } from './parameters.ts';
import type { Drill, Seen } from './schema.ts';
import { inTitle } from './titles.ts';

/** A drill played through on paper. `faults` is empty when everything came out as the drill says. */
export interface Rehearsal {
  /** `denis/redis-down` */
  runbook: string;
  drill: string;
  /** The verdict of the diagnosis while the fault lasts. */
  sentence: string;
  faults: readonly string[];
}

/** Judges what every drill of a runbook sees, and holds it against what the drill expects. Pure. */
export function rehearse(runbook: Runbook): Rehearsal[] {
  return Object.entries(runbook.drills).map(([name, drill]) => {
    const findings = findingsWith(runbook, drill, (check) => drill.seen[check]);
    const verdict = verdictOf(runbook, findings);
    const faults = [
      ...refusedLabels(runbook, drill),
      ...differences(runbook, drill, findings, verdict.suggests),
      ...notHealthy(
        'healthy',
        findingsWith(runbook, drill, (check) => drill.healthy[check]),
      ),
      ...faultsOfEnd(runbook, drill),
    ];
    return { runbook: `${runbook.service}/${runbook.name}`, drill: name, sentence: verdict.sentence, faults };
  });
}

function givenBy(runbook: Runbook, { alert }: Drill) {
  return parametersFromLabels(runbook, { labels: alert?.labels ?? {} });
}

/** An alert is practised whose labels the runbook takes. */
function refusedLabels(runbook: Runbook, drill: Drill): string[] {
  if (!drill.alert) return [];
  const { refused } = givenBy(runbook, drill);
  return lackingInWords(Object.keys(refused), refused).map((why) => `alert: ${why}`);
}

/** With the parameters that the drill's alert would give. */
function findingsWith(runbook: Runbook, drill: Drill, seen: (check: string) => Seen | undefined): Finding[] {
  const { parameters } = givenBy(runbook, drill);
  const probed = runbook.checks.filter((check) => check.step.kind !== MANUAL);
  return probed.map((check) => {
    const means = check.means === undefined ? undefined : inTitle(check.means, parameters);
    const one = seen(check.name) ?? null;
    const finding = judge(check, observationOf(one), takesMs(one));
    return { ...finding, title: inTitle(check.title, parameters), ...(means === undefined ? {} : { means }) };
  });
}

function differences(
  runbook: Runbook,
  drill: Drill,
  findings: readonly Finding[],
  suggests: readonly string[],
): string[] {
  const { expect } = drill;
  const of = (status: Status) =>
    findings.filter((finding) => finding.status === status).map((finding) => finding.check);
  return [
    ...difference('failing', expect.failing, of('failing')),
    ...difference('warning', expect.warning, of('warning')),
    ...difference('unknown', expect.unknown, of('unknown')),
    ...difference('suggests', expect.suggests, suggests),
    ...difference('escalates-to', expect['escalates-to'], calledRoles(runbook, drill, findings)),
  ];
}

/** Whom the runbook's own rules would call if everything stayed as it is, and in the end nothing had helped. */
function calledRoles(runbook: Runbook, drill: Drill, findings: readonly Finding[]): string[] {
  const statuses = new Map(findings.map((finding) => [finding.check, finding.status]));
  const statusOf = (name: CheckName) =>
    name.runbook === runbook.name ? statuses.get(name.check) : undefined;
  const rules = runbook.escalate.filter(
    (rule) => holding(rule, statusOf).length > 0 || (rule.when.by === 'time' && drill.alert),
  );
  return [...new Set(rules.map((rule) => rule.to))];
}

function difference(what: string, expected: readonly string[] = [], found: readonly string[]): string[] {
  const missing = expected.filter((name) => !found.includes(name));
  const extra = found.filter((name) => !expected.includes(name));
  return [
    ...(missing.length > 0 ? [`${what}: expected ${missing.join(', ')}, which did not come out`] : []),
    ...(extra.length > 0 ? [`${what}: ${extra.join(', ')} came out, which was not expected`] : []),
  ];
}

function notHealthy(when: string, findings: readonly Finding[]): string[] {
  return findings
    .filter((finding) => finding.status !== 'healthy')
    .map(({ check, status, says }) => `${when}: ${check} is ${status} (${says})`);
}

/** All actions of `ends-with` together heal; before the last of them has run, something must still be wrong. */
function faultsOfEnd(runbook: Runbook, drill: Drill): string[] {
  const actions = drill['ends-with'] ?? [];
  const before = actions.slice(0, -1).flatMap((action, index) => {
    const findings = findingsWith(runbook, drill, (check) =>
      seenAfter(drill, actions.slice(0, index + 1), check),
    );
    const healed = findings.every((finding) => finding.status === 'healthy');
    return healed ? [`ends-with: all is healthy after ${action} already`] : [];
  });
  if (actions.length === 0) return before;
  const last = findingsWith(runbook, drill, (check) => seenAfter(drill, actions, check));
  return [...before, ...notHealthy(`after ${actions.join(' and ')}`, last)];
}
