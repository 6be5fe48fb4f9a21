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
  return [...found, ...moved(before.dryRun, now.dryRun), ...stepDifferences(before.steps, now.steps, drift)];
}

/** More than this and more than a fifth of it is not what was approved; less is no reason to ask again. */
const MORE = 100;
const SHARE = 0.2;

function moved(before: number | undefined, now: number | undefined): string[] {
  if (before === undefined || now === undefined) return [];
  if (isGone(before, now)) return [`its dry run counts nothing any more: ${inFigures(before)} → 0`];
  if (now - before <= MORE || now <= before * (1 + SHARE)) return [];
  return [`its dry run counts ${inFigures(now)} instead of ${inFigures(before)}`];
}

function isGone(before: number | undefined, now: number | undefined): boolean {
  return (before ?? 0) > 0 && now === 0;
}

function inFigures(count: number | undefined): string {
  return (count ?? 0).toLocaleString('en-US');
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
    return stepChanges(step, other, drift, before.length > 1 ? ` of step ${index + 1}` : '');
  });
}

/** How one step differs from what was approved: nothing is left for it to do, or its target is another by now. */
export function stepChanges(before: PlannedStep, now: PlannedStep, drift: Drift, of = ''): readonly string[] {
  return [...nothingLeft(before, now, of), ...drift(before, now)];
}

/** What there was to do when it was asked for is gone, and what was approved would do nothing. */
function nothingLeft(before: PlannedStep, now: PlannedStep, of: string): string[] {
  if (!isGone(before.count, now.count)) return [];
  return [`nothing is left${of}: ${before.amount ?? inFigures(before.count)} → ${now.amount ?? '0'}`];
}

function same(a: unknown, b: unknown): boolean {
  return canonicalJson(a ?? null) === canonicalJson(b ?? null);
}
