import type { Person } from '../../approval/person.ts';
import { findRunbook } from '../../catalogue/find.ts';
import { parametersFor } from '../../catalogue/parameters.ts';
import type { Answer, DiagnoseRequest, Place } from '../../flows/requests.ts';
import { dialogErrors, readDialog } from '../../report/dialog-inputs.ts';
import { BLOCKS, DIALOGS } from '../../report/ids.ts';
import { choiceMetadata, readMetadata } from '../metadata.ts';
import { cannotWriteIn } from '../reach.ts';
import type { Tools } from '../tools.ts';
import { answerInView } from '../views.ts';
import type { Dialog, Submission } from './dialog.ts';

export const diagnose: Dialog = {
  id: DIALOGS.diagnose,
  submit: (submission, tools) =>
    withChosenRunbook(submission, tools, (chosen, { by, place, origin, requestId }) =>
      tools.flows.diagnose({ ...chosen, by, place, ...(origin ? { origin } : {}) }, requestId),
    ),
};

interface From {
  by: Person;
  place: Place;
  origin: string | undefined;
  requestId: string;
}

/** Asks something of the flows about the runbook that was chosen in a dialog, with its parameters. */
export async function withChosenRunbook(
  { body, acknowledge, asked }: Submission,
  tools: Tools,
  ask: (chosen: Pick<DiagnoseRequest, 'service' | 'runbook' | 'parameters'>, from: From) => Promise<Answer>,
): Promise<void> {
  const { place, origin } = readMetadata(choiceMetadata, body.view.private_metadata);
  const values = readDialog(body.view.state.values);
  const found = findRunbook(tools.catalogue(), values.runbook ?? '');
  if (!found.ok) return acknowledge({ response_action: 'errors', errors: { [BLOCKS.runbook]: found.says } });
  const { service, runbook } = found;
  const read = parametersFor(runbook, values.parameters);
  if (!read.ok) {
    return acknowledge({ response_action: 'errors', errors: dialogErrors(runbook, read.problems) });
  }
  const { by, requestId } = asked(place);
  const chosen = { service: service.name, runbook: runbook.name, parameters: read.parameters };
  const work = cannotWriteIn(tools, place.channel).then((problem) =>
    problem ? { ok: false as const, says: problem } : ask(chosen, { by, place, origin, requestId }),
  );
  await answerInView(tools, body, acknowledge, work);
}
