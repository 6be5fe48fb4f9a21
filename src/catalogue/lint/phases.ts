import type { Problem } from '../problem.ts';
import type { Phase } from '../schema.ts';
import type { RunbookContext } from './context.ts';
import { unknownAction, unknownChecks } from './references.ts';

/** Where the work has phases, every check and every action stands in exactly one of them. */
export function lintPhases(context: RunbookContext): Problem[] {
  const { runbook } = context;
  const phases = Object.entries(runbook.phases ?? {});
  if (phases.length === 0) return [];
  const unknown = phases.flatMap(([name, { checks, actions = [] }]) => [
    ...unknownChecks(context, ['phases', name, 'checks'], checks),
    ...actions.flatMap((action, index) => unknownAction(context, ['phases', name, 'actions', index], action)),
  ]);
  return [
    ...unknown,
    ...misplaced(context, 'checks', Object.keys(runbook.checks)),
    ...misplaced(context, 'actions', Object.keys(runbook.actions ?? {})),
  ];
}

function misplaced(
  { document, runbook }: RunbookContext,
  kind: keyof Phase & ('checks' | 'actions'),
  all: readonly string[],
): Problem[] {
  const placed = Object.values(runbook.phases ?? {}).flatMap((phase) => phase[kind] ?? []);
  return all.flatMap((name) => {
    const times = placed.filter((one) => one === name).length;
    if (times === 1) return [];
    const message = `"${name}" stands in ${times === 0 ? 'none' : times} of the phases`;
    const mend = times === 0 ? `add it to the ${kind} of a phase` : 'leave it in one of them';
    return [document.problem('phase-misses', [kind, name], message, mend)];
  });
}
