import type { Answer, PlanRequest } from '../../flows/requests.ts';
import { ACTIONS } from '../../report/ids.ts';
import type { Tools } from '../tools.ts';
import { type Button, planOf } from './button.ts';

/** Buttons that do one thing with the plan they stand on. */
export const claim = planButton(ACTIONS.claim, (tools, request) => tools.flows.claim(request));
export const cancel = planButton(ACTIONS.cancel, (tools, request) => tools.flows.cancel(request));
export const wasDone = planButton(ACTIONS.wasDone, (tools, request) =>
  tools.flows.settle({ ...request, happened: true }),
);
export const wasNotDone = planButton(ACTIONS.wasNotDone, (tools, request) =>
  tools.flows.settle({ ...request, happened: false }),
);

function planButton(id: string, ask: (tools: Tools, request: PlanRequest) => Promise<Answer>): Button {
  return {
    id,
    async run(click, tools) {
      const request = await planOf(click, tools);
      if (!request) return;
      const answer = await ask(tools, request);
      if (answer.says) await click.tell(answer.says);
    },
  };
}
