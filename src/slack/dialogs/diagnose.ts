import { findRunbook } from '../../catalogue/find.ts';
import { parametersFor } from '../../catalogue/parameters.ts';
import { dialogErrors, readDialog } from '../../report/dialog-inputs.ts';
import { BLOCKS, DIALOGS } from '../../report/ids.ts';
import { choiceMetadata, readMetadata } from '../metadata.ts';
import { cannotWriteIn } from '../reach.ts';
import type { Tools } from '../tools.ts';
import { answerInView } from '../views.ts';
import type { Dialog, Submission } from './dialog.ts';

export const diagnose: Dialog = { id: DIALOGS.diagnose, submit };

async function submit({ body, acknowledge, asked }: Submission, tools: Tools): Promise<void> {
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
  const request = {
    service: service.name,
    runbook: runbook.name,
    parameters: read.parameters,
    by,
    place,
    ...(origin ? { origin } : {}),
  };
  const work = cannotWriteIn(tools, place.channel).then((problem) =>
    problem ? { ok: false as const, says: problem } : tools.flows.diagnose(request, requestId),
  );
  await answerInView(tools, body, acknowledge, work);
}
