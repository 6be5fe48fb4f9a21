import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomFrom } from './helpers/at-random.ts';
import type { Doom, Effect } from './mortal/injector.ts';
import { type Death, type Lane, openLane } from './mortal/lane.ts';
import { type Played, play } from './mortal/play.ts';
import { bundleHouse } from './mortal/process.ts';
import { STORIES, type Story } from './mortal/stories.ts';

/**
 * Between two effects of a process nothing changes that others can see. So a kill right before each effect, and one
 * right after it, is a kill at every moment there is. People do what people do: they ask again, and click again.
 */
const LANES = 2;
const TWICE = 30;
const SEED = Number(process.env.GUARDIA_SEED ?? Math.floor(Math.random() * 1_000_000));
const figures: string[] = [];
const everybody: Death[] = [];
const effects = new Map<Story, readonly Effect[]>();
let folder: string;
let lanes: Lane[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'guardia-mortal-'));
  const bundle = await bundleHouse(folder);
  const quiet = await openLane(bundle);
  for (const story of STORIES) {
    const played = await play(quiet, story, story.name, null);
    expect(played).toMatchObject({ deaths: [], broken: [] });
    effects.set(story, played.effects);
  }
  await quiet.insist('the cache', (house) => house.call('flush'));
  await quiet.stop();
  lanes = await Promise.all(Array.from({ length: LANES }, () => openLane(bundle)));
}, 300_000);
afterAll(async () => {
  console.log([...figures, `All in all ${survived(everybody)}`].join('\n'));
  await Promise.all(lanes.map((lane) => lane.stop()));
  await rm(folder, { recursive: true, force: true });
}, 30_000);

type Fate = readonly [Doom, Doom?];

/** Before each of its moments, and after it unless a death undoes it. */
function fatesOf(story: Story): Fate[] {
  const all = effects.get(story) ?? [];
  return story.moments(all).flatMap((effect): Fate[] => {
    const at = 1 + all.indexOf(effect);
    const after: Fate[] = effect.inTransaction ? [] : [[{ at, when: 'after' }]];
    return [[{ at, when: 'before' }], ...after];
  });
}

/** The story once for each fate, in all lanes at once. */
async function playAll(story: Story, name: string, fates: readonly Fate[]): Promise<Played[]> {
  const played: Played[] = [];
  const left = fates.entries();
  await Promise.all(
    lanes.map(async (lane) => {
      for (const [index, fate] of left) {
        const one = await play(lane, story, `${name}-${index}`, ...fate).catch((error: Error) => ({
          ...{ deaths: lane.deaths(), end: '', effects: [] },
          broken: [error.message],
        }));
        played.push(one);
        if (one.end === '') break;
      }
    }),
  );
  return played;
}

const brokenIn = (played: readonly Played[]) =>
  played.flatMap(({ deaths, broken }) => {
    const how = deaths.map(({ when, at, what }) => `killed ${when} effect ${at}, ${what.slice(0, 80)}`);
    return broken.map((what) => `${how.join(', then ')}: ${what}`);
  });

function survived(deaths: readonly Death[]): string {
  const before = deaths.filter(({ when }) => when === 'before').length;
  return `${deaths.length} kill points survived: ${before} before, ${deaths.length - before} after an effect`;
}

/** Notes the figures of what was played; answers how many died in it. */
function tell(name: string, played: readonly Played[], began: number): number {
  const deaths = played.flatMap((one) => one.deaths);
  const unknown = played.filter(({ end }) => end === 'unknown').length;
  const seconds = Math.round((performance.now() - began) / 1_000);
  figures.push(`${name}: ${survived(deaths)}; ${unknown} ended as unknown; ${seconds} s`);
  everybody.push(...deaths);
  return deaths.length;
}

describe('killed at every effect', () => {
  it.each(STORIES)(
    '$name',
    async (story) => {
      const began = performance.now();
      const fates = fatesOf(story);
      const played = await playAll(story, story.name, fates);
      const died = tell(story.name, played, began);
      expect(brokenIn(played)).toEqual([]);
      expect(fates.length).toBeGreaterThanOrEqual(story.atLeast);
      expect(died).toBeGreaterThanOrEqual(0.9 * fates.length);
    },
    900_000,
  );

  it(`and once more while the next goes on, at random moments (seed ${SEED})`, async () => {
    const [story] = STORIES as [Story];
    const random = randomFrom(SEED);
    const upTo = (most: number) => 1 + Math.floor(random() * most);
    const doom = (most: number): Doom => ({
      at: upTo(most),
      when: random() < 0.5 ? 'before' : 'after',
    });
    const fates = Array.from(
      { length: TWICE },
      (): Fate => [doom(effects.get(story)?.length ?? 0), doom(150)],
    );
    const began = performance.now();
    const played = await playAll(story, 'twice', fates);
    const died = tell('killed twice', played, began);
    expect(brokenIn(played)).toEqual([]);
    expect(died).toBeGreaterThan(TWICE * 1.5);
  }, 300_000);

  it('and no end was taken back by whatever went on later', async () => {
    const changes = await Promise.all(lanes.map(({ witness }) => witness.takenBack()));
    expect(changes.flat()).toEqual([]);
  });
});
