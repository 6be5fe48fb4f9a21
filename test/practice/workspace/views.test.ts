import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { App, Context } from '@slack/bolt';
import type { HomeView, ModalView, WebClient } from '@slack/web-api';
import type { PracticeWorkspace } from '../../../src/practice/workspace/server.ts';
import { clientOf, openWorkspace, refusal, startBot, stoppedClock } from './practice.ts';

const clock = stoppedClock();
let workspace: PracticeWorkspace;
let client: WebClient;
let stopBot: () => Promise<void> = async () => {};

beforeEach(async () => {
  workspace = await openWorkspace({ clock });
  client = clientOf(workspace);
});
afterEach(async () => {
  await workspace.stop();
  await stopBot();
  stopBot = async () => {};
});

async function bot(listen: (app: App) => void): Promise<void> {
  const started = await startBot(workspace, (app) => {
    app.command('/trigger', ({ ack }) => ack());
    listen(app);
  });
  stopBot = () => started.stop();
}

const plain = (text: string) => ({ type: 'plain_text', text }) as const;

function modal(title: string, more: Partial<ModalView> = {}): ModalView {
  return { type: 'modal', title: plain(title), blocks: [], ...more };
}

const ASKING: Partial<ModalView> = {
  callback_id: 'diagnose',
  submit: plain('Diagnose'),
  blocks: [
    {
      type: 'input',
      block_id: 'runbook',
      label: plain('Runbook'),
      element: { type: 'external_select', action_id: 'pick', min_query_length: 0 },
    },
    {
      type: 'input',
      block_id: 'reason',
      optional: true,
      label: plain('Why'),
      element: { type: 'plain_text_input', action_id: 'why', initial_value: 'because' },
    },
  ],
};

/** A trigger id, got as a bot gets one. */
async function trigger(user = 'U0NOOR'): Promise<string> {
  await workspace.driver.as(user).command('C0DENIS', '/trigger');
  return String(new URLSearchParams(workspace.driver.sent('command').at(-1)?.body).get('trigger_id'));
}

function top(user = 'U0NOOR') {
  return workspace.driver.modals(user).at(-1);
}

describe('a trigger id', () => {
  it('opens one modal, once, within three seconds', async () => {
    const id = await trigger();
    clock.forward(3_000);
    await client.views.open({ trigger_id: id, view: modal('Diagnose') });
    expect(workspace.driver.modals('U0NOOR').map(({ title }) => title)).toEqual(['Diagnose']);
    expect(workspace.driver.modals('U0SAM')).toEqual([]);
    const again = client.views.open({ trigger_id: id, view: modal('Diagnose') });
    expect(await refusal(again)).toMatchObject({ error: 'exchanged_trigger_id' });
  });

  it('is refused when it is too old or made up', async () => {
    const id = await trigger();
    clock.forward(3_001);
    const open = (trigger_id: string) => client.views.open({ trigger_id, view: modal('Diagnose') });
    expect(await refusal(open(id))).toMatchObject({ error: 'expired_trigger_id' });
    expect(await refusal(open('1.2.abc'))).toMatchObject({ error: 'invalid_trigger_id' });
  });

  it('is not spent on a view that Slack refuses', async () => {
    const id = await trigger();
    const refused = client.views.open({ trigger_id: id, view: modal('A title that is far too long') });
    expect(await refusal(refused)).toEqual({
      error: 'invalid_arguments',
      messages: ['[ERROR] must be less than 25 characters [json-pointer:/view/title/text]'],
    });
    await client.views.open({ trigger_id: id, view: modal('Short') });
  });
});

