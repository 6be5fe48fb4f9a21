import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { App, BlockButtonAction, RespondFn } from '@slack/bolt';
import type { ModalView } from '@slack/web-api';
import type { PracticeWorkspace } from '../../../src/practice/workspace/server.ts';
import type { Settings } from './practice.ts';
import { clientOf, openWorkspace, startBot, stoppedClock } from './practice.ts';

let workspace: PracticeWorkspace;
let stopBot: () => Promise<void> = async () => {};

async function open(listen: (app: App) => void, settings?: Settings, secret?: string): Promise<void> {
  workspace = await openWorkspace(settings);
  const started = await startBot(workspace, listen, secret);
  stopBot = () => started.stop();
}

afterEach(async () => {
  await workspace.stop();
  await stopBot();
  stopBot = async () => {};
});

const plain = (text: string) => ({ type: 'plain_text', text }) as const;
const BUTTONS = [
  {
    type: 'actions',
    block_id: 'plan',
    elements: [
      { type: 'button', action_id: 'approve', text: plain('Approve'), value: 'plan-1', style: 'primary' },
      { type: 'button', action_id: 'deny', text: plain('Deny'), value: 'plan-1' },
    ],
  },
] as const;

/** Posts a message with buttons into a thread; answers both timestamps. */
async function planInThread(metadata?: { event_type: string; event_payload: Record<string, string> }) {
  const client = clientOf(workspace);
  const root = await client.chat.postMessage({ channel: 'C0DENIS', text: 'Redis is down' });
  const given = { channel: 'C0DENIS', text: 'Waiting for approval', thread_ts: root.ts, metadata };
  const plan = await client.chat.postMessage({ ...given, blocks: BUTTONS as never });
  return { root: String(root.ts), plan: String(plan.ts) };
}

describe('a click', () => {
  it('carries the message, its thread, its metadata, the person and the button as they are', async () => {
    const bodies: unknown[] = [];
    await open((app) => {
      app.action('approve', async ({ ack, body }) => {
        await ack();
        bodies.push(body);
      });
    });
    const metadata = { event_type: 'plan', event_payload: { id: 'plan-1' } };
    const { root, plan } = await planInThread(metadata);
    await workspace.driver.as('U0SAM').click('C0DENIS', plan, 'Approve');
    expect(bodies).toMatchObject([
      {
        type: 'block_actions',
        api_app_id: 'A0GUARDIA',
        team: { id: 'T0GUARDIA', domain: 'guardia-practice' },
        user: { id: 'U0SAM', username: 'sam', team_id: 'T0GUARDIA' },
        channel: { id: 'C0DENIS', name: 'denis-alerts' },
        container: {
          type: 'message',
          message_ts: plan,
          channel_id: 'C0DENIS',
          thread_ts: root,
          is_ephemeral: false,
        },
        message: {
          ts: plan,
          thread_ts: root,
          text: 'Waiting for approval',
          metadata,
          user: 'U0GUARDIA',
          bot_id: 'B0GUARDIA',
        },
        state: { values: {} },
        actions: [
          { action_id: 'approve', block_id: 'plan', type: 'button', value: 'plan-1', text: plain('Approve') },
        ],
        response_url: expect.stringContaining(workspace.url),
        trigger_id: expect.any(String),
      },
    ]);
  });

  it('may be forged by a test: another value, or the very same request once more', async () => {
    const values: unknown[] = [];
    await open((app) => {
      app.action<BlockButtonAction>('approve', async ({ ack, action }) => {
        await ack();
        values.push(action.value);
      });
    });
    const { plan } = await planInThread();
    await workspace.driver.as('U0SAM').click('C0DENIS', plan, 'approve', { value: 'plan-2' });
    const [sent] = workspace.driver.sent('block_actions');
    expect(await workspace.driver.send(String(sent?.body))).toMatchObject({ ok: true, status: 200 });
    expect(values).toEqual(['plan-2', 'plan-2']);
  });

  it('names what there is instead, when a test looks for a button that is not there', async () => {
    await open(() => {});
    const { plan } = await planInThread();
    await expect(workspace.driver.as('U0SAM').click('C0DENIS', plan, 'Purge')).rejects.toThrow(
      'There is nothing to use called "Purge". There is: approve (Approve), deny (Deny)',
    );
  });

  it('shows the organisation of a person from elsewhere, in messages and in modals', async () => {
    const bodies: { team: unknown; user: unknown; view?: unknown }[] = [];
    await open((app) => {
      app.action<BlockButtonAction>('approve', async ({ ack, body, client }) => {
        await ack();
        bodies.push(body as never);
        const view: ModalView = {
          type: 'modal',
          callback_id: 'm',
          title: plain('Approve'),
          submit: plain('Approve'),
          blocks: [],
        };
        await client.views.open({ trigger_id: body.trigger_id, view });
      });
      app.view('m', async ({ ack, body }) => {
        await ack();
        bodies.push(body as never);
      });
    });
    const { plan } = await planInThread();
    const stranger = workspace.driver.as('U0OTHER');
    const got = await stranger.click('C0DENIS', plan, 'Approve');
    const { id } = await got.opened('Approve');
    await expect(workspace.driver.as('U0SAM').submit(id)).rejects.toThrow('sees no such thing');
    await stranger.submit(id);
    expect(bodies).toMatchObject([
      { team: { id: 'T0GUARDIA' }, user: { id: 'U0OTHER', team_id: 'T0OTHER' } },
      {
        team: { id: 'T0OTHER' },
        user: { id: 'U0OTHER', team_id: 'T0OTHER' },
        view: { app_installed_team_id: 'T0GUARDIA', team_id: 'T0OTHER' },
      },
    ]);
  });

  it('is not possible in a channel that the person is not in', async () => {
    await open(() => {});
    const { ts } = await clientOf(workspace).chat.postMessage({
      channel: 'C0GENERAL',
      text: 'x',
      blocks: BUTTONS as never,
    });
    await expect(workspace.driver.as('U0GUEST').click('C0GENERAL', String(ts), 'Approve')).rejects.toThrow(
      'sees no such thing',
    );
  });
});

