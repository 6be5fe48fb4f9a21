import { readDialog } from '../../report/dialog-inputs.ts';
import { DIALOGS } from '../../report/ids.ts';
import { onPlan } from './approve.ts';
import type { Dialog } from './dialog.ts';

export const deny: Dialog = {
  id: DIALOGS.deny,
  submit: (submission, tools) => {
    const { reason } = readDialog(submission.body.view.state.values);
    return onPlan(submission, tools, (request) => tools.flows.deny({ ...request, reason: reason ?? '' }));
  },
};
