import type { BlockAction } from '@slack/bolt';
import type { ModalView } from '@slack/types';
import type { Person } from '../../approval/person.ts';
import { findRunbook } from '../../catalogue/find.ts';
import { type DialogValues, readDialog } from '../../report/dialog-inputs.ts';
import { diagnoseDialog, snapshotDialog } from '../../report/dialogs.ts';
import { DIALOGS, READINGS } from '../../report/ids.ts';
import { runbookDialog } from '../../report/runbook.ts';
import { silenceDialog } from '../../report/silence.ts';
import { viewOf } from '../commands/runbook.ts';
import { failureOf, slackError } from '../failures.ts';
import { choiceMetadata, planMetadata, readMetadata } from '../metadata.ts';
import { choiceView } from '../remedy.ts';
import type { Tools } from '../tools.ts';
import { noticeView } from '../views.ts';

type OpenView = NonNullable<BlockAction['view']>;

/** Something was chosen in an open dialog: it shows what that needs, or what it means. */
export async function chooseInDialog(tools: Tools, view: OpenView, by: Person): Promise<void> {
  const values = readDialog(view.state.values);
  const next =
    view.callback_id === DIALOGS.silence
      ? await silenceView(tools, view, values, by)
      : await runbookView(tools, view, values);
  try {
    await tools.connection.client.views.update({ view_id: view.id, hash: view.hash, view: next });
  } catch (error) {
    // Chosen anew meanwhile, or closed: what is newer stands.
    if (failureOf(error).code !== 'hash_conflict' && failureOf(error).kind !== 'gone') {
      throw slackError('A dialog was to be changed', error);
    }
  }
}

async function runbookView(
  tools: Tools,
  { callback_id: dialog, private_metadata: metadata }: OpenView,
  values: DialogValues,
): Promise<ModalView> {
  const found = findRunbook(tools.catalogue(), values.runbook ?? '');
  const state = { metadata, runbook: found.ok ? found.runbook : null };
  if (dialog === DIALOGS.remediate) {
    const { action } = values;
    return choiceView(readMetadata(choiceMetadata, metadata), found.ok ? found : null, { action });
  }
  if (dialog === DIALOGS.snapshot) return snapshotDialog(state);
  if (dialog !== READINGS.runbook) return diagnoseDialog(state);
  return runbookDialog(metadata, await viewOf(tools, values.runbook ?? '', ''));
}

/** Other labels are other alerts. */
async function silenceView(
  tools: Tools,
  { private_metadata: metadata, title }: OpenView,
  { chosen }: DialogValues,
  by: Person,
): Promise<ModalView> {
  const alert = readMetadata(planMetadata, metadata).ref.split(':')[1] ?? '';
  const [offered, reach] = await Promise.all([
    tools.flows.silenceOffer(alert, by),
    tools.flows.silenceReach(alert, chosen),
  ]);
  return offered.ok ? silenceDialog(metadata, offered.offer, reach) : noticeView(title.text, offered.says);
}
