import type { Person } from '../approval/person.ts';
import { type HomePlan, homeView } from '../report/home.ts';
import { placeOf } from '../store/messages.ts';
import { slackError } from './failures.ts';
import type { Tools } from './tools.ts';

/** Shows a person what waits for them, each with a link to its message. */
export async function showHome(tools: Tools, person: Person): Promise<void> {
  const state = await tools.flows.home(person);
  const [waitingForMe, mine] = await Promise.all([
    withLinks(tools, state.waitingForMe),
    withLinks(tools, state.mine),
  ]);
  const view = homeView({ ...state, waitingForMe, mine });
  await tools.connection.client.views.publish({ user_id: person.user, view }).catch((error: unknown) => {
    throw slackError('The home tab was to be shown', error);
  });
}

function withLinks(tools: Tools, plans: readonly HomePlan[]): Promise<HomePlan[]> {
  return Promise.all(
    plans.map(async (plan) => {
      const place = await placeOf(tools.db, `plan:${plan.id}`);
      const link = place && tools.connection.permalink(place.channel, place.ts, place.threadTs);
      return { ...plan, link: plan.link ?? link };
    }),
  );
}
