import { isByHand } from '../catalogue/by-hand.ts';
import type { Runbook, RunbookCheck, Service } from '../catalogue/catalogue.ts';
import { lackingForCheck, lackingInWords, type Refused } from '../catalogue/needs.ts';
import { filledIn } from '../catalogue/titles.ts';
import type { Diagnosis, Finding } from '../diagnosis/finding.ts';
import { judge } from '../diagnosis/judge.ts';
import { verdictOf } from '../diagnosis/verdict.ts';
import { GuardiaError } from '../errors.ts';
import type { Parameters } from '../steps/step-kind.ts';
import type { House } from './house.ts';

/** What is looked at: a runbook's checks with its parameters filled in. */
export interface Look {
  service: Service;
  runbook: Runbook;
  parameters: Parameters;
  /** Why some have no value. */
  refused?: Refused;
}

/** The checks that are not a person's. */
export function probesOf({ checks }: Pick<Runbook, 'checks'>): RunbookCheck[] {
  return checks.filter((check) => !isByHand(check.step));
}

/** Asks one check and judges the answer. Never rejects: a check that cannot answer is a finding, too. */
export async function find(house: Pick<House, 'steps'>, look: Look, check: RunbookCheck): Promise<Finding> {
  const began = performance.now();
  const took = () => Math.round(performance.now() - began);
  try {
    refuseLacking(look, check);
    const observation = await house.steps.observe(look.service.environment, check.step, {
      parameters: look.parameters,
      deadlineMs: check.deadlineMs,
      check: { runbook: look.runbook.name, check: check.name },
    });
    return filled(judge(check, { observation }, took()), look.parameters);
  } catch (error) {
    return filled(judge(check, { error }, took()), look.parameters);
  }
}

/** A check is not asked about something else than it is meant for. */
function refuseLacking({ runbook, parameters, refused }: Look, check: RunbookCheck): void {
  const lacking = lackingForCheck(runbook, check, parameters);
  if (lacking.length > 0)
    throw new GuardiaError('bad-input', `not asked, since ${lackingInWords(lacking, refused).join('; ')}`);
}

/**
 * All checks of a runbook at once, each with its own deadline, as of `at` (ISO 8601, UTC). `partial` is told what is known after
 * `partialAfterMs` when some have not answered by then: one slow check delays nobody.
 */
export async function diagnose(
  house: Pick<House, 'steps' | 'pace'>,
  look: Look,
  at: string,
  partial: (known: Diagnosis) => Promise<void>,
): Promise<Diagnosis> {
  const began = performance.now();
  const findings = new Map<string, Finding>();
  const known = () => diagnosisOf(look, at, findings, Math.round(performance.now() - began));
  const all = Promise.all(
    probesOf(look.runbook).map(async (check) => findings.set(check.name, await find(house, look, check))),
  );
  let timer: NodeJS.Timeout | undefined;
  const slow = new Promise<'slow'>((over) => {
    timer = setTimeout(() => over('slow'), house.pace.partialAfterMs);
  });
  if ((await Promise.race([all, slow])) === 'slow') await partial(known());
  clearTimeout(timer);
  await all;
  return known();
}

function diagnosisOf(look: Look, at: string, found: ReadonlyMap<string, Finding>, tookMs: number): Diagnosis {
  const { runbook, parameters } = look;
  const findings = runbook.checks.flatMap((check) => found.get(check.name) ?? []);
  const pending = probesOf(runbook)
    .filter((check) => !found.has(check.name))
    .map((check) => filledIn(check.title, parameters));
  return {
    service: runbook.service,
    runbook: runbook.name,
    title: runbook.title,
    parameters,
    at,
    findings,
    pending,
    verdict: verdictOf(runbook, findings),
    tookMs,
  };
}

function filled(finding: Finding, parameters: Parameters): Finding {
  const { means } = finding;
  return {
    ...finding,
    title: filledIn(finding.title, parameters),
    ...(means === undefined ? {} : { means: filledIn(means, parameters) }),
  };
}
