import { unknownAction } from '../../report/help.ts';
import { ACTIONS } from '../../report/ids.ts';
import { remediate as ask, openQuestion, questionView, type Remedy } from '../remedy.ts';
import type { Tools } from '../tools.ts';
import { openView } from '../views.ts';
import { type Button, type Click, originOf } from './button.ts';

/** An action that was offered in a thread. Slack itself has asked whether it shall when it is disruptive. */
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
  const { parameters, place, ref } = origin;
  const remedy: Remedy = { service, runbook, action, parameters, reason: null, origin: ref, place };
  if (openQuestion(remedy, true)) {
    await openView(tools, click, questionView(remedy));
    return;
  }
  const answer = await ask(tools, click, remedy);
  if (answer.says) await click.tell(answer.says);
}
