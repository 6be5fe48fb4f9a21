import { canonicalJson } from './digest.ts';
import type { Plan, PlannedStep } from './plan.ts';

/** Says, step kind by step kind, how a target's state has changed in substance; empty when it has not. */
export type Drift = (before: PlannedStep, now: PlannedStep) => readonly string[];

/**
 * How a plan that was just made anew differs in substance from the one that people approve, in sentences; empty
 * when it is still the same. The preview may move a little (a queue by a job); what counts is the kind's own say.
 */
export function differences(before: Plan, now: Plan, drift: Drift): string[] {
  const found: string[] = [];
  if (!same(before.parameters, now.parameters)) found.push('its parameters changed');
  if (before.risk !== now.risk) found.push(`its risk changed from ${before.risk} to ${now.risk}`);
  if (!same(before.policy, now.policy)) found.push('the policy for approving it changed');
  if (before.undo !== now.undo) found.push('what can be undone changed');
  if (before.title !== now.title) found.push(`its title changed from "${before.title}" to "${now.title}"`);
  return [...found, ...grown(before.dryRun, now.dryRun), ...stepDifferences(before.steps, now.steps, drift)];
}

/** More than this and more than a fifth of it is not what was approved; less is no reason to ask again. */
const MORE = 100;
const SHARE = 0.2;

function grown(before: number | undefined, now: number | undefined): string[] {
  if (before === undefined || now === undefined) return [];
  if (now - before <= MORE || now <= before * (1 + SHARE)) return [];
  const [had, has] = [before, now].map((count) => count.toLocaleString('en-US'));
  return [`its dry run counts ${has} instead of ${had}`];
}

function stepDifferences(
  before: readonly PlannedStep[],
  now: readonly PlannedStep[],
  drift: Drift,
): string[] {
  if (before.length !== now.length) return [`it has ${now.length} steps instead of ${before.length}`];
  return before.flatMap((step, index) => {
    const other = now[index] as PlannedStep;
    if (step.kind !== other.kind || !same(step.input, other.input))
      return [`step ${index + 1} does something else`];
    return drift(step, other);
  });
}

function same(a: unknown, b: unknown): boolean {
  return canonicalJson(a ?? null) === canonicalJson(b ?? null);
}
