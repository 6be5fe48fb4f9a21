import { manual } from '../steps/manual.ts';
import type { Parameters, Step } from '../steps/step-kind.ts';
import { MANUAL, type Runbook, type RunbookCheck } from './catalogue.ts';
import { durationMs } from './schema-parts.ts';
import { inTitle } from './titles.ts';

/** What a person is asked to look at or to do. */
export interface ByHand {
  does: string;
  /** Name of the role whose work it is. */
  by: string | null;
  /** In an action: how long the run waits for it. */
  withinMs: number;
}

/** A manual step with its placeholders filled in. */
export function byHandOf(step: Step, parameters: Parameters): ByHand {
  const { do: does, by, within } = manual.input.parse(step.input);
  return { does: inTitle(does, parameters), by: by ?? null, withinMs: durationMs(within) };
}

export function isByHand(step: Step): boolean {
  return step.kind === MANUAL;
}

/** The checks that are a person's: they are ticked off, and are no findings. */
export function handsOf({ checks }: Pick<Runbook, 'checks'>): RunbookCheck[] {
  return checks.filter((check) => isByHand(check.step));
}
