import { denyDialog } from '../../report/approval-dialogs.ts';
import { ACTIONS } from '../../report/ids.ts';
import type { Tools } from '../tools.ts';
import { openView } from '../views.ts';
import { type Button, type Click, planMetadataOf, planOf } from './button.ts';

/** Asks for the reason. */
export const deny: Button = { id: ACTIONS.deny, run };

async function run(click: Click, tools: Tools): Promise<void> {
  const request = await planOf(click, tools);
  if (!request) return;
  const plan = await tools.flows.plan(request);
  await openView(tools, click, denyDialog(planMetadataOf(click), plan?.title ?? null));
}
