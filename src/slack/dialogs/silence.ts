import type { Answer } from '../../flows/requests.ts';
import { ANSWERS } from '../../report/answers.ts';
import { readDialog } from '../../report/dialog-inputs.ts';
import { BLOCKS, DIALOGS } from '../../report/ids.ts';
import { misplaced } from '../buttons/button.ts';
import { planMetadata, readMetadata } from '../metadata.ts';
import type { Tools } from '../tools.ts';
import { answerInView } from '../views.ts';
import type { Dialog, Submission } from './dialog.ts';

/** Has Alertmanager silence what the person chose. */
export const silence: Dialog = { id: DIALOGS.silence, submit };

async function submit({ body, acknowledge, asked }: Submission, tools: Tools): Promise<void> {
  const { ref, message } = readMetadata(planMetadata, body.view.private_metadata);
  const { action, reason, chosen } = readDialog(body.view.state.values);
  const { by, requestId: id } = asked(message);
  if (!reason) {
    const errors = { [BLOCKS.reason]: ANSWERS.needsSilenceReason };
    return acknowledge({ response_action: 'errors', errors });
  }
  const work = async (): Promise<Answer> => {
    const problem = await misplaced(tools, message, ref.split(':')[1] ?? ref);
    if (problem) return { ok: false, says: problem };
    const origin = await tools.flows.origin(ref);
    if (!origin?.alert) return { ok: false, says: ANSWERS.noOrigin };
    const { alert } = origin;
    return tools.flows.silence({ id, alert, by, time: action ?? '', labels: chosen, reason });
  };
  await answerInView(tools, body, acknowledge, work());
}
