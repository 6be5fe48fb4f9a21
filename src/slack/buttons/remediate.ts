import type { Button as BlockButton } from '@slack/types';
import { inTitle } from '../../catalogue/titles.ts';
import { lateWaiting } from '../../report/approval-dialogs.ts';
import { unknownAction } from '../../report/help.ts';
import { ACTIONS, readStartRef } from '../../report/ids.ts';
import type { Message } from '../../report/message.ts';
import { standingAt } from '../../store/messages.ts';
import {
  remediate as ask,
  openQuestion,
  questionView,
  type Remedy,
  versionNow,
  whyNotStart,
} from '../remedy.ts';
import type { Tools } from '../tools.ts';
import { openView, updateView } from '../views.ts';
import { type Button, type Click, originOf } from './button.ts';

/** An action that was offered in a thread. Where its button did so, Slack itself has asked whether it shall. */
export const remediate: Button = { id: ACTIONS.remediate, run };

async function run(click: Click, tools: Tools): Promise<void> {
  const origin = await originOf(click, tools);
  if (!origin) return;
  const service = tools.catalogue().services.get(origin.service);
  const runbook = service?.runbooks.get(origin.runbook ?? '');
  const action = runbook?.actions.find((one) => one.name === click.name);
  if (!service || !runbook || !action) {
    const names = runbook?.actions.map((one) => one.name) ?? [];
    return click.tell(unknownAction(origin.runbook ?? origin.service, click.name ?? '', names));
  }
  const { parameters, refused, place, ref } = origin;
  const remedy: Remedy = { service, runbook, action, parameters, refused, reason: null, origin: ref, place };
  const barred = await whyNotStart(tools, click, remedy);
  if (barred) return click.tell(barred);
  const changed = readStartRef(click.value)?.seen !== versionNow(remedy);
  if (await tools.flows.isLate(wantedOf(remedy))) return askLate(click, tools, remedy, changed);
  if (changed || openQuestion(remedy, await askedAlready(click, tools))) {
    await openView(tools, click, questionView(remedy, { changed }));
    return;
  }
  const answer = await ask(tools, click, remedy);
  const { says } = answer;
  if (!says) return;
  // What changed within these seconds is asked for, where a dialog still opens.
  if (answer.ok || !answer.late) return click.tell(says);
  await openView(tools, click, questionView(remedy, { late: answer.late })).catch(() => click.tell(says));
}

/** The button is older than what it was for: the dialog says what is seen now, and asks. */
async function askLate(click: Click, tools: Tools, remedy: Remedy, changed: boolean): Promise<void> {
  const { title } = remedy.action;
  const view = await openView(tools, click, lateWaiting(inTitle(title, remedy.parameters)));
  const late = await tools.flows.lookAgain(wantedOf(remedy));
  await updateView(tools, view, questionView(remedy, { changed, late: late ?? undefined }));
}

function wantedOf({ service, runbook, action, parameters, origin }: Remedy) {
  return {
    ...{ service: service.name, runbook: runbook.name, action: action.name, parameters },
    ...(origin ? { origin } : {}),
  };
}

/** The button may be older than the catalogue: what had to be approved then was offered without a question. */
async function askedAlready({ message, name }: Click, { db }: Tools): Promise<boolean> {
  const standing = message && (await standingAt(db, message.channel, message.ts));
  const buttons = standing ? buttonsOf(standing.payload) : [];
  return buttons.find((one) => one.action_id === `${ACTIONS.remediate}:${name}`)?.confirm !== undefined;
}

function buttonsOf({ blocks }: Message): BlockButton[] {
  return blocks
    .flatMap((block) => (block.type === 'actions' ? block.elements : []))
    .filter((one) => one.type === 'button');
}
