import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { plainText } from '../../src/practice/workspace/driver/elements.ts';
import type { MessageView } from '../../src/practice/workspace/protocol.ts';
import { type RealDenis, startRealDenis } from './helpers/real-denis.ts';

/**
 * The line that the product is made of, with nothing simulated but Slack itself: Redis, Celery, Prometheus and
 * Alertmanager are real, and the runbooks are those of commands/denis.
 */
const CHANNEL = 'C0DENIS';
const JOBS = 1_243;
let denis: RealDenis;

beforeAll(async () => {
  denis = await startRealDenis();
}, 420_000);
afterAll(() => denis?.stop(), 60_000);

function saying(messages: MessageView[], text: RegExp): MessageView | undefined {
  return messages.find((message) => text.test(plainText(message)));
}

async function inChannel(text: RegExp, timeoutMs = 40_000): Promise<MessageView> {
  const what = `a message in the channel that says ${text}`;
  return denis.driver.waitFor((seen) => saying(seen.messages(CHANNEL), text), { what, timeoutMs });
}

async function inThread(of: MessageView, text: RegExp, timeoutMs = 40_000): Promise<MessageView> {
  const what = `a reply that says ${text}`;
  return denis.driver.waitFor((seen) => saying(seen.messages(CHANNEL, of.ts).slice(1), text), {
    what,
    timeoutMs,
  });
}

describe('Redis goes away', () => {
  it('is alerted, diagnosed with a chart, and turns green when it is back, without anybody typing', async () => {
    await denis.redis.stop();
    const alert = await inChannel(/Failing · Redis is down/);
    const diagnosis = await inThread(alert, /Redis does not answer/);
    expect(plainText(diagnosis)).toMatch(/Answers PING\W+refused by/);
    const drawn = await denis.driver.waitFor(
      (seen) =>
        saying(seen.messages(CHANNEL, alert.ts).slice(1), /Answers PING/)?.blocks?.find(
          (block) => (block as { type: string }).type === 'image',
        ),
      { what: 'a chart of a failing check', timeoutMs: 40_000 },
    );
    const { slack_file: file, alt_text: alt } = drawn as { slack_file: { url?: string }; alt_text: string };
    expect(alt).toMatch(/Up in Prometheus.*0 now/);
    const png = Buffer.from(await (await fetch(new URL(String(file.url), denis.slackUrl))).arrayBuffer());
    expect(png.subarray(1, 4).toString()).toBe('PNG');

    await denis.startRedisAgain();
    const green = await inChannel(/Resolved · Redis is down/, 60_000);
    expect(green.ts).toBe(alert.ts);
    expect(plainText(green)).toMatch(/after [\d.]+ (s|min)/);
  });
});

describe('a queue full of duplicates', () => {
  it('is purged once, after a second person approved it, and not before', async () => {
    await denis.celery.enqueue(JOBS);
    const alert = await inChannel(/Failing · Celery workers are stuck/);
    await inThread(alert, /Jobs waiting in celery[\s\S]*1,243 jobs/);
    expect(await denis.waiting()).toBe(JOBS);

    const noor = denis.driver.as('U0NOOR');
    const asked = await noor.click(CHANNEL, alert.ts, 'Purge the queue celery');
    const dialog = await asked.opened(/Why is it needed/);
    await noor.submit(dialog.id, { reason: 'duplicates of a replay' });
    const request = await inThread(alert, /Waiting for approval · Purge the queue celery/);
    expect(plainText(request)).toMatch(/1,243 jobs waiting/);

    const own = await noor.click(CHANNEL, request.ts, 'Approve');
    await own.ephemeral(/somebody else/).catch(() => own.opened(/somebody else/));
    expect(await denis.waiting()).toBe(JOBS);

    const sam = denis.driver.as('U0SAM');
    const opened = await (await sam.click(CHANNEL, request.ts, 'Approve')).opened(/1,243 jobs waiting/);
    expect(await denis.waiting()).toBe(JOBS);
    await sam.submit(opened.id);
    await inThread(alert, /purged 1,243 jobs/);
    expect(await denis.waiting()).toBe(0);
    const proof = await inThread(alert, /Healed/);
    expect(plainText(proof)).toMatch(/1,243 jobs[\s\S]*0 jobs/);

    const late = await denis.driver
      .as('U0INES')
      .click(CHANNEL, request.ts, 'Approve')
      .catch((error: Error) => error);
    if (!(late instanceof Error)) await late.ephemeral(/already/).catch(() => late.opened(/already/));
    expect(await denis.purges()).toBe(1);
  });
});
