import type { Answer, DiagnoseRequest, OriginView } from '../../flows/requests.ts';
import { diagnoseDialog } from '../../report/dialogs.ts';
import { standingAt } from '../../store/messages.ts';
import { cannotWriteIn } from '../reach.ts';
import { resolveRunbook } from '../resolve.ts';
import type { Tools } from '../tools.ts';
import { openView } from '../views.ts';
import type { Command, CommandRequest } from './command.ts';

export const diagnose: Command = {
  name: 'diagnose',
  usage: '[service/]runbook name=value',
  about: 'Run the checks of a runbook and say what is wrong',
  run,
};

async function run(request: CommandRequest, tools: Tools): Promise<void> {
  const { text, place, by } = request;
  if (text === '' && request.triggerId !== null) {
    await openView(tools, request, diagnoseDialog({ metadata: JSON.stringify({ place }), runbook: null }));
    return;
  }
  const asked = text === '' ? await ofThread(request, tools) : null;
  if (asked) return answer(request, await tools.flows.diagnose(asked, request.requestId));
  const resolved = resolveRunbook(tools.catalogue(), text, place.channel);
  if (!resolved.ok) return request.tell(resolved.says);
  const problem = await cannotWriteIn(tools, place.channel);
  if (problem) return request.tell(problem);
  const { service, runbook, parameters } = resolved;
  const thread = await originIn(request, tools);
  const origin = thread?.service === service.name ? { origin: thread.ref } : {};
  const wanted = { service: service.name, runbook: runbook.name, parameters, by, place, ...origin };
  return answer(request, await tools.flows.diagnose(wanted, request.requestId));
}

async function answer(request: CommandRequest, { says }: Answer): Promise<void> {
  if (says) await request.tell(says);
}

/** In the thread of an alert or of a diagnosis nobody has to say which runbook is meant. */
async function ofThread(request: CommandRequest, tools: Tools): Promise<DiagnoseRequest | null> {
  const { place, by } = request;
  const origin = await originIn(request, tools);
  if (!origin?.runbook) return null;
  const { service, runbook, parameters, refused } = origin;
  const about = { service, runbook, parameters, ...(refused ? { refused } : {}) };
  return { ...about, by, place, origin: origin.ref };
}

/** What the thread is about in which somebody writes, where it is one of ours: what is asked there ends with it. */
async function originIn({ place }: CommandRequest, tools: Tools): Promise<OriginView | null> {
  if (!place.thread) return null;
  const first = await standingAt(tools.db, place.channel, place.thread);
  return first && tools.flows.origin(first.key);
}
