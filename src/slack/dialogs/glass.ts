import { readDialog } from '../../report/dialog-inputs.ts';
import { DIALOGS } from '../../report/ids.ts';
import { onPlan } from './approve.ts';
import type { Dialog } from './dialog.ts';

export const glass: Dialog = {
  id: DIALOGS.glass,
  submit: (submission, tools) => {
    const { reason } = readDialog(submission.body.view.state.values);
    return onPlan(submission, tools, (request) =>
      tools.flows.breakGlass({ ...request, reason: reason ?? '' }),
    );
  },
};

export const review: Dialog = {
  id: DIALOGS.review,
  submit: (submission, tools) => {
    const { reason } = readDialog(submission.body.view.state.values);
    return onPlan(submission, tools, (request) => tools.flows.review({ ...request, note: reason ?? '' }));
  },
};