describe('an answer through a response_url', () => {
  const clock = stoppedClock();
  let responds: RespondFn;

  async function openWithResponds(): Promise<void> {
    await open(
      (app) => {
        app.command('/diagnose', async ({ ack, respond }) => {
          await ack();
          responds = respond;
        });
        app.action('approve', async ({ ack, respond }) => {
          await ack();
          responds = respond;
        });
      },
      { clock },
    );
  }

  it('can be given five times', async () => {
    await openWithResponds();
    await workspace.driver.as('U0NOOR').command('C0DENIS', '/diagnose');
    for (const text of ['1', '2', '3', '4', '5']) await responds(text);
    await expect(responds('6')).rejects.toThrow('404');
    expect(workspace.driver.ephemerals('U0NOOR').map(({ text }) => text)).toEqual(['1', '2', '3', '4', '5']);
  });

  it('can be given within thirty minutes', async () => {
    await openWithResponds();
    await workspace.driver.as('U0NOOR').command('C0DENIS', '/diagnose');
    clock.forward(30 * 60_000);
    await responds({ text: 'for all', response_type: 'in_channel' });
    clock.forward(1);
    await expect(responds('too late')).rejects.toThrow('404');
    expect(workspace.driver.messages('C0DENIS').map(({ text }) => text)).toEqual(['for all']);
    expect(workspace.driver.ephemerals('U0NOOR')).toEqual([]);
  });

  it('replaces and deletes what was clicked, an ephemeral message too', async () => {
    await openWithResponds();
    const noor = workspace.driver.as('U0NOOR');
    await noor.command('C0DENIS', '/diagnose');
    await responds({ text: 'Really?', blocks: BUTTONS as never });
    const [question] = workspace.driver.ephemerals('U0NOOR');
    await noor.click('C0DENIS', String(question?.ts), 'Approve');
    await responds({ text: 'Yes', replace_original: true });
    expect(workspace.driver.ephemerals('U0NOOR').map(({ text }) => text)).toEqual(['Yes']);
    await responds({ delete_original: true } as never);
    expect(workspace.driver.ephemerals('U0NOOR')).toEqual([]);
  });

  it('is held to the limits of blocks', async () => {
    await openWithResponds();
    await workspace.driver.as('U0NOOR').command('C0DENIS', '/diagnose');
    await expect(responds({ text: 'x', blocks: [{ type: 'blink' }] as never })).rejects.toThrow('404');
  });
});

describe('a bot that does not acknowledge', () => {
  it('is reported to the person as operation_timeout', async () => {
    await open(() => {}, { limits: { ackMs: 50 } });
    const got = await workspace.driver.as('U0NOOR').command('C0DENIS', '/diagnose');
    expect(got).toMatchObject({ ok: false, error: 'operation_timeout' });
    expect(got.notices).toEqual(['/diagnose failed with the error "operation_timeout"']);
    const { plan } = await planInThread();
    const click = await workspace.driver.as('U0SAM').click('C0DENIS', plan, 'Approve');
    expect(click.notices).toEqual([expect.stringContaining('operation_timeout')]);
  });

  it('is reported when it is not there at all', async () => {
    workspace = await openWorkspace({ botUrl: 'http://127.0.0.1:9/slack/events' });
    const got = await workspace.driver.as('U0NOOR').command('C0DENIS', '/diagnose');
    expect(got.notices).toEqual(['/diagnose failed with the error "dispatch_failed"']);
  });
});

