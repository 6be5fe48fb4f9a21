import type { Problem } from '../problem.ts';
import type { RunbookContext } from './context.ts';
import { unknownAction } from './references.ts';

/** The clock decides nothing: what it runs by itself has to be safe. */
export function lintSchedule(context: RunbookContext): Problem[] {
  const { document, runbook } = context;
  return (runbook.schedule?.runs ?? []).flatMap((name, index) => {
    const path = ['schedule', 'runs', index];
    const risk = runbook.actions?.[name]?.risk;
    if (risk === undefined) return unknownAction(context, path, name);
    if (risk === 'safe') return [];
    const message = `"${name}" is ${risk}, and nobody is there to decide`;
    const mend = 'leave it out: its button stands under the diagnosis';
    return [document.problem('schedule-only-safe', path, message, mend)];
  });
}
