import { setTimeout as pause } from 'node:timers/promises';
import type { ViewSubmitAction } from '@slack/bolt';
import type { ModalView } from '@slack/types';
import { GuardiaError } from '../errors.ts';
import type { Answer } from '../flows/requests.ts';
import { answerMessage } from '../report/help.ts';
import type { LateLook } from '../report/states.ts';
import type { Asked } from './asked.ts';
import { failureOf, slackError } from './failures.ts';
import type { Tools } from './tools.ts';

/** What a submitted dialog is acknowledged with: nothing closes it. */
export type ViewAnswer =
  | undefined
  | { response_action: 'errors'; errors: Record<string, string> }
  | { response_action: 'update'; view: ModalView };

export type AcknowledgeView = (answer?: ViewAnswer) => Promise<void>;
export type Submitted = Pick<ViewSubmitAction, 'view' | 'user' | 'trigger_id'>;

/** Slack waits three seconds for the answer to a submitted dialog; the way there and back takes some of them. */
const ANSWER_WITHIN_MS = 1_800;

/** Opens a dialog; answers its id. */
export async function openView({ connection }: Tools, by: Asked, view: ModalView): Promise<string> {
  if (by.triggerId === null) throw new GuardiaError('internal', 'There is nothing that opens a dialog here.');
  try {
    const answer = await connection.client.views.open({ trigger_id: by.triggerId, view });
    return answer.view?.id ?? '';
  } catch (error) {
    if (/trigger/.test(failureOf(error).code)) {
      throw new GuardiaError('bad-input', 'Slack lets a dialog open only within 3 seconds. Try once more.');
    }
    throw slackError('A dialog was to be opened', error);
  }
}

/** Replaces an open dialog; that it was closed meanwhile is no error. */
export async function updateView({ connection }: Tools, id: string, view: ModalView): Promise<void> {
  try {
    await connection.client.views.update({ view_id: id, view });
  } catch (error) {
    if (failureOf(error).kind !== 'gone') throw slackError('A dialog was to be changed', error);
  }
}

/** A dialog that only says something. */
export function noticeView(title: string, says: string): ModalView {
  return {
    type: 'modal',
    title: { type: 'plain_text', text: title.slice(0, 24) },
    close: { type: 'plain_text', text: 'Close' },
    blocks: [...answerMessage(says).blocks],
  };
}

/**
 * Answers a submitted dialog with what came of it: it closes when all is well, else it says why. What takes longer
 * than Slack waits is shown in the dialog once it is known.
 */
export async function answerInView(
  tools: Tools,
  body: Submitted,
  acknowledge: AcknowledgeView,
  work: Promise<Answer>,
  /** The question that an answer asks, where it does. */
  ask: AskLate = () => null,
): Promise<void> {
  const title = body.view.title.text;
  const timer = new AbortController();
  const slow = pause(ANSWER_WITHIN_MS, null, { signal: timer.signal, ref: false }).catch(() => null);
  const first = await Promise.race([work, slow]).finally(() => timer.abort());
  if (first !== null) return acknowledge(viewAnswer(title, first, ask));
  await acknowledge({
    response_action: 'update',
    view: noticeView(title, 'One moment, this takes a while …'),
  });
  const answer = await work;
  const notice = () => noticeView(title, answer.says ?? 'Done. The thread shows the rest.');
  await updateView(tools, body.view.id, questionIn(answer, ask) ?? notice());
}

type AskLate = (late: LateLook) => ModalView | null;

function viewAnswer(title: string, answer: Answer, ask: AskLate): ViewAnswer {
  if (answer.ok && !answer.says) return undefined;
  return { response_action: 'update', view: questionIn(answer, ask) ?? noticeView(title, answer.says ?? '') };
}

function questionIn(answer: Answer, ask: AskLate): ModalView | null {
  return !answer.ok && answer.late ? ask(answer.late) : null;
}
