import { diagnoseDialog } from '../../report/dialogs.ts';
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
  const resolved = resolveRunbook(tools.catalogue(), text, place.channel);
  if (!resolved.ok) return request.tell(resolved.says);
  const problem = await cannotWriteIn(tools, place.channel);
  if (problem) return request.tell(problem);
  const { service, runbook, parameters } = resolved;
  const answer = await tools.flows.diagnose(
    { service: service.name, runbook: runbook.name, parameters, by, place },
    request.requestId,
  );
  if (answer.says) await request.tell(answer.says);
}
