import { ANSWERS } from '../../report/answers.ts';
import { ACTIONS } from '../../report/ids.ts';
import { namesIn, silenceDialog } from '../../report/silence.ts';
import type { Tools } from '../tools.ts';
import { openView, updateView } from '../views.ts';
import { type Button, type Click, originOf, planMetadataOf } from './button.ts';

/** Asks how long, why, and what; how many alerts that is stands there once Alertmanager has said so. */
export const silence: Button = { id: ACTIONS.silence, run: ask };
export const endSilence: Button = { id: ACTIONS.endSilence, run: end };

async function ask(click: Click, tools: Tools): Promise<void> {
  const alert = await alertOf(click, tools);
  if (alert === null) return;
  const offered = await tools.flows.silenceOffer(alert, click.by);
  if (!offered.ok) return click.tell(offered.says);
  const { offer } = offered;
  const metadata = planMetadataOf(click);
  const view = await openView(tools, click, silenceDialog(metadata, offer, null));
  const reach = await tools.flows.silenceReach(alert, namesIn(offer.labels));
  await updateView(tools, view, silenceDialog(metadata, offer, reach));
}

async function end(click: Click, tools: Tools): Promise<void> {
  const alert = await alertOf(click, tools);
  if (alert === null) return;
  const answer = await tools.flows.endSilence(alert, click.by);
  if (answer.says) await click.tell(answer.says);
}

/** null when the person was told why it does not count. */
async function alertOf(click: Click, tools: Tools): Promise<string | null> {
  const origin = await originOf(click, tools);
  if (origin && origin.alert === null) await click.tell(ANSWERS.noOrigin);
  return origin?.alert ?? null;
}
