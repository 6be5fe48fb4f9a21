import { approvalDialog, approvalWaiting } from '../../report/approval-dialogs.ts';
import { ACTIONS, planRef, readPlanRef } from '../../report/ids.ts';
import type { PlanMetadata } from '../metadata.ts';
import type { Tools } from '../tools.ts';
import { openView, updateView } from '../views.ts';
import { whatWentWrong } from '../wrong.ts';
import { type Button, type Click, misplaced, planMetadataOf } from './button.ts';

/** Opens the dialog before anything else, since its trigger lives three seconds, then makes the plan anew. */
export const approve: Button = { id: ACTIONS.approve, run };

async function run(click: Click, tools: Tools): Promise<void> {
  const metadata = planMetadataOf(click);
  const waiting = { ...approvalWaiting(click.value), private_metadata: metadata };
  const view = await openView(tools, click, waiting);
  const shown = await look(click, tools).catch((error: unknown) => {
    tools.logger.error({ err: error, requestId: click.requestId }, 'a plan could not be shown');
    return approvalDialog(metadata, { ok: false, says: whatWentWrong(error) });
  });
  await updateView(tools, view, shown);
}

/** Whoever may not decide reads why in the dialog, and again in the thread once it is closed. */
async function look(click: Click, tools: Tools) {
  const ref = readPlanRef(click.value);
  const problem = ref ? await misplaced(tools, click.message, ref.plan) : 'This button is out of date.';
  if (!ref || problem) return approvalDialog('', { ok: false, says: problem ?? '' });
  const view = await tools.flows.viewPlan({ ...ref, by: click.by });
  if (!view.ok) {
    await click.tell(view.says);
    return approvalDialog(click.value, view);
  }
  // The vote counts for what is shown here, whatever the button said.
  const metadata: PlanMetadata = { ref: planRef(ref.plan, view.digest), message: click.message };
  return approvalDialog(JSON.stringify(metadata), view);
}
