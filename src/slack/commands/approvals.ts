import { meant } from '../../catalogue/nearest.ts';
import { type Approvals, approvalsMessage, type ListedPlan } from '../../report/approvals.ts';
import { withLinks } from '../home.ts';
import type { Tools } from '../tools.ts';
import type { Command, CommandRequest } from './command.ts';

export const approvals: Command = {
  name: 'approvals',
  usage: '[service]',
  about: 'What waits for your approval, what you asked for, what was decided lately',
  run,
};

async function run(request: CommandRequest, tools: Tools): Promise<void> {
  const service = request.text.trim();
  const known = [...tools.catalogue().services.keys()];
  if (service !== '' && !known.includes(service)) {
    return request.tell(`There is no service "${service}": ${meant(service, known, 'there are')}.`);
  }
  const state = await tools.flows.approvals(request.by);
  await request.tell(approvalsMessage(await withLinks(tools, service === '' ? state : of(service, state))));
}

function of(name: string, { waitingForMe, reviews, mine, decided, now }: Approvals): Approvals {
  const its = <Plan extends ListedPlan>(plans: readonly Plan[]) =>
    plans.filter(({ service }) => service === name);
  return {
    ...{ waitingForMe: its(waitingForMe), reviews: its(reviews), mine: its(mine) },
    decided: its(decided),
    now,
  };
}
