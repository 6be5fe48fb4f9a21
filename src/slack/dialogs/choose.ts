import type { BlockAction } from '@slack/bolt';
import type { ModalView } from '@slack/types';
import { findRunbook } from '../../catalogue/find.ts';
import { type DialogValues, readDialog } from '../../report/dialog-inputs.ts';
import { type DialogState, diagnoseDialog, remediateDialog, snapshotDialog } from '../../report/dialogs.ts';
import { DIALOGS, READINGS } from '../../report/ids.ts';
import { runbookDialog } from '../../report/runbook.ts';
import { viewOf } from '../commands/runbook.ts';
import { failureOf, slackError } from '../failures.ts';
import type { Tools } from '../tools.ts';

/** A runbook or an action was chosen in an open dialog: it shows what that needs. */
export async function chooseInDialog(tools: Tools, view: NonNullable<BlockAction['view']>): Promise<void> {
  const values = readDialog(view.state.values);
  const found = findRunbook(tools.catalogue(), values.runbook ?? '');
  const state = { metadata: view.private_metadata, runbook: found.ok ? found.runbook : null };
  const next = await nextView(tools, view.callback_id, values, state);
  try {
    await tools.connection.client.views.update({ view_id: view.id, hash: view.hash, view: next });
  } catch (error) {
    // Chosen anew meanwhile, or closed: what is newer stands.
    if (failureOf(error).code !== 'hash_conflict' && failureOf(error).kind !== 'gone') {
      throw slackError('A dialog was to be changed', error);
    }
  }
}

async function nextView(
  tools: Tools,
  dialog: string,
  values: DialogValues,
  state: DialogState,
): Promise<ModalView> {
  if (dialog === DIALOGS.remediate) return remediateDialog({ ...state, action: values.action });
  if (dialog === DIALOGS.snapshot) return snapshotDialog(state);
  if (dialog !== READINGS.runbook) return diagnoseDialog(state);
  return runbookDialog(state.metadata, await viewOf(tools, values.runbook ?? '', ''));
}
