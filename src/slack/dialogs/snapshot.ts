import { DIALOGS } from '../../report/ids.ts';
import { withChosenRunbook } from './diagnose.ts';
import type { Dialog, Submission } from './dialog.ts';

/** The charts of the runbook that was chosen. */
export const snapshot: Dialog = {
  id: DIALOGS.snapshot,
  submit: (submission: Submission, tools) =>
    withChosenRunbook(submission, tools, ({ service, runbook, parameters }, { by, place, requestId }) =>
      tools.flows.draw({ subject: { of: 'runbook', service, runbook, parameters }, by, place }, requestId),
    ),
};
