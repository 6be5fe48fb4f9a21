import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { App } from '@slack/bolt';
import type { PracticeWorkspace } from '../../../src/practice/workspace/server.ts';
import { openWorkspace, startBot } from './practice.ts';

let workspace: PracticeWorkspace;
let stopBot: () => Promise<void> = async () => {};

beforeEach(async () => {
  workspace = await openWorkspace();
});

afterEach(async () => {
  await workspace.stop();
  await stopBot();
  stopBot = async () => {};
});

async function bot(listen: (app: App) => void): Promise<void> {
  const started = await startBot(workspace, listen);
  stopBot = () => started.stop();
}

const SECTION = { type: 'section', text: { type: 'mrkdwn', text: 'Redis does not answer' } } as const;

describe('a Bolt app in the practice workspace', () => {
  it('answers a command to the person alone, and in the channel', async () => {
    await bot((app) => {
      app.command('/diagnose', async ({ ack, command, say, respond }) => {
        await ack(`Looking at ${command.text}`);
        await say(`Diagnosis of ${command.text}`);
        await respond({ text: 'Only for you', response_type: 'ephemeral' });
      });
    });
    const got = await workspace.driver
      .as('U0NOOR')
      .command('C0DENIS', '/diagnose denis/redis-down queue=celery');
    expect(got).toMatchObject({ ok: true, status: 200, ack: 'Looking at denis/redis-down queue=celery' });
    await got.ephemeral('Only for you');
    expect(got.ephemerals.map((message) => message.text)).toEqual([
      'Looking at denis/redis-down queue=celery',
      'Only for you',
    ]);
    expect(workspace.driver.messages('C0DENIS').map((message) => message.text)).toEqual([
      'Diagnosis of denis/redis-down queue=celery',
    ]);
    expect(workspace.driver.ephemerals('U0SAM')).toEqual([]);
  });

  it('updates the message whose button was clicked, and tells the thread', async () => {
    await bot((app) => {
      app.command('/alert', async ({ ack, say }) => {
        await ack();
        const button = {
          type: 'button',
          text: { type: 'plain_text', text: 'Acknowledge' },
          action_id: 'ack',
          value: '7',
        } as const;
        await say({ text: 'Redis is down', blocks: [SECTION, { type: 'actions', elements: [button] }] });
      });
      app.action<import('@slack/bolt').BlockButtonAction>('ack', async ({ ack, body, action, client }) => {
        await ack();
        const place = { channel: String(body.channel?.id), ts: String(body.message?.ts) };
        await client.chat.update({ ...place, text: `Acknowledged ${action.value}`, blocks: [SECTION] });
        await client.chat.postMessage({
          channel: place.channel,
          thread_ts: place.ts,
          text: `by <@${body.user.id}>`,
        });
      });
    });
    const { driver } = workspace;
    await driver.as('U0NOOR').command('C0DENIS', '/alert');
    const alert = await driver.waitFor((seen) => seen.messages('C0DENIS')[0], { what: 'the alert' });
    await driver.as('U0SAM').click('C0DENIS', alert.ts, 'Acknowledge');
    const reply = await driver.waitFor((seen) => seen.messages('C0DENIS', alert.ts)[1], {
      what: 'the reply',
    });
    expect(reply.text).toBe('by <@U0SAM>');
    expect(driver.messages('C0DENIS')).toMatchObject([
      { text: 'Acknowledged 7', edited: false, replies: { count: 1 } },
    ]);
  });
});
