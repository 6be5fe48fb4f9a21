import { ANSWERS } from '../../report/answers.ts';
import { escalateDialog } from '../../report/escalation.ts';
import { ACTIONS } from '../../report/ids.ts';
import { shownIn } from '../escalation-choices.ts';
import type { EscalateMetadata } from '../metadata.ts';
import type { Tools } from '../tools.ts';
import { openView } from '../views.ts';
import { type Button, type Click, originOf } from './button.ts';

/** Asks what is seen or who is needed. */
export const escalate: Button = { id: ACTIONS.escalate, run };

async function run(click: Click, tools: Tools): Promise<void> {
  const origin = await originOf(click, tools);
  if (!origin) return;
  if (origin.alert === null) return click.tell(ANSWERS.noOrigin);
  const choices = await tools.flows.escalations(origin.alert);
  if (choices.length === 0) return click.tell(ANSWERS.nobodyLeft);
  const metadata: EscalateMetadata = { ref: click.value, message: click.message, seen: shownIn(choices) };
  await openView(tools, click, escalateDialog(JSON.stringify(metadata), choices));
}
