import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { WebClient } from '@slack/web-api';
import { SLACK_LIMITS } from '../../../src/practice/workspace/limits.ts';
import type { PracticeWorkspace } from '../../../src/practice/workspace/server.ts';
import { clientOf, FAST, openWorkspace, refusal, stoppedClock } from './practice.ts';

const clock = stoppedClock();
let workspace: PracticeWorkspace;
let client: WebClient;

async function open(rates: object): Promise<void> {
  workspace = await openWorkspace({ clock, limits: { rates } });
  client = clientOf(workspace);
}

afterEach(() => workspace.stop());

describe("Slack's rates", () => {
  beforeEach(() => open(SLACK_LIMITS.rates));

  async function call(method: string, args: Record<string, string> = {}) {
    const headers = { authorization: `Bearer ${workspace.botToken}` };
    const answer = await fetch(workspace.apiUrl + method, {
      method: 'POST',
      headers,
      body: new URLSearchParams(args),
    });
    const { error = 'none' } = (await answer.json()) as { error?: string };
    return { status: answer.status, wait: Number(answer.headers.get('retry-after')), error };
  }

  /** How many calls are answered before the first that is too many, and what that one is told. */
  async function until429(method: string, args: Record<string, string>) {
    for (let count = 0; count <= 200; count += 1) {
      const { status, wait, error } = await call(method, args);
      if (status === 429) return { count, wait, error };
    }
    throw new Error('no limit was reached');
  }

  it('let one message a second into a channel, after a small burst, whichever way the channel is named', async () => {
    const here = { channel: 'C0DENIS', text: 'x' };
    expect(await until429('chat.postMessage', here)).toEqual({ count: 4, wait: 1, error: 'ratelimited' });
    expect((await call('chat.postMessage', { channel: '#denis-alerts', text: 'x' })).status).toBe(429);
    expect((await call('chat.postMessage', { channel: 'C0GENERAL', text: 'x' })).status).toBe(200);
    clock.forward(1_000);
    expect((await call('chat.postMessage', here)).status).toBe(200);
    expect((await call('chat.postMessage', here)).status).toBe(429);
    expect(workspace.driver.messages('C0DENIS')).toHaveLength(5);
  });

  it('let 50 updates and 50 deletions a minute through, over all channels', async () => {
    expect(await until429('chat.update', { channel: 'C0DENIS', ts: '1', text: 'x' })).toEqual({
      count: 50,
      wait: 60,
      error: 'ratelimited',
    });
    expect((await call('chat.update', { channel: 'C0GENERAL', ts: '1', text: 'x' })).status).toBe(429);
    expect((await until429('chat.delete', { channel: 'C0DENIS', ts: '1' })).count).toBe(50);
    clock.forward(45_000);
    expect((await call('chat.update', { channel: 'C0DENIS', ts: '1', text: 'x' })).wait).toBe(15);
    clock.forward(15_000);
    expect((await call('chat.update', { channel: 'C0DENIS', ts: '1', text: 'x' })).status).toBe(200);
  });

  it.each([
    ['users.info', 100],
    ['views.open', 100],
    ['chat.postEphemeral', 100],
    ['files.getUploadURLExternal', 100],
    ['usergroups.users.list', 20],
    ['usergroups.list', 20],
    ['users.list', 20],
    ['conversations.history', 50],
  ])('let %s be called %i times a minute', async (method, count) => {
    expect((await until429(method, {})).count).toBe(count);
  });

  it("are understood by Slack's own client", async () => {
    await until429('users.info', { user: 'U0NOOR' });
    const error = await client.users.info({ user: 'U0NOOR' }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'slack_webapi_rate_limited_error', retryAfter: 60 });
  });
});

describe("a message's length", () => {
  beforeEach(() => open(FAST));

  it('is cut at 40,000 characters when posted, and refused over 4,000 when updated', async () => {
    const { ts } = await client.chat.postMessage({ channel: 'C0DENIS', text: 'x'.repeat(40_001) });
    expect(workspace.driver.messages('C0DENIS')[0]?.text).toHaveLength(40_000);
    const update = (length: number) =>
      client.chat.update({ channel: 'C0DENIS', ts: String(ts), text: 'y'.repeat(length) });
    await update(4_000);
    expect(await refusal(update(4_001))).toMatchObject({ error: 'msg_too_long' });
  });

  it('is refused with what is wrong, where blocks are over their limits', async () => {
    const blocks = [{ type: 'section', text: { type: 'mrkdwn', text: 'x'.repeat(3_001) } }] as const;
    const post = (given: object) =>
      client.chat.postMessage({ channel: 'C0DENIS', text: 'x', ...given } as never);
    expect(await refusal(post({ blocks }))).toEqual({
      error: 'invalid_blocks',
      messages: ['[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]'],
    });
    expect(await refusal(post({ blocks: 'no JSON' }))).toMatchObject({ error: 'invalid_blocks_format' });
    const many = Array.from({ length: 5 }, () => ({
      type: 'section',
      text: { type: 'mrkdwn', text: 'x'.repeat(2_900) },
    }));
    expect(await refusal(post({ blocks: many }))).toMatchObject({ error: 'msg_blocks_too_long' });
    const { ts } = await client.chat.postMessage({ channel: 'C0DENIS', text: 'x' });
    const update = client.chat.update({ channel: 'C0DENIS', ts: String(ts), text: 'x', blocks: [...blocks] });
    expect(await refusal(update)).toMatchObject({ error: 'invalid_blocks' });
    expect(workspace.driver.messages('C0DENIS')).toMatchObject([{ text: 'x' }]);
  });
});
