import { readDialog } from '../../report/dialog-inputs.ts';
import { DIALOGS } from '../../report/ids.ts';
import { handMetadata, readMetadata } from '../metadata.ts';
import { onPlan } from './approve.ts';
import type { Dialog } from './dialog.ts';

/** Why a step cannot be done by hand. */
export const cannot: Dialog = {
  id: DIALOGS.cannot,
  submit: async (submission, tools) => {
    const { view } = submission.body;
    const { step } = readMetadata(handMetadata, view.private_metadata);
    const { reason } = readDialog(view.state.values);
    return onPlan(submission, tools, (request) =>
      tools.flows.byHand({ ...request, step, done: false, reason: reason ?? '' }),
    );
  },
};
