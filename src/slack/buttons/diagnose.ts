import type { Runbook } from '../../catalogue/catalogue.ts';
import { parametersFor } from '../../catalogue/parameters.ts';
import type { DiagnoseRequest, OriginView } from '../../flows/requests.ts';
import { diagnoseDialog } from '../../report/dialogs.ts';
import { ACTIONS } from '../../report/ids.ts';
import type { Tools } from '../tools.ts';
import { openView } from '../views.ts';
import { type Button, type Click, originOf } from './button.ts';

/** Diagnoses in the thread again, or with another runbook where no runbook claims the alert. */
export const diagnose: Button = { id: ACTIONS.diagnose, run };

async function run(click: Click, tools: Tools): Promise<void> {
  const origin = await originOf(click, tools);
  if (!origin) return;
  const service = tools.catalogue().services.get(origin.service);
  const runbook = service?.runbooks.get(click.name ?? origin.runbook ?? '') ?? null;
  const read = runbook && parametersOf(origin, runbook);
  if (!runbook || !read?.ok) {
    const metadata = JSON.stringify({ place: origin.place, origin: origin.ref });
    const { refused } = origin;
    await openView(tools, click, diagnoseDialog({ metadata, runbook, ...(refused ? { refused } : {}) }));
    return;
  }
  const answer = await tools.flows.diagnose(
    {
      service: origin.service,
      runbook: runbook.name,
      parameters: read.parameters,
      by: click.by,
      origin: origin.ref,
      place: origin.place,
    },
    click.requestId,
  );
  if (answer.says) await click.tell(answer.says);
}

/** A person says what an alert did not. */
function parametersOf(
  origin: OriginView,
  runbook: Runbook,
): { ok: true; parameters: DiagnoseRequest['parameters'] } | { ok: false } {
  if (runbook.name !== origin.runbook) return parametersFor(runbook, {});
  const { parameters, refused = {} } = origin;
  return Object.keys(refused).length > 0 ? { ok: false } : { ok: true, parameters };
}
