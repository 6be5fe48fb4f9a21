import { findRunbook } from '../../catalogue/find.ts';
import { parametersFor } from '../../catalogue/parameters.ts';
import { needsApproval } from '../../catalogue/policy.ts';
import { versionOfActions } from '../../catalogue/version.ts';
import { ANSWERS } from '../../report/answers.ts';
import { actionBlock, dialogErrors, readDialog } from '../../report/dialog-inputs.ts';
import { unknownAction } from '../../report/help.ts';
import { BLOCKS, DIALOGS } from '../../report/ids.ts';
import { SUBMIT } from '../../report/modal.ts';
import { choiceMetadata, readMetadata } from '../metadata.ts';
import { cannotWriteIn } from '../reach.ts';
import { remediate as ask, choiceView, openQuestion, type Remedy } from '../remedy.ts';
import type { Tools } from '../tools.ts';
import { answerInView } from '../views.ts';
import type { Dialog, Submission } from './dialog.ts';

export const remediate: Dialog = { id: DIALOGS.remediate, submit };

async function submit({ body, acknowledge, asked }: Submission, tools: Tools): Promise<void> {
  const metadata = readMetadata(choiceMetadata, body.view.private_metadata);
  const remedy = chosen(body.view.state.values, tools);
  if ('errors' in remedy) return acknowledge({ response_action: 'errors', errors: remedy.errors });
  const { place, origin, seen } = metadata;
  const whole: Remedy = { ...remedy, place, origin };
  const changed = seen !== undefined && seen !== versionOfActions(whole.service, whole.runbook);
  if (changed || seen === undefined || saysOtherwise(body.view, whole)) {
    const view = choiceView(metadata, whole, { action: whole.action.name, changed });
    return acknowledge({ response_action: 'update', view });
  }
  // The dialog showed the risk, and its button says that it starts.
  if (openQuestion(whole, true)) {
    const errors = { [BLOCKS.reason]: ANSWERS.needsReason };
    return acknowledge({ response_action: 'errors', errors });
  }
  const work = cannotWriteIn(tools, place.channel).then((problem) =>
    problem ? { ok: false as const, says: problem } : ask(tools, asked(place), whole),
  );
  await answerInView(tools, body, acknowledge, work);
}

/** Its button promised a request, for another action or by another catalogue: now it would start at once. */
function saysOtherwise({ submit }: Submission['body']['view'], { service, action }: Remedy): boolean {
  return submit?.text === SUBMIT.request && !needsApproval(service, action);
}

type Chosen = Omit<Remedy, 'place' | 'origin'>;

function chosen(state: unknown, tools: Tools): Chosen | { errors: Record<string, string> } {
  const values = readDialog(state);
  const found = findRunbook(tools.catalogue(), values.runbook ?? '');
  if (!found.ok) return { errors: { [BLOCKS.runbook]: found.says } };
  const { service, runbook } = found;
  const action = runbook.actions.find((one) => one.name === values.action);
  if (!action) {
    const names = runbook.actions.map((one) => one.name);
    const block = names.length > 0 ? actionBlock(runbook) : BLOCKS.runbook;
    return { errors: { [block]: unknownAction(runbook.name, values.action ?? '', names) } };
  }
  const read = parametersFor(runbook, values.parameters);
  if (!read.ok) return { errors: dialogErrors(runbook, read.problems) };
  return { service, runbook, action, parameters: read.parameters, reason: values.reason };
}
