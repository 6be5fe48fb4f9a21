import type { Answer, OriginView } from '../../flows/requests.ts';
import { ANSWERS } from '../../report/answers.ts';
import { ACTIONS } from '../../report/ids.ts';
import type { Tools } from '../tools.ts';
import { type Button, type Click, originOf } from './button.ts';

/** Buttons that do one thing with the thread they stand in. */
export const snapshot = threadButton(ACTIONS.snapshot, (click, tools) =>
  tools.flows.snapshot(click.value, click.by, click.requestId),
);
export const acknowledge = threadButton(ACTIONS.acknowledge, (click, tools, origin) =>
  onAlert(origin, (alert) => tools.flows.acknowledge(alert, click.by)),
);

function threadButton(
  id: string,
  ask: (click: Click, tools: Tools, origin: OriginView) => Promise<Answer>,
): Button {
  return {
    id,
    async run(click, tools) {
      const origin = await originOf(click, tools);
      if (!origin) return;
      const answer = await ask(click, tools, origin);
      if (answer.says) await click.tell(answer.says);
    },
  };
}

async function onAlert(origin: OriginView, ask: (alert: string) => Promise<Answer>): Promise<Answer> {
  return origin.alert === null ? { ok: false, says: ANSWERS.noOrigin } : ask(origin.alert);
}
