import type { BlockAction } from '@slack/bolt';
import { findRunbook } from '../../catalogue/find.ts';
import { readDialog } from '../../report/dialog-inputs.ts';
import { diagnoseDialog, remediateDialog } from '../../report/dialogs.ts';
import { DIALOGS } from '../../report/ids.ts';
import { failureOf, slackError } from '../failures.ts';
import type { Tools } from '../tools.ts';

/** A runbook or an action was chosen in an open dialog: it shows what that needs. */
export async function chooseInDialog(tools: Tools, view: NonNullable<BlockAction['view']>): Promise<void> {
  const values = readDialog(view.state.values);
  const found = findRunbook(tools.catalogue(), values.runbook ?? '');
  const state = { metadata: view.private_metadata, runbook: found.ok ? found.runbook : null };
  const next =
    view.callback_id === DIALOGS.remediate
      ? remediateDialog({ ...state, action: values.action })
      : diagnoseDialog(state);
  try {
    await tools.connection.client.views.update({ view_id: view.id, hash: view.hash, view: next });
  } catch (error) {
    // Chosen anew meanwhile, or closed: what is newer stands.
    if (failureOf(error).code !== 'hash_conflict' && failureOf(error).kind !== 'gone') {
      throw slackError('A dialog was to be changed', error);
    }
  }
}
