import { linksOf } from '../../catalogue/links.ts';
import { parametersFromLabels } from '../../catalogue/parameters.ts';
import { rankedBy } from '../../catalogue/rank.ts';
import { type RunbookView, runbookDialog, runbookMessage, runbooksMessage } from '../../report/runbook.ts';
import { findHere } from '../resolve.ts';
import type { Tools } from '../tools.ts';
import { openView } from '../views.ts';
import type { Command, CommandRequest } from './command.ts';

export const runbook: Command = {
  name: 'runbook',
  usage: '[service/]runbook | words',
  about: 'Read a runbook, or find one by its title, symptoms or alerts',
  run,
};

async function run(request: CommandRequest, tools: Tools): Promise<void> {
  const { text, place } = request;
  if (text === '' && request.triggerId !== null) {
    await openView(tools, request, runbookDialog(JSON.stringify({ place }), null));
    return;
  }
  const view = await viewOf(tools, text, place.channel);
  if (view) return request.tell(runbookMessage(view));
  const { services } = rankedBy(tools.catalogue(), text);
  const found = [...services.values()].flatMap((service) => [...service.runbooks.values()]);
  return request.tell(runbooksMessage(text, found));
}

/** A runbook as it is read, by its name; null when there is none of that name. */
export async function viewOf(tools: Tools, name: string, channel: string): Promise<RunbookView | null> {
  const found = findHere(tools.catalogue(), name, channel);
  if (!found.ok) return null;
  const { service, runbook: chosen } = found;
  return {
    service,
    runbook: chosen,
    links: linksOf(service, chosen, parametersFromLabels(chosen, { labels: {} }).parameters, null),
    history: await tools.flows.history(service.name, chosen.name),
  };
}
