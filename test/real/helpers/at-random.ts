import { setTimeout as pause } from 'node:timers/promises';
import { plainText } from '../../../src/practice/workspace/driver/elements.ts';
import type { Seen } from '../../../src/practice/workspace/driver/types.ts';
import type { MessageView } from '../../../src/practice/workspace/protocol.ts';
import type { Scene } from './shop-scene.ts';
import type { Story } from './shop-story.ts';

/** The same numbers for the same seed: mulberry32. */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Calls of the Web API between a start and the kill; a whole story has about forty. */
const MOST_CALLS = 14;
/** Half of the kills come within a call, before it is answered, and half of them up to so much later. */
const LATEST_MS = 120;

/** Kills the bot `times` times, a random number of calls after each start, and starts it again; says when. */
export async function killAtRandom(
  scene: Scene,
  random: () => number,
  times: number,
  over: AbortSignal,
): Promise<string[]> {
  const killed: string[] = [];
  while (killed.length < times) {
    const calls = 1 + Math.floor(random() * MOST_CALLS);
    const laterMs = random() < 0.5 ? 0 : Math.floor(random() * LATEST_MS);
    const during = await killAfter(scene, calls, laterMs, over);
    if (during === null) break;
    killed.push(`${during} (${calls}) +${laterMs} ms`);
    scene.start().catch(() => 'it is killed before it is up');
  }
  return killed;
}

/** Answers the call in which or after which it killed; null when the story was over before. */
async function killAfter(
  scene: Scene,
  calls: number,
  laterMs: number,
  over: AbortSignal,
): Promise<string | null> {
  const last = scene.driver.calls() + calls;
  const reached = (seen: Seen) => {
    if (seen.calls() < last) return false;
    return { gone: laterMs === 0 ? scene.bot.kill() : pause(laterMs).then(() => scene.bot.kill()) };
  };
  while (!over.aborted) {
    const hit = await scene.driver.waitFor(reached, { what: 'a call', timeoutMs: 500 }).catch(() => null);
    await hit?.gone;
    if (hit) return scene.driver.callLog().at(-1)?.method ?? '';
  }
  return null;
}

/** Alert, diagnosis, request, approval, run and proof, by people who try again whenever nothing came of it. */
export async function liveThrough(scene: Scene, story: Story): Promise<void> {
  const again = (isSo: () => boolean, act: () => Promise<unknown>) => insist(scene, isSo, act);
  let taken = false;
  await again(
    () => taken,
    async () => {
      taken = (await story.fire()) === 200;
    },
  );
  const asked = () => requestOf(story) !== undefined;
  await again(asked, async () => {
    if (!(await isTaken(scene))) await story.ask('Purge');
  });
  await again(
    () => !/^🔶 Waiting/.test(firstLine(story)),
    () => story.approve(requestOf(story) as MessageView),
  );
  await again(
    () => ENDED.test(firstLine(story)),
    async () => {
      const unknown = story.replies().find((reply) => plainText(reply).includes('It was not done'));
      if (unknown) await story.click(unknown, 'It was done');
    },
  );
}

/** What a killed process had taken is gone on with by the next: asking again would be asking twice. */
async function isTaken({ database }: Scene): Promise<boolean> {
  const open =
    "select 1 from dbos.workflow_status where name = 'remediate' and status in ('PENDING', 'ENQUEUED')";
  return (await database.pool.query(open)).rows.length > 0;
}

const ENDED = /^(✅ Done|❌ Failed)/;

function requestOf(story: Story): MessageView | undefined {
  return story.replies().find((reply) => plainText(reply).includes('Asked by <@'));
}

function firstLine(story: Story): string {
  return requestOf(story)?.text ?? '';
}

/** Acts until it is so. Whoever is disturbed by a kill begins anew as soon as a bot is up. */
async function insist(scene: Scene, isSo: () => boolean, act: () => Promise<unknown>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!isSo()) {
    if (Date.now() > deadline) throw new Error(`nothing came of it: ${act}`);
    const { bot } = scene;
    await bot.up.catch(() => 'killed before it was up');
    const acted = act().catch(() => 'it did not work');
    await Promise.race([acted, bot.gone]);
    const seen = scene.driver.waitFor(isSo, { what: 'what people wait for', timeoutMs: 2_000 });
    await Promise.race([seen.catch(() => 'not yet'), bot.gone]);
  }
}
