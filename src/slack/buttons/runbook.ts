import { findRunbook } from '../../catalogue/find.ts';
import { diagnoseDialog, remediateDialog } from '../../report/dialogs.ts';
import { ACTIONS } from '../../report/ids.ts';
import { runbookMessage } from '../../report/runbook.ts';
import { viewOf } from '../commands/runbook.ts';
import type { Tools } from '../tools.ts';
import { openView } from '../views.ts';
import type { Button, Click } from './button.ts';

/** Reads a runbook that was found. */
export const show: Button = {
  id: ACTIONS.show,
  async run(click, tools) {
    const view = await viewOf(tools, click.name ?? '', '');
    await click.tell(view ? runbookMessage(view) : GONE);
  },
};

/** From reading a runbook to using it: the dialog opens with it chosen. */
export const begin = opening(ACTIONS.begin, diagnoseDialog);
export const mend = opening(ACTIONS.mend, remediateDialog);

const GONE = 'This runbook is not in the catalogue any more.';

function opening(id: string, dialog: typeof remediateDialog): Button {
  return { id, run: (click, tools) => open(click, tools, dialog) };
}

async function open(click: Click, tools: Tools, dialog: typeof remediateDialog): Promise<void> {
  const found = findRunbook(tools.catalogue(), click.name ?? '');
  if (!found.ok || !click.place) return click.tell(GONE);
  const metadata = JSON.stringify({ place: click.place });
  const { runbook, service } = found;
  await openView(tools, click, dialog({ metadata, runbook, policies: service.policies }));
}
