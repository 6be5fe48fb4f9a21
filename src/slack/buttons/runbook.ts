import type { ModalView } from '@slack/types';
import type { Runbook, Service } from '../../catalogue/catalogue.ts';
import { findRunbook } from '../../catalogue/find.ts';
import type { Place } from '../../flows/requests.ts';
import { diagnoseDialog } from '../../report/dialogs.ts';
import { ACTIONS } from '../../report/ids.ts';
import { runbookMessage } from '../../report/runbook.ts';
import { viewOf } from '../commands/runbook.ts';
import { choiceView } from '../remedy.ts';
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
export const begin = opening(ACTIONS.begin, (place, { runbook }) =>
  diagnoseDialog({ metadata: JSON.stringify({ place }), runbook }),
);
export const mend = opening(ACTIONS.mend, (place, found) => choiceView({ place }, found));

const GONE = 'This runbook is not in the catalogue any more.';

type Opens = (place: Place, found: { service: Service; runbook: Runbook }) => ModalView;

function opening(id: string, dialog: Opens): Button {
  return { id, run: (click, tools) => open(click, tools, dialog) };
}

async function open(click: Click, tools: Tools, dialog: Opens): Promise<void> {
  const found = findRunbook(tools.catalogue(), click.name ?? '');
  if (!found.ok || !click.place) return click.tell(GONE);
  await openView(tools, click, dialog(click.place, found));
}
