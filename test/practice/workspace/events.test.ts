import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { PracticeWorkspace } from '../../../src/practice/workspace/server.ts';
import { clientOf, openWorkspace, startBot } from './practice.ts';

const cleanUp: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const task of cleanUp.splice(0).reverse()) await task();
});

async function open(limits = {}): Promise<PracticeWorkspace> {
  const workspace = await openWorkspace({ limits });
  cleanUp.push(() => workspace.stop());
  return workspace;
}

interface Heard {
  event: Record<string, unknown>;
  event_id: string;
  retry: string | undefined;
  reason: string | undefined;
}

/** A bot that answers as a test wants. */
async function oddBot(
  workspace: PracticeWorkspace,
  answer: (attempt: number, response: ServerResponse) => void,
) {
  const heard: Heard[] = [];
  const server: Server = createServer(async (request: IncomingMessage, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { event, event_id } = JSON.parse(body) as Heard;
    const header = (name: string) => request.headers[name] as string | undefined;
    heard.push({
      event,
      event_id,
      retry: header('x-slack-retry-num'),
      reason: header('x-slack-retry-reason'),
    });
    answer(heard.length, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  workspace.connectBot(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  cleanUp.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return heard;
}

const answering =
  (status: number, headers = {}) =>
  (_: number, response: ServerResponse) =>
    void response.writeHead(status, headers).end();

describe('events', () => {
  it('tell a Bolt app of a mention, with the thread and the organisation of whoever wrote', async () => {
    const workspace = await open();
    const heard: unknown[] = [];
    const bot = await startBot(workspace, (app) => {
      app.event('app_mention', async ({ event, body, say }) => {
        heard.push({
          ...event,
          shared: body.is_ext_shared_channel,
          authorized: body.authorizations?.[0]?.team_id,
        });
        await say({ text: 'Here', thread_ts: event.thread_ts });
      });
    });
    cleanUp.push(() => bot.stop());
    const root = await workspace.driver.as('U0NOOR').say('C0DENIS', 'Redis?');
    await workspace.driver.as('U0OTHER').say('C0DENIS', '@guardia diagnose', root.ts);
    await workspace.driver.waitFor((seen) => seen.messages('C0DENIS', root.ts)[2], { what: 'the answer' });
    expect(heard).toEqual([
      expect.objectContaining({
        type: 'app_mention',
        text: '<@U0GUARDIA> diagnose',
        user: 'U0OTHER',
        team: 'T0OTHER',
        user_team: 'T0OTHER',
        thread_ts: root.ts,
        shared: true,
        authorized: 'T0GUARDIA',
      }),
    ]);
  });

  it('tell of every message where the bot is: new, changed and deleted, its own too', async () => {
    const workspace = await open();
    const heard = await oddBot(workspace, answering(200));
    const said = String((await workspace.driver.as('U0NOOR').say('C0GENERAL', 'one')).ts);
    workspace.driver.change.editMessage('C0GENERAL', said, 'two');
    workspace.driver.change.deleteMessage('C0GENERAL', said);
    await clientOf(workspace).chat.postMessage({ channel: 'U0NOOR', text: 'direct' });
    workspace.driver.change.remove('C0GENERAL', 'U0GUARDIA');
    await workspace.driver.as('U0NOOR').say('C0GENERAL', 'unheard');
    await workspace.driver.waitFor((seen) => seen.sent('event').length === 4, { what: 'four events' });
    const byTime = heard.map(({ event }) => event).sort((a, b) => Number(a.event_ts) - Number(b.event_ts));
    expect(byTime).toMatchObject([
      { type: 'message', text: 'one', user: 'U0NOOR', channel_type: 'channel', ts: said },
      { subtype: 'message_changed', message: { text: 'two' }, previous_message: { text: 'one' } },
      { subtype: 'message_deleted', deleted_ts: said },
      { type: 'message', text: 'direct', bot_id: 'B0GUARDIA', channel_type: 'im' },
    ]);
  });

  it('do not tell the bot that it mentioned itself', async () => {
    const workspace = await open();
    const heard = await oddBot(workspace, answering(200));
    await clientOf(workspace).chat.postMessage({ channel: 'C0DENIS', text: 'ask <@U0GUARDIA>' });
    await workspace.driver.as('U0NOOR').say('C0DENIS', '@guardia');
    await workspace.driver.waitFor((seen) => seen.sent('event').length === 3, { what: 'three events' });
    expect(heard.filter(({ event }) => event.type === 'app_mention')).toMatchObject([
      { event: { user: 'U0NOOR' } },
    ]);
  });

  it('come again with the same id when they were not acknowledged: at once and twice later', async () => {
    const workspace = await open({ eventRetryMs: [0, 20, 40] });
    const heard = await oddBot(workspace, answering(500));
    await workspace.driver.as('U0NOOR').say('C0GENERAL', 'hello');
    await workspace.driver.waitFor((seen) => seen.sent('event').length === 4, { what: 'all tries' });
    expect(heard.map(({ retry, reason }) => [retry, reason])).toEqual([
      [undefined, undefined],
      ['1', 'http_error'],
      ['2', 'http_error'],
      ['3', 'http_error'],
    ]);
    expect(new Set(heard.map(({ event_id }) => event_id)).size).toBe(1);
  });

  it('come again after a silence of three seconds, and no more once they are acknowledged', async () => {
    const workspace = await open({ eventRetryMs: [0, 10, 10], ackMs: 400 });
    const heard = await oddBot(workspace, (attempt, response) => void (attempt > 1 && response.end()));
    await workspace.driver.as('U0NOOR').say('C0GENERAL', 'hello');
    await workspace.driver.waitFor((seen) => seen.sent('event').length === 2, { what: 'the second try' });
    expect(heard.map(({ reason }) => reason)).toEqual([undefined, 'http_timeout']);
    await workspace.driver.as('U0NOOR').say('C0GENERAL', 'the next one');
    await workspace.driver.waitFor((seen) => seen.sent('event').length === 3, { what: 'the next event' });
    expect(heard[2]?.retry).toBeUndefined();
  });

  it('do not come again where the bot says so', async () => {
    const workspace = await open({ eventRetryMs: [0, 0, 0] });
    const heard = await oddBot(workspace, answering(500, { 'x-slack-no-retry': '1' }));
    await workspace.driver.as('U0NOOR').say('C0GENERAL', 'one');
    const again = workspace.driver.waitFor((seen) => seen.sent('event').length > 1, {
      what: 'a retry',
      timeoutMs: 60,
    });
    await expect(again).rejects.toThrow('in vain');
    expect(heard).toHaveLength(1);
  });
});

describe("the bot's address", () => {
  it('proves itself by the challenge', async () => {
    const workspace = await open();
    const bot = await startBot(workspace, () => {});
    cleanUp.push(() => bot.stop());
    expect(await workspace.driver.verifyUrl()).toMatchObject({
      status: 200,
      json: { challenge: 'practice' },
    });
  });
});
