import { parametersNamed } from '../../catalogue/parameters.ts';
import { ANSWERS } from '../../report/answers.ts';
import { dialogErrors, readDialog } from '../../report/dialog-inputs.ts';
import { unknownAction } from '../../report/help.ts';
import { BLOCKS, DIALOGS } from '../../report/ids.ts';
import { askMetadata, readMetadata } from '../metadata.ts';
import { cannotWriteIn } from '../reach.ts';
import { lackingOf, openQuestion, questionView, type Remedy, remediate, versionNow } from '../remedy.ts';
import type { Tools } from '../tools.ts';
import { answerInView, noticeView } from '../views.ts';
import type { Dialog, Submission } from './dialog.ts';

/** The question before an action was answered: why, or that it shall. */
export const ask: Dialog = { id: DIALOGS.ask, submit };

async function submit({ body, acknowledge, asked }: Submission, tools: Tools): Promise<void> {
  const { place, origin, seen, allTheSame, ...wanted } = readMetadata(
    askMetadata,
    body.view.private_metadata,
  );
  const service = tools.catalogue().services.get(wanted.service);
  const runbook = service?.runbooks.get(wanted.runbook);
  const action = runbook?.actions.find((one) => one.name === wanted.action);
  if (!service || !runbook || !action) {
    const view = noticeView(body.view.title.text, unknownAction(wanted.runbook, wanted.action, []));
    return acknowledge({ response_action: 'update', view });
  }
  const { reason, parameters: typed } = readDialog(body.view.state.values);
  const { parameters } = wanted;
  const asks: Remedy = { service, runbook, action, parameters, reason, origin, place, allTheSame };
  // The catalogue may have changed while it was open: what it showed is what happens.
  if (seen !== versionNow(asks))
    return acknowledge({ response_action: 'update', view: questionView(asks, { changed: true }) });
  const read = parametersNamed(runbook, lackingOf(asks), typed);
  if (!read.ok) {
    return acknowledge({ response_action: 'errors', errors: dialogErrors(runbook, read.problems) });
  }
  const remedy: Remedy = { ...asks, parameters: { ...asks.parameters, ...read.parameters } };
  if (openQuestion(remedy, true)) {
    const says = allTheSame ? ANSWERS.needsLateReason : ANSWERS.needsReason;
    return acknowledge({ response_action: 'errors', errors: { [BLOCKS.reason]: says } });
  }
  const problem = cannotWriteIn(tools, place.channel);
  const work = problem.then((says) =>
    says ? { ok: false as const, says } : remediate(tools, asked(place), remedy),
  );
  await answerInView(tools, body, acknowledge, work, (late) => questionView(remedy, { late }));
}
