import { existsSync } from 'node:fs';
import { chmod, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { plainText } from '../../src/practice/workspace/driver/elements.ts';
import { startEmbedded } from '../../src/store/embedded.ts';
import { expectEveryMessageToStandOnce, posts } from './helpers/in-slack.ts';
import { lockTable } from './helpers/locks.ts';
import { openScene, type Scene } from './helpers/shop-scene.ts';
import { type Story, tell } from './helpers/shop-story.ts';
import { answers, ownFolder, until } from './servers/process.ts';

/**
 * The real bot is killed and started again in the moments that matter, while Slack, the systems and the database go
 * on. Each moment is an event: a request that arrives, a call that Slack took, somebody who waits for a lock.
 */
let scene: Scene;

beforeAll(async () => {
  scene = await openScene();
}, 30_000);
beforeEach(async () => {
  if (!scene.alive()) await scene.start();
}, 60_000);
afterAll(async () => {
  console.log(scene.starts());
  await scene.stop();
}, 30_000);

async function restart(): Promise<void> {
  await scene.bot.kill();
  await scene.start();
}

describe('killed while an approval waits', () => {
  it('the approval can still be given, runs once, and its message comes to its end', async () => {
    const story = tell(scene, 'waits');
    await story.fire();
    const request = await story.ask('Purge');
    await restart();
    await story.approve(request);
    await story.reply(/Healed · Purge waits/);
    const ended = await story.reply(/✅ Done · Purge waits · shop$/m);
    expect(ended.ts).toBe(request.ts);
    expect(story.ran()).toBe(1);
    await expectEveryMessageToStandOnce(scene);
  });
});

describe('killed after the deciding click', () => {
  it('before the approval is spent, it is spent once', async () => {
    const story = tell(scene, 'unspent');
    await story.fire();
    const request = await story.ask('Purge');
    // The dialog and the vote each look before the spending does.
    const look = scene.shop.hold('GET /dry-run/unspent', 2);
    const vote = story.approve(request).catch(() => 'its answer was cut off');
    await look.asked;
    await scene.bot.kill();
    expect(await story.plan()).toMatchObject({ state: 'approved' });
    look.letGo();
    await vote;
    await scene.start();
    await story.reply(/Healed · Purge unspent/);
    expect(story.ran()).toBe(1);
    expect((await story.events()).filter((event) => event === 'spent')).toHaveLength(1);
    await expectEveryMessageToStandOnce(scene);
  });

  it('before the first step begins, it runs once', async () => {
    const story = tell(scene, 'unbegun');
    await story.fire();
    const request = await story.ask('Purge');
    const steps = await lockTable(scene.database, 'plan_step');
    const vote = story.approve(request).catch(() => 'its answer was cut off');
    await steps.blocked();
    await scene.bot.kill();
    expect(await story.plan()).toMatchObject({ state: 'running' });
    await vote;
    await steps.letGo();
    expect(story.ran()).toBe(0);
    await scene.start();
    await story.reply(/Healed · Purge unbegun/);
    expect(story.ran()).toBe(1);
    await expectEveryMessageToStandOnce(scene);
  });
});

describe('killed while a person is to do a step', () => {
  it('the run goes on waiting, says so, and goes on once they say that it is done', async () => {
    const story = tell(scene, 'carried');
    await story.fire();
    const alert = await story.alert(/^Move the till of carried$/m);
    await story.click(alert, 'Move the till of carried');
    await story.reply(/Waiting for a person[\s\S]*by hand: Carry the till of carried[\s\S]*It is done/);
    await restart();
    await restart();
    const call = await story.reply(/<!subteam\^S0SRE>: please do step 1 of 2[\s\S]*It is done/);
    await story.click(call, 'It is done');
    const progress = await story.reply(/✅ Done · by hand: Carry the till of carried[^\n]*<@U0NOOR>/);
    await story.reply(/Done · Move the till of carried .* The checks were healthy before, and still are/);
    expect(story.ran('close')).toBe(1);
    expect(plainText(progress)).not.toContain('It is done');
    expect((await story.events()).filter((event) => event === 'step-begun')).toHaveLength(2);
    await expectEveryMessageToStandOnce(scene);
  });
});

describe('killed while a plan runs', () => {
  it('its end is unknown, it is never repeated, and a person says that it was not done', async () => {
    const story = tell(scene, 'hangs');
    await story.fire();
    const request = await story.ask('Purge');
    const purge = scene.shop.hold('POST /purge/hangs');
    await story.approve(request);
    await purge.asked;
    await restart();
    const unknown = await story.reply(/What is seen now[\s\S]*Orders waiting in hangs: 1,243 orders/);
    expect(plainText(unknown)).toMatch(/❔ Unknown · Purge hangs[\s\S]*It was done\nIt was not done/);
    await story.click(unknown, 'It was not done');
    await story.reply(/It was not done, says <@U0NOOR>/);
    await story.reply(/❌ Failed · Purge hangs · shop$/m);
    purge.letGo();
    expect(story.ran()).toBe(1);
    await expectEveryMessageToStandOnce(scene);
  });

  it('after it did its work, it is shown what is seen now, and a person says that it was done', async () => {
    const story = tell(scene, 'unnoted');
    await story.fire();
    const request = await story.ask('Purge');
    const purge = scene.shop.hold('POST /purge/unnoted');
    await story.approve(request);
    await purge.asked;
    const steps = await lockTable(scene.database, 'plan_step');
    purge.letGo();
    await steps.blocked();
    await scene.bot.kill();
    await steps.letGo();
    await scene.start();
    const unknown = await story.reply(/What is seen now[\s\S]*Orders waiting in unnoted: 0 orders/);
    await story.click(unknown, 'It was done');
    await story.reply(/It was done, says <@U0NOOR>/);
    await story.reply(/✅ Done · Purge unnoted · shop$/m);
    expect(story.ran()).toBe(1);
    await expectEveryMessageToStandOnce(scene);
  });

  it('a program on a target goes on without it, and is not started again', async () => {
    const story = tell(scene, 'program');
    await story.fire();
    const alert = await story.alert(/^Restart the till of program$/m);
    const till = scene.shop.hold('POST /restart/program');
    await story.click(alert, 'Restart the till of program');
    await till.asked;
    await restart();
    const unknown = await story.reply(/❔ Unknown[\s\S]*What is seen now[\s\S]*The till answers: 200/);
    till.letGo();
    await story.click(unknown, 'It was done');
    await story.reply(/It was done, says <@U0NOOR>/);
    expect(story.ran('restart')).toBe(1);
    await expectEveryMessageToStandOnce(scene);
  });
});

describe('killed while an alert is being told', () => {
  /** Messages of which it is not known whether Slack took them. */
  const unsure = async (prefix: string) =>
    (
      await scene.database.db.selectFrom('message').selectAll().where('uncertain', '=', true).execute()
    ).filter(({ key, ts }) => key.startsWith(prefix) && ts === null);
  const afterNext = (prefix: string) => {
    const before = posts(scene.driver, prefix);
    return scene.killWhen(`${prefix} is posted`, (seen) => posts(seen, prefix) > before);
  };
  const charted = (story: Story) =>
    story.reply(/Orders pile up/, (reply) => JSON.stringify(reply.blocks).includes('"slack_file"'));

  it('right after the webhook was answered, the alert is posted all the same', async () => {
    const story = tell(scene, 'webhook');
    const alerts = await lockTable(scene.database, 'alert');
    expect(await story.fire()).toBe(200);
    await scene.bot.kill();
    await alerts.letGo();
    expect(story.alerts()).toEqual([]);
    await scene.start();
    await charted(story);
    expect(story.alerts()).toHaveLength(1);
    await expectEveryMessageToStandOnce(scene);
  });

  it('after Slack took its first message, that is not posted again', async () => {
    const story = tell(scene, 'first');
    const killed = afterNext('alert:');
    await story.fire();
    await killed;
    expect(await unsure('alert:')).toHaveLength(1);
    await scene.start();
    await charted(story);
    expect(story.alerts()).toHaveLength(1);
    await expectEveryMessageToStandOnce(scene);
  });

  it('in the middle of the checks, it is diagnosed anew', async () => {
    const story = tell(scene, 'checks');
    const till = scene.shop.hold('GET /till/checks');
    await story.fire();
    await till.asked;
    await scene.bot.kill();
    till.letGo();
    await scene.start();
    await charted(story);
    expect(story.replies()).toHaveLength(1);
    await expectEveryMessageToStandOnce(scene);
  });

  it('after Slack took the diagnosis, that is not posted again, and gets its chart', async () => {
    const story = tell(scene, 'diagnosis');
    const killed = afterNext('diagnosis:');
    await story.fire();
    await killed;
    expect(await unsure('diagnosis:')).toHaveLength(1);
    await scene.start();
    await charted(story);
    expect(story.replies()).toHaveLength(1);
    await expectEveryMessageToStandOnce(scene);
  });

  it('after half a diagnosis was posted, that message is completed', async () => {
    const story = tell(scene, 'half');
    const till = scene.shop.hold('GET /till/half');
    const killed = afterNext('diagnosis:');
    await story.fire();
    await killed;
    till.letGo();
    await scene.start();
    expect(plainText(await charted(story))).toMatch(/Healthy[\s\S]*The till answers/);
    expect(story.replies()).toHaveLength(1);
    await expectEveryMessageToStandOnce(scene);
  });

  it('in the middle of an upload, the chart comes', async () => {
    const story = tell(scene, 'upload');
    const before = scene.driver.calls('files.getUploadURLExternal');
    const killed = scene.killWhen(
      'a chart is uploaded',
      (seen) => seen.calls('files.getUploadURLExternal') > before,
    );
    await story.fire();
    await killed;
    await scene.start();
    await charted(story);
    await expectEveryMessageToStandOnce(scene);
  });
});

describe('told to stop', () => {
  const isListening = async () => answers(`${await scene.bot.up}/health/live`).catch(() => false);

  it('while a step runs, it sees that step end, and the next process does the rest', async () => {
    const story = tell(scene, 'stop');
    await story.fire();
    const request = await story.ask('Close and purge');
    const close = scene.shop.hold('POST /close/stop');
    await story.approve(request);
    await close.asked;
    const stopped = scene.bot.terminate();
    void scene.bot.terminate();
    await until('nothing is taken any more', async () => !(await isListening()));
    close.letGo();
    expect(await stopped).toBe(0);
    expect([story.ran('close'), story.ran('purge')]).toEqual([1, 0]);
    expect(await story.plan()).toMatchObject({ state: 'running' });
    await scene.start();
    await story.reply(/Healed · Close and purge stop/);
    expect([story.ran('close'), story.ran('purge')]).toEqual([1, 1]);
    await expectEveryMessageToStandOnce(scene);
  });

  it('while an approval waits, it stops at once, and the approval can be given to the next process', async () => {
    const story = tell(scene, 'parked');
    await story.fire();
    const request = await story.ask('Purge');
    const begun = performance.now();
    expect(await scene.bot.terminate()).toBe(0);
    expect(performance.now() - begun).toBeLessThan(5_000);
    await scene.start();
    await story.approve(request);
    await story.reply(/Healed · Purge parked/);
    expect(story.ran()).toBe(1);
    await expectEveryMessageToStandOnce(scene);
  });

  it('while a step hangs, it stops within 30 s, and does not pretend to know the end', async () => {
    const story = tell(scene, 'hangs-on');
    await story.fire();
    const request = await story.ask('Purge');
    const purge = scene.shop.hold('POST /purge/hangs-on');
    await story.approve(request);
    await purge.asked;
    const begun = performance.now();
    expect(await scene.bot.terminate()).toBe(0);
    expect(performance.now() - begun).toBeLessThan(30_000);
    await scene.start();
    await story.reply(/❔ Unknown · Purge hangs-on[\s\S]*What is seen now/);
    purge.letGo();
    expect(story.ran()).toBe(1);
    await expectEveryMessageToStandOnce(scene);
  }, 60_000);
});

describe('with other replicas', () => {
  /** What it says of its life, and of what it was about to deliver, is a minute old. */
  async function aMinuteAfterTheEndOf(replica: string): Promise<void> {
    const { db } = scene.database;
    const then = new Date(Date.now() - 60_000);
    await db.updateTable('replica').where('name', '=', replica).set({ seen_at: then }).execute();
    await db.updateTable('message').where('taken_by', '=', replica).set({ taken_until: then }).execute();
  }

  it('they go on with what one left that was killed, and with what one hands on that stops', async () => {
    const waits = tell(scene, 'waits-on');
    await waits.fire();
    const request = await waits.ask('Purge');
    await scene.bot.kill();
    await scene.start({ GUARDIA_REPLICA: 'old' });
    const runs = tell(scene, 'runs-on');
    await runs.fire();
    const close = scene.shop.hold('POST /close/runs-on');
    await runs.approve(await runs.ask('Close and purge'));
    await close.asked;
    const stopped = scene.bot.terminate();
    await aMinuteAfterTheEndOf('killed');
    await scene.start({ GUARDIA_REPLICA: 'new' });
    await waits.approve(request);
    await waits.reply(/Healed · Purge waits-on/);
    expect(waits.ran()).toBe(1);
    close.letGo();
    expect(await stopped).toBe(0);
    await runs.reply(/Healed · Close and purge runs-on/);
    expect([runs.ran('close'), runs.ran('purge')]).toEqual([1, 1]);
    await expectEveryMessageToStandOnce(scene);
    expect(await scene.bot.terminate()).toBe(0);
  });
});

describe('killed with a database of its own', () => {
  it('the next start finds that database running, and the approval can still be given', async () => {
    await scene.bot.kill();
    const folder = await ownFolder('killed');
    await chmod(folder, 0o755);
    const own = { DATABASE_URL: '', GUARDIA_DATA: folder };
    try {
      await scene.start(own);
      const story = tell(scene, 'embedded');
      await story.fire();
      const request = await story.ask('Purge');
      await scene.bot.kill();
      await scene.start(own);
      expect(scene.bot.log()).toMatch(/"adopted":true/);
      await story.approve(request);
      await story.reply(/Healed · Purge embedded/);
      expect(story.ran()).toBe(1);
      expect(await scene.bot.terminate()).toBe(0);
      expect(existsSync(join(folder, 'postgres/postmaster.pid'))).toBe(false);
    } finally {
      await (await startEmbedded(folder)).stop();
      await rm(folder, { recursive: true, force: true });
    }
  });
});
