import type { Answer } from '../../flows/requests.ts';
import { snapshotDialog } from '../../report/dialogs.ts';
import { answerMessage } from '../../report/help.ts';
import { snapshotHelp } from '../../report/snapshot-help.ts';
import { standingAt } from '../../store/messages.ts';
import { cannotWriteIn } from '../reach.ts';
import { tellWhenSlow } from '../slow.ts';
import { snapshotAsked } from '../snapshot-asked.ts';
import { examplesFor } from '../snapshot-examples.ts';
import type { Tools } from '../tools.ts';
import { openView } from '../views.ts';
import type { Command, CommandRequest } from './command.ts';

export const snapshot: Command = {
  name: 'snapshot',
  usage: 'PromQL [last 6h] | link to a Grafana panel | [service/]runbook name=value',
  about: 'Draw a query, a Grafana panel or the charts of a runbook as they are now',
  run,
};

async function run(request: CommandRequest, tools: Tools): Promise<void> {
  const { text, place, by, requestId } = request;
  if (text === '' || text.toLowerCase() === 'help') return withoutWords(request, tools);
  const asked = snapshotAsked(tools.catalogue(), text, place.channel);
  if (!asked.ok) {
    if (!asked.lacks || request.triggerId === null)
      return request.tell(answerMessage(asked.says, asked.code));
    const metadata = JSON.stringify({ place });
    await openView(tools, request, snapshotDialog({ metadata, runbook: asked.lacks }));
    return;
  }
  const problem = await cannotWriteIn(tools, place.channel);
  if (problem) return request.tell(problem);
  const { subject } = asked;
  await answer(request, tools.flows.draw({ subject, by, place }, requestId));
}

/** In the thread of an alert or of a diagnosis nobody has to say what is meant; elsewhere it is explained. */
async function withoutWords(request: CommandRequest, tools: Tools): Promise<void> {
  const { place, by, requestId, text } = request;
  const first = text === '' && place.thread ? await standingAt(tools.db, place.channel, place.thread) : null;
  const origin = first && (await tools.flows.origin(first.key));
  if (first && origin?.runbook) return answer(request, tools.flows.snapshot(first.key, by, requestId));
  await request.tell(snapshotHelp(examplesFor(tools.catalogue(), place.channel)));
}

async function answer(request: CommandRequest, work: Promise<Answer>): Promise<void> {
  const given = await tellWhenSlow(request, work, '⏳ Still looking. The picture follows here.');
  if (given.ok) return given.says ? request.tell(given.says) : undefined;
  await request.tell(answerMessage(given.says, given.code));
}