describe('a modal', () => {
  it('can be pushed on two others, not on three, and only with a trigger of its own', async () => {
    await bot((app) => {
      app.command('/open', async ({ ack, body, client: bound }) => {
        await ack();
        await bound.views.open({ trigger_id: body.trigger_id, view: deeper('1') });
      });
      app.action<import('@slack/bolt').BlockButtonAction>('deeper', async ({ ack, body, client: bound }) => {
        await ack();
        const depth = Number(body.view?.private_metadata) + 1;
        await bound.views.push({ trigger_id: body.trigger_id, view: deeper(String(depth)) });
      });
    });
    const noor = workspace.driver.as('U0NOOR');
    await noor.command('C0DENIS', '/open');
    for (const depth of ['1', '2', '3']) {
      const view = await workspace.driver.waitFor(() => (top()?.title === depth ? top() : undefined), {
        what: `modal ${depth}`,
      });
      await noor.clickIn(view.id, 'Deeper');
    }
    await workspace.driver.waitFor((seen) => seen.callLog('views.push').length === 3, {
      what: 'the third push',
    });
    expect(workspace.driver.callLog('views.push').at(-1)?.answer).toMatchObject({
      error: 'push_limit_reached',
    });
    expect(workspace.driver.modals('U0NOOR').map(({ title }) => title)).toEqual(['1', '2', '3']);
    await noor.close(String(top()?.id));
    expect(workspace.driver.modals('U0NOOR').map(({ title }) => title)).toEqual(['1', '2']);
    const foreign = client.views.push({ trigger_id: await trigger(), view: modal('x') });
    expect(await refusal(foreign)).toMatchObject({ error: 'not_found' });
  });

  it('is updated by its id or external id, unless its hash shows another state', async () => {
    const opened = await client.views.open({
      trigger_id: await trigger(),
      view: modal('One', { external_id: 'e' }),
    });
    const { id: view_id, hash } = { id: String(opened.view?.id), hash: String(opened.view?.hash) };
    await client.views.update({ view_id, hash, view: modal('Two', { external_id: 'e' }) });
    expect(top()?.title).toBe('Two');
    expect(await refusal(client.views.update({ view_id, hash, view: modal('x') }))).toMatchObject({
      error: 'hash_conflict',
    });
    await client.views.update({ external_id: 'e', view: modal('Three') });
    expect(top()?.title).toBe('Three');
    await workspace.driver.as('U0NOOR').close(view_id);
    expect(await refusal(client.views.update({ view_id, view: modal('x') }))).toMatchObject({
      error: 'not_found',
    });
  });

  it('keeps an external id to itself', async () => {
    await client.views.open({ trigger_id: await trigger(), view: modal('One', { external_id: 'e' }) });
    const other = client.views.open({
      trigger_id: await trigger('U0SAM'),
      view: modal('Two', { external_id: 'e' }),
    });
    expect(await refusal(other)).toMatchObject({ error: 'duplicate_external_id' });
  });
});

/** A modal with a button that goes one deeper. */
function deeper(depth: string): ModalView {
  const button = { type: 'button', action_id: 'deeper', text: plain('Deeper') } as const;
  return modal(depth, { private_metadata: depth, blocks: [{ type: 'actions', elements: [button] }] });
}

const RUNBOOKS = ['denis/redis-down', 'denis/workers-stuck'];

