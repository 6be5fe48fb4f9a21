import type { Parameters } from '../steps/step-kind.ts';
import type { Runbook, RunbookAction } from './catalogue.ts';
import { inTitle } from './titles.ts';

/** The action that takes another one back; undefined where none does. */
export function undoingAction(
  { actions }: Pick<Runbook, 'actions'>,
  { undoneBy }: Pick<RunbookAction, 'undoneBy'>,
): RunbookAction | undefined {
  return actions.find((action) => action.name === undoneBy);
}

/** How an action is taken back, in words; undefined where the runbook does not say. */
export function undoInRunbook(
  runbook: Pick<Runbook, 'actions'>,
  action: Pick<RunbookAction, 'undo' | 'undoneBy'>,
  parameters: Parameters,
): string | undefined {
  const by = undoingAction(runbook, action);
  return by ? `by the action "${inTitle(by.title, parameters)}"` : action.undo;
}
