import type { Person } from '../approval/person.ts';
import type { Approvals, ListedPlan } from '../report/approvals.ts';
import { homeView } from '../report/home.ts';
import { placeOf } from '../store/messages.ts';
import { slackError } from './failures.ts';
import type { Tools } from './tools.ts';

/** Shows a person what waits for them, each with a link to its message. */
export async function showHome(tools: Tools, person: Person): Promise<void> {
  const view = homeView(await withLinks(tools, await tools.flows.home(person)));
  await tools.connection.client.views.publish({ user_id: person.user, view }).catch((error: unknown) => {
    throw slackError('The home tab was to be shown', error);
  });
}

/** Each plan with the link to its message. */
export async function withLinks<State extends Approvals>(tools: Tools, state: State): Promise<State> {
  const [waitingForMe, mine, decided] = await Promise.all(
    [state.waitingForMe, state.mine, state.decided].map((plans) => linked(tools, plans)),
  );
  return { ...state, waitingForMe, mine, decided };
}

function linked(tools: Tools, plans: readonly ListedPlan[]): Promise<ListedPlan[]> {
  return Promise.all(
    plans.map(async (plan) => {
      const place =
        (await placeOf(tools.db, `request:${plan.id}`)) ?? (await placeOf(tools.db, `plan:${plan.id}`));
      const link = place && tools.connection.permalink(place.channel, place.ts, place.threadTs);
      return { ...plan, link: plan.link ?? link };
    }),
  );
}