describe('the signature', () => {
  it("is verified by Bolt's own check: another secret, a stale time and a changed body are refused", async () => {
    const heard: string[] = [];
    await open((app) => {
      app.command('/diagnose', async ({ ack, command }) => {
        await ack();
        heard.push(command.text);
      });
    });
    await workspace.driver.as('U0NOOR').command('C0DENIS', '/diagnose signed');
    const [sent] = workspace.driver.sent('command');
    const old = {
      ...sent?.headers,
      'x-slack-request-timestamp': String(Math.floor(Date.now() / 1000) - 301),
    };
    expect((await workspace.driver.send(String(sent?.body), old)).status).toBe(401);
    expect((await workspace.driver.send(`${sent?.body}&text=changed`, sent?.headers)).status).toBe(401);
    expect((await workspace.driver.send(String(sent?.body), sent?.headers)).status).toBe(200);
    expect(heard).toEqual(['signed', 'signed']);
  });

  it('does not pass with another signing secret', async () => {
    await open((app) => app.command('/diagnose', ({ ack }) => ack()), {}, 'another secret');
    const got = await workspace.driver.as('U0NOOR').command('C0DENIS', '/diagnose');
    expect(got).toMatchObject({ ok: false, status: 401 });
    expect(got.notices).toEqual(['/diagnose failed with the error "dispatch_failed"']);
  });
});

describe('what a person types', () => {
  it('is no command in a thread, nor one that the manifest does not have', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'practice-'));
    const manifest = join(folder, 'manifest.yml');
    const commands = '[{ command: /diagnose, description: Look, usage_hint: "[runbook]" }]';
    await writeFile(
      manifest,
      `features: { slash_commands: ${commands} }\nsettings: { event_subscriptions: { bot_events: [app_mention] } }`,
    );
    await open((app) => app.command(/.*/, ({ ack }) => ack('here')), { manifest });
    await rm(folder, { recursive: true });
    const noor = workspace.driver.as('U0NOOR');
    const { root } = await planInThread();
    expect((await noor.say('C0DENIS', '/diagnose', root)).notices).toEqual([
      '/diagnose is not supported in threads. Sorry!',
    ]);
    expect((await noor.command('C0DENIS', '/purge')).notices).toEqual([
      expect.stringContaining('/purge is not a valid command'),
    ]);
    expect((await noor.command('C0DENIS', '/diagnose')).ephemerals).toMatchObject([{ text: 'here' }]);
    expect((await workspace.driver.as('U0OTHER').command('C0DENIS', '/diagnose')).ok).toBe(false);
    expect(workspace.driver.sent('command')).toHaveLength(1);
    expect(workspace.driver.sent('event')).toEqual([]);
  });

  it('arrives escaped in a command, its spaces kept', async () => {
    const texts: string[] = [];
    await open((app) => {
      app.command('/remediate', async ({ ack, command }) => {
        await ack();
        texts.push(command.text);
      });
    });
    await workspace.driver.as('U0NOOR').command('C0DENIS', '/remediate  a="b  <c>" & @sam ');
    expect(texts).toEqual(['a="b  &lt;c&gt;" &amp; @sam']);
  });

  it('names people, groups and channels by reference in a message', async () => {
    await open(() => {});
    await workspace.driver.as('U0NOOR').say('C0DENIS', '@sre <@U0SAM> see #general, a<b, mail@sam.example');
    expect(workspace.driver.messages('C0DENIS')[0]?.text).toBe(
      '<!subteam^S0SRE> <@U0SAM> see <#C0GENERAL|general>, a&lt;b, mail@sam.example',
    );
  });

  it('is not said where the person is not', async () => {
    await open(() => {});
    expect(await workspace.driver.as('U0GUEST').say('C0GENERAL', 'hello')).toMatchObject({
      ok: false,
      error: 'channel_not_found',
    });
  });
});

describe('other ways to ask', () => {
  it('are a message shortcut, with the message that it was used on', async () => {
    const bodies: unknown[] = [];
    await open((app) => {
      app.shortcut(
        { callback_id: 'diagnose_this', type: 'message_action' },
        async ({ ack, body, respond }) => {
          await ack();
          bodies.push(body);
          await respond('Looking');
        },
      );
    });
    const said = await workspace.driver.as('U0NOOR').say('C0DENIS', 'Redis?');
    const got = await workspace.driver.as('U0SAM').shortcut('diagnose_this', 'C0DENIS', String(said.ts));
    await got.ephemeral('Looking');
    expect(bodies).toMatchObject([
      {
        type: 'message_action',
        user: { id: 'U0SAM' },
        message_ts: said.ts,
        message: { text: 'Redis?', user: 'U0NOOR' },
        channel: { id: 'C0DENIS' },
      },
    ]);
    const foreign = await workspace.driver
      .as('U0OTHER')
      .shortcut('diagnose_this', 'C0DENIS', String(said.ts));
    expect(foreign.ok).toBe(false);
  });
});
