import { ANSWERS } from '../../report/answers.ts';
import { ACTIONS } from '../../report/ids.ts';
import { type Button, originOf } from './button.ts';

/** What people look at by hand, ticked off in its list. */
export const tick = tickButton(ACTIONS.tick, true);
export const untick = tickButton(ACTIONS.untick, false);

function tickButton(id: string, done: boolean): Button {
  return {
    id,
    async run(click, tools) {
      const origin = await originOf(click, tools);
      if (!origin) return;
      const [runbook, check] = click.name?.split('/') ?? [];
      if (!runbook || !check) return click.tell(ANSWERS.notOnList);
      const { ref } = origin;
      const answer = await tools.flows.tick({ origin: ref, runbook, check, done, by: click.by });
      if (answer.says) await click.tell(answer.says);
    },
  };
}
