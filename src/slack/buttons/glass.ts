import type { ModalView } from '@slack/types';
import { glassDialog, reviewDialog } from '../../report/glass.ts';
import { ACTIONS } from '../../report/ids.ts';
import type { Tools } from '../tools.ts';
import { openView } from '../views.ts';
import { type Button, type Click, planMetadataOf, planOf } from './button.ts';

/** Asks why it cannot wait. */
export const glass: Button = { id: ACTIONS.glass, run: (click, tools) => open(click, tools, glassDialog) };
/** Asks what whoever looks at it afterwards found. */
export const review: Button = { id: ACTIONS.review, run: (click, tools) => open(click, tools, reviewDialog) };

async function open(
  click: Click,
  tools: Tools,
  view: (metadata: string, title: string | null) => ModalView,
): Promise<void> {
  const request = await planOf(click, tools);
  if (!request) return;
  const plan = await tools.flows.plan(request);
  await openView(tools, click, view(planMetadataOf(click), plan?.title ?? null));
}
