import type { Answer } from '../../../src/flows/requests.ts';
import { purge } from '../../helpers/asked.ts';
import type { Doom, Effect } from './injector.ts';
import type { Death, Lane } from './lane.ts';
import { brokenPromises } from './promises.ts';
import { isPatient, type Story } from './stories.ts';

/** How a story went whose house was doomed. */
export interface Played {
  /** Nobody, when the story was over before. */
  deaths: readonly Death[];
  end: string;
  /** Of the house that was armed, if it lived on. */
  effects: readonly Effect[];
  /** Promises that were not kept, in words. */
  broken: string[];
}

/** One request, what people do about it, and its end, whoever dies on the way. */
export async function play(
  lane: Lane,
  story: Story,
  queue: string,
  doom: Doom | null,
  next?: Doom,
): Promise<Played> {
  const arm = () => lane.arm(queue, doom, next);
  if (story.from === 'the request') await arm();
  const { id, digest, request } = await ask(lane, story, queue);
  const flow = `remediate:${request}`;
  await lane.insist('the flow waits', (house) => house.asleep(flow));
  await story.before?.(lane, { plan: id, digest }, queue);
  if (story.from === 'the click') await arm();
  await story.click(lane, { plan: id, digest }, queue);
  await lane.insist('the flow ends', (house) => house.whileAlive(lane.witness.ended(flow)));
  // Whoever dies of the last effect of all dies about now.
  for (let times = 0; times < 2; times += 1) await lane.insist('a sign of life', (house) => house.effects());
  const effects = await lane.insist('its effects', (house) => house.effects());
  const deaths = lane.deaths();
  const end = deaths.some(({ cutOff }) => cutOff) ? 'unknown' : story.end;
  return { deaths, end, effects, broken: await whatIsBroken(lane, queue, end) };
}

async function whatIsBroken(lane: Lane, queue: string, end: string): Promise<string[]> {
  const [plan, ...more] = await lane.witness.plansOf(queue);
  const { broken } = await brokenPromises(lane.witness, plan?.id ?? '', lane.world.touches(queue));
  return [
    ...broken,
    ...(plan?.state === end ? [] : [`it ends as ${end}, not as ${plan?.state}`]),
    ...(more.length === 0 ? [] : [`it is made once, not ${1 + more.length} times`]),
  ];
}

/** Slack sends a request once more that was not acknowledged, or a person asks anew. */
async function ask(lane: Lane, { asks }: Story, queue: string) {
  const another = isPatient(queue) ? queue : `${queue}-anew`;
  const asked = { ...purge, ...asks, parameters: { queue } };
  await lane.insist('a request', async (house, again) => {
    const answer = await house.call<Answer>('remediate', asked, again ? another : queue);
    if (!answer.ok && !again) throw new Error(`it may not be asked for: ${answer.says}`);
  });
  const [plan] = await lane.witness.plansOf(queue);
  if (!plan) throw new Error('nothing came of the request');
  return plan;
}