describe('what a person submits', () => {
  interface Submission {
    view: { private_metadata: string; state: { values: Record<string, Record<string, object>> } };
    user: { id: string };
    team: { id: string };
  }
  const submitted: Submission[] = [];
  let answer: object | undefined;
  let longList = false;

  beforeEach(async () => {
    submitted.length = 0;
    answer = undefined;
    longList = false;
    await bot((app) => {
      app.options('pick', async ({ ack, payload }) => {
        const all = longList ? Array.from({ length: 101 }, (_, index) => `${index}`) : RUNBOOKS;
        const found = all.filter((name) => name.includes(payload.value));
        await ack({ options: found.map((name) => ({ text: plain(name), value: name })) });
      });
      app.view('diagnose', async ({ ack, body }) => {
        submitted.push(body as unknown as Submission);
        await ack(answer as never);
      });
      app.view({ callback_id: 'diagnose', type: 'view_closed' }, async ({ ack, body }) => {
        submitted.push({ ...body, closed: true } as unknown as Submission);
        await ack();
      });
    });
    await open();
  });

  async function open(more: Partial<ModalView> = {}, user = 'U0NOOR'): Promise<string> {
    const { view } = await client.views.open({
      trigger_id: await trigger(user),
      view: modal('Diagnose', { ...ASKING, private_metadata: 'C0DENIS', ...more }),
    });
    return String(view?.id);
  }

  const noor = () => workspace.driver.as('U0NOOR');

  it('is chosen with type-ahead, and arrives with every value; the modal closes', async () => {
    const view = String(top()?.id);
    const { options } = await noor().suggest({ view }, 'pick', 'redis');
    expect(options).toEqual([{ text: plain('denis/redis-down'), value: 'denis/redis-down' }]);
    const got = await noor().submit(view, { runbook: 'denis/redis-down' });
    expect(got.ok).toBe(true);
    expect(submitted).toMatchObject([
      { user: { id: 'U0NOOR', team_id: 'T0GUARDIA' }, view: { private_metadata: 'C0DENIS' } },
    ]);
    expect(submitted[0]?.view.state.values).toEqual({
      runbook: {
        pick: {
          type: 'external_select',
          selected_option: { text: plain('denis/redis-down'), value: 'denis/redis-down' },
        },
      },
      reason: { why: { type: 'plain_text_input', value: 'because' } },
    });
    expect(workspace.driver.modals('U0NOOR')).toEqual([]);
  });

  it('is told to the person when the bot offers a list that Slack does not take', async () => {
    longList = true;
    const got = await noor().suggest({ view: String(top()?.id) }, 'pick', '');
    expect(got).toMatchObject({ ok: false, error: 'invalid_options' });
    expect(got.notices).toEqual([expect.stringContaining('no more than 100 items allowed')]);
  });

  it('is not sent while a required input is empty', async () => {
    const got = await noor().submit(String(top()?.id), { Why: 'no runbook' });
    expect(got).toMatchObject({
      ok: false,
      error: 'invalid_input',
      errors: { runbook: 'Please complete this required field.' },
    });
    expect(top()?.errors).toEqual(got.errors);
    expect(submitted).toEqual([]);
  });

  it('comes back with the errors that the bot finds, and goes through once they are mended', async () => {
    const view = String(top()?.id);
    answer = { response_action: 'errors', errors: { reason: 'Say why' } };
    expect(await noor().submit(view, { runbook: 'x' })).toMatchObject({
      ok: false,
      errors: { reason: 'Say why' },
    });
    expect(top()?.errors).toEqual({ reason: 'Say why' });
    answer = undefined;
    expect(await noor().submit(view, { runbook: 'x', reason: 'duplicates' })).toMatchObject({ ok: true });
  });

  it('leads to another view, one on top, or none at all', async () => {
    const view = String(top()?.id);
    answer = { response_action: 'update', view: modal('Two', ASKING) };
    await noor().submit(view, { runbook: 'x' });
    expect(workspace.driver.modals('U0NOOR')).toMatchObject([{ id: view, title: 'Two' }]);
    answer = { response_action: 'push', view: modal('Three', ASKING) };
    await noor().submit(view, { runbook: 'x' });
    expect(workspace.driver.modals('U0NOOR').map(({ title }) => title)).toEqual(['Two', 'Three']);
    answer = { response_action: 'push', view: modal('Four', ASKING) };
    await noor().submit(String(top()?.id), { runbook: 'x' });
    const tooMany = await noor().submit(String(top()?.id), { runbook: 'x' });
    expect(tooMany).toMatchObject({ ok: false, notices: [expect.stringContaining('push_limit_reached')] });
    answer = { response_action: 'clear' };
    await noor().submit(String(top()?.id), { runbook: 'x' });
    expect(workspace.driver.modals('U0NOOR')).toEqual([]);
  });

  it('leaves the modal open, with a word to the person, where the answer makes no sense', async () => {
    const view = String(top()?.id);
    answer = { response_action: 'update', view: modal('A title that is far too long') };
    const got = await noor().submit(view, { runbook: 'x' });
    expect(got.notices).toEqual([expect.stringContaining('We had some trouble connecting')]);
    answer = { response_action: 'errors', errors: { nowhere: 'x' } };
    await (await noor().submit(view, { runbook: 'x' })).noticed('nowhere');
    expect(top()?.title).toBe('Diagnose');
  });

  it('is told to the bot when it is closed instead, if the view asks for that', async () => {
    const quiet = await open({ notify_on_close: false });
    await noor().close(quiet);
    const loud = await open({ notify_on_close: true });
    await noor().close(loud);
    expect(submitted).toMatchObject([{ closed: true, is_cleared: false, view: { id: loud } }]);
  });
});

describe('App Home', () => {
  it('is published when it is opened, and updated while it is looked at', async () => {
    const contexts: Context[] = [];
    await bot((app) => {
      app.event('app_home_opened', async ({ event, client: bound, context }) => {
        contexts.push(context);
        const text = event.view === undefined ? 'first visit' : 'seen before';
        const view: HomeView = { type: 'home', blocks: [{ type: 'header', text: plain(text) }] };
        await bound.views.publish({ user_id: event.user, view });
      });
    });
    const says = (text: string) => () => JSON.stringify(workspace.driver.home('U0SAM') ?? '').includes(text);
    await workspace.driver.as('U0SAM').openHome();
    await workspace.driver.waitFor(says('first visit'), { what: 'the home tab' });
    await workspace.driver.as('U0SAM').openHome();
    await workspace.driver.waitFor(says('seen before'), { what: 'the new home tab' });
    expect(workspace.driver.home('U0NOOR')).toBeUndefined();
    expect(contexts[0]).toMatchObject({ teamId: 'T0GUARDIA', userId: 'U0SAM' });
  });

  it('refuses a stale hash, a person who is not there, and a modal', async () => {
    const view: HomeView = { type: 'home', blocks: [] };
    const first = await client.views.publish({ user_id: 'U0SAM', view });
    await client.views.publish({ user_id: 'U0SAM', view, hash: String(first.view?.hash) });
    const stale = client.views.publish({ user_id: 'U0SAM', view, hash: String(first.view?.hash) });
    expect(await refusal(stale)).toMatchObject({ error: 'hash_conflict' });
    expect(await refusal(client.views.publish({ user_id: 'U0NOBODY', view }))).toMatchObject({
      error: 'user_not_found',
    });
    const wrong = client.views.publish({ user_id: 'U0SAM', view: modal('x') as never });
    expect(await refusal(wrong)).toMatchObject({ error: 'invalid_arguments' });
  });
});
