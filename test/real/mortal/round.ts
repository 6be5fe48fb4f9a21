import type { Answer } from '../../../src/flows/requests.ts';
import { purge } from '../../helpers/asked.ts';
import { INES, NOOR, SAM } from '../../helpers/house.ts';
import { type Act, type Acted, type Chance, crowd, unfair } from './crowd.ts';
import { type Loss, NAMES, type Name, type Pair } from './pair.ts';
import { Died, within } from './process.ts';
import { brokenPromises } from './promises.ts';
import type { Witness } from './witness.ts';

/** How one round went. */
export interface Round {
  end: string;
  /** What the replica left that was killed; null when both lived. */
  loss: Loss | null;
  clicks: number;
  refused: number;
  broken: string[];
}

type Plan = Awaited<ReturnType<Witness['plansOf']>>[number];

/** Somebody asks, everybody clicks at once, and what waits then is approved. `doomed` dies at some moment of it. */
export async function playRound(
  pair: Pair,
  queue: string,
  chance: Chance,
  doomed: Name | null,
): Promise<Round> {
  const { witness, world } = pair;
  if (doomed) {
    const when = chance.one(['before', 'after'] as const);
    await pair.arm(doomed, queue, { at: chance.upTo(90), when });
  }
  const plan = await ask(pair, queue, chance);
  const acted = await Promise.all(crowd(chance).map((act) => click(pair, plan, act)));
  acted.push(...(await decide(pair, queue, plan, chance)));
  await within(`the end of ${queue}`, witness.ended(`remediate:${plan.request}`));
  const loss = doomed && (await pair.lookAfter(doomed));
  const [stored, ...more] = await witness.plansOf(queue);
  const { broken, record } = await brokenPromises(witness, plan.id, world.touches(queue));
  return {
    ...{ end: stored?.state ?? '', loss, clicks: acted.length },
    refused: acted.filter(({ answer }) => answer?.ok === false).length,
    broken: [
      ...broken,
      ...unfair(acted, record),
      ...(more.length > 0 ? ['it is made once'] : []),
      ...(stored?.state === 'unknown' && !loss?.cutOff
        ? ['what nobody cut off has an end that is known']
        : []),
    ],
  };
}

/** Two people ask for the same, one of them perhaps at both replicas: one of them is answered with yes. */
async function ask(pair: Pair, queue: string, chance: Chance): Promise<Plan> {
  const asked = { ...purge, action: chance.one(['purge', 'purge-by-two']), parameters: { queue } };
  const by = chance.one([NOOR, SAM]);
  const other = by === NOOR ? SAM : NOOR;
  const calls = [
    ...(chance.happens(0.5) ? NAMES : [chance.one(NAMES)]).map((at) => ({ at, id: queue, by })),
    ...(chance.happens(0.3) ? [{ at: chance.one(NAMES), id: `${queue}-too`, by: other }] : []),
  ];
  const answers = await Promise.all(
    calls.map(({ at, id, by: who }) =>
      insist(pair, at, (house) => house.call<Answer>('remediate', { ...asked, by: who }, id)),
    ),
  );
  const taken = new Set(calls.filter((_, index) => answers[index]?.ok).map(({ id }) => id));
  const [plan] = await pair.witness.plansOf(queue);
  if (!plan || taken.size !== 1 || !taken.has(plan.request))
    throw new Error(`${queue} was asked for: ${JSON.stringify(answers)}`);
  return plan;
}

/** At the other replica when this one dies: what was not acknowledged is sent once more. */
function insist<Result>(
  pair: Pair,
  at: Name,
  act: (house: ReturnType<Pair['house']>) => Promise<Result>,
): Promise<Result> {
  return act(pair.house(at)).catch((error) => {
    if (!(error instanceof Died)) throw error;
    return act(pair.house(at === 'a' ? 'b' : 'a'));
  });
}

async function click(pair: Pair, { id, digest }: Plan, act: Act): Promise<Acted> {
  const request = { plan: id, digest, by: act.by, reason: 'because' };
  try {
    return { ...act, answer: await pair.house(act.at).call<Answer>(act.does, request) };
  } catch (error) {
    if (!(error instanceof Died)) throw error;
    return { ...act, answer: null };
  }
}

/** Everybody who may approves what still waits, one after the other, at whichever replica lives. */
async function decide(pair: Pair, queue: string, plan: Plan, chance: Chance): Promise<Acted[]> {
  const acted: Acted[] = [];
  for (const by of [SAM, INES, NOOR]) {
    for (const at of chance.happens(0.5) ? NAMES : NAMES.toReversed()) {
      const [now] = await pair.witness.plansOf(queue);
      if (now?.state === 'waiting') acted.push(await click(pair, plan, { at, by, does: 'approve' }));
    }
  }
  return acted;
}
