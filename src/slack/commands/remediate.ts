import { needsApproval } from '../../catalogue/policy.ts';
import { inTitle } from '../../catalogue/titles.ts';
import { cannotWriteIn } from '../reach.ts';
import {
  remediate as ask,
  choiceView,
  openQuestion,
  questionView,
  type Remedy,
  whyNotStart,
} from '../remedy.ts';
import { resolveAction } from '../resolve.ts';
import type { Tools } from '../tools.ts';
import { openView } from '../views.ts';
import type { Command, CommandRequest } from './command.ts';

export const remediate: Command = {
  name: 'remediate',
  usage: '[service/]runbook action name=value reason="…"',
  about: 'Run an action of a runbook; what is destructive waits for a second person',
  run,
};

async function run(request: CommandRequest, tools: Tools): Promise<void> {
  const { text, place } = request;
  const resolved = resolveAction(tools.catalogue(), text, place.channel);
  const canAsk = request.triggerId !== null;
  if (!resolved.ok) {
    const chosen = 'found' in resolved ? (resolved.found ?? null) : null;
    if (!canAsk || (text !== '' && chosen === null)) return request.tell(resolved.says);
    await openView(tools, request, choiceView({ place }, chosen));
    return;
  }
  const remedy: Remedy = { ...resolved, place };
  const barred = await whyNotStart(tools, request, remedy);
  if (barred) return request.tell(barred);
  if (openQuestion(remedy, resolved.confirmed)) {
    if (!canAsk) return request.tell(inWords(remedy));
    await openView(tools, request, questionView(remedy));
    return;
  }
  const problem = await cannotWriteIn(tools, place.channel);
  if (problem) return request.tell(problem);
  const answer = await ask(tools, request, remedy);
  if (answer.says) await request.tell(answer.says);
}

/** A mention opens no dialog: the question is asked in words. */
function inWords({ service, action, parameters }: Remedy): string {
  const title = inTitle(action.title, parameters);
  return needsApproval(service, action)
    ? `${title} is ${action.risk}, and somebody has to approve it: say why it is needed. Repeat it with reason="…".`
    : `${title} is disruptive: users may notice. Repeat it with confirm=yes to start it at once.`;
}
