import { cannotDialog } from '../../report/hand.ts';
import { ACTIONS } from '../../report/ids.ts';
import type { HandMetadata } from '../metadata.ts';
import type { Tools } from '../tools.ts';
import { openView } from '../views.ts';
import { type Button, type Click, planOf } from './button.ts';

/** A step that was done by hand. */
export const handDone: Button = { id: ACTIONS.handDone, run: done };
/** Asks why it cannot be done. */
export const handCannot: Button = { id: ACTIONS.handCannot, run: cannot };

async function done(click: Click, tools: Tools): Promise<void> {
  const request = await planOf(click, tools);
  if (!request) return;
  const answer = await tools.flows.byHand({ ...request, step: stepOf(click), done: true });
  if (answer.says) await click.tell(answer.says);
}

async function cannot(click: Click, tools: Tools): Promise<void> {
  const request = await planOf(click, tools);
  if (!request) return;
  const step = stepOf(click);
  const plan = await tools.flows.plan(request);
  const metadata: HandMetadata = { ref: click.value, message: click.message, step };
  await openView(tools, click, cannotDialog(JSON.stringify(metadata), plan?.steps[step]?.what ?? null));
}

/** No step where the button names none: the flows then know no such thing. */
function stepOf({ name }: Click): number {
  return /^\d{1,4}$/.test(name ?? '') ? Number(name) : -1;
}
