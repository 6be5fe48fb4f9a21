import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { killAtRandom, liveThrough, randomFrom } from './helpers/at-random.ts';
import { expectEveryMessageToStandOnce } from './helpers/in-slack.ts';
import { openScene, type Scene } from './helpers/shop-scene.ts';
import { tell } from './helpers/shop-story.ts';

/**
 * One long story again and again, and the real bot killed at three random moments of each. `GUARDIA_SEED` repeats a
 * run as far as the machine lets it, `GUARDIA_STORIES` makes it longer.
 */
const STORIES = Number(process.env.GUARDIA_STORIES ?? 5);
const KILLS = 3;
const SEED = Number(process.env.GUARDIA_SEED ?? Math.floor(Math.random() * 1_000_000));
const names = Array.from({ length: STORIES }, (_, index) => `random-${index + 1}-`);
const random = randomFrom(SEED);
const killed: string[] = [];
let scene: Scene;

beforeAll(async () => {
  scene = await openScene();
  await scene.start();
}, 60_000);
afterAll(async () => {
  console.log([`seed ${SEED}, killed in`, ...killed, scene.starts()].join('\n'));
  await scene.stop();
}, 30_000);

describe('killed at random', () => {
  it.each(names)(
    'nothing runs twice and all comes to an end: %s',
    async (name) => {
      const story = tell(scene, name);
      const over = new AbortController();
      const killing = killAtRandom(scene, random, KILLS, over.signal);
      await liveThrough(scene, story).finally(() => over.abort());
      killed.push(`${name}: ${(await killing).join(', ')}`);
      await scene.bot.up;
      await expectEveryMessageToStandOnce(scene);
      expect(story.alerts()).toHaveLength(1);
      expect(story.ran()).toBeLessThanOrEqual(1);
      expect(await story.plan()).toMatchObject({ state: 'done' });
      const events = (await story.events()).filter((event) => event !== 'viewed');
      expect(events).toEqual([...new Set(events)]);
    },
    90_000,
  );
});
