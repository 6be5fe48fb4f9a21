import type { Answer } from '../../flows/requests.ts';
import { ANSWERS } from '../../report/answers.ts';
import { readDialog } from '../../report/dialog-inputs.ts';
import { DIALOGS } from '../../report/ids.ts';
import { misplaced } from '../buttons/button.ts';
import { versionOfChoice } from '../escalation-choices.ts';
import { escalateMetadata, readMetadata } from '../metadata.ts';
import type { Tools } from '../tools.ts';
import { answerInView } from '../views.ts';
import type { Dialog, Submission } from './dialog.ts';

/** Calls whom the person chose. */
export const escalate: Dialog = { id: DIALOGS.escalate, submit };

async function submit({ body, acknowledge, asked }: Submission, tools: Tools): Promise<void> {
  const { ref, message, seen = {} } = readMetadata(escalateMetadata, body.view.private_metadata);
  const { action, reason } = readDialog(body.view.state.values);
  const { by } = asked(message);
  const work = async (): Promise<Answer> => {
    const problem = await misplaced(tools, message, ref.split(':')[1] ?? ref);
    if (problem) return { ok: false, says: problem };
    const origin = await tools.flows.origin(ref);
    if (!origin?.alert) return { ok: false, says: ANSWERS.noOrigin };
    const choice = (await tools.flows.escalations(origin.alert)).find((one) => one.ref === action);
    if (choice && seen[choice.ref] !== versionOfChoice(choice))
      return { ok: false, says: ANSWERS.callChanged };
    const answer = await tools.flows.escalate(origin.alert, by, { ref: action ?? '', note: reason });
    return answer.ok ? { ok: true } : answer;
  };
  await answerInView(tools, body, acknowledge, work());
}
