import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ModalView } from '@slack/web-api';
import type { Drills } from '../../../src/practice/workspace/context.ts';
import type {
  ActAnswer,
  DrillView,
  PageAct,
  WorkspaceEvent,
  WorkspaceState,
} from '../../../src/practice/workspace/protocol.ts';
import type { PracticeWorkspace } from '../../../src/practice/workspace/server.ts';
import { clientOf, openWorkspace } from './practice.ts';

let workspace: PracticeWorkspace;
const streams: AbortController[] = [];

beforeEach(async () => {
  workspace = await openWorkspace();
});
afterEach(async () => {
  for (const stream of streams.splice(0)) stream.abort();
  await workspace.stop();
});

async function stateOf(user: string): Promise<WorkspaceState> {
  const answer = await fetch(`${workspace.url}/practice/state?as=${user}`);
  return (await answer.json()) as WorkspaceState;
}

async function act(given: PageAct): Promise<ActAnswer> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${workspace.url}/practice/act`, {
    method: 'POST',
    headers,
    body: JSON.stringify(given),
  });
  return (await answer.json()) as ActAnswer;
}

/** What a page of this person hears, one event after the other. */
async function listen(user: string, since = '', headers = {}) {
  const stream = new AbortController();
  streams.push(stream);
  const address = `${workspace.url}/practice/events?as=${user}${since}`;
  const answer = await fetch(address, { signal: stream.signal, headers });
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  let read = '';
  return async function next(): Promise<{ id: number; event: WorkspaceEvent }> {
    while (!read.includes('\n\n')) read += (await reader?.read())?.value ?? '';
    const end = read.indexOf('\n\n');
    const [, id, data] = /^id: (\d+)\ndata: (.*)$/.exec(read.slice(0, end)) ?? [];
    read = read.slice(end + 2);
    return { id: Number(id), event: JSON.parse(String(data)) as WorkspaceEvent };
  };
}

async function openModal(user: string): Promise<void> {
  await workspace.driver.as(user).command('C0DENIS', '/open');
  const trigger = new URLSearchParams(workspace.driver.sent('command').at(-1)?.body).get('trigger_id');
  const view: ModalView = { type: 'modal', title: { type: 'plain_text', text: 'Diagnose' }, blocks: [] };
  await clientOf(workspace).views.open({ trigger_id: String(trigger), view });
}

const post = (text: string, more = {}) =>
  clientOf(workspace).chat.postMessage({ channel: 'C0DENIS', text, ...more });

describe('the state that a page loads', () => {
  it('is what this person sees: own channels, own ephemeral messages, threads counted', async () => {
    const root = await post('root');
    await post('reply', { thread_ts: root.ts });
    await clientOf(workspace).chat.postEphemeral({ channel: 'C0DENIS', user: 'U0SAM', text: 'for Sam' });
    await clientOf(workspace).chat.postMessage({ channel: 'U0NOOR', text: 'to Noor' });
    const guest = await stateOf('U0GUEST');
    expect(guest.me).toMatchObject({ name: 'Mara Lindqvist', kind: 'guest' });
    expect(guest.channels).toMatchObject([{ id: 'C0DENIS', kind: 'channel', unread: 1 }]);
    expect(guest.messages).toMatchObject([
      { text: 'root', replies: { count: 1, users: ['U0GUARDIA'] } },
      { text: 'reply', thread_ts: root.ts },
    ]);
    const texts = async (user: string) => (await stateOf(user)).messages.map(({ text }) => text);
    expect(await texts('U0SAM')).toEqual(['root', 'reply', 'for Sam']);
    expect(await texts('U0NOOR')).toEqual(['root', 'reply', 'to Noor']);
    expect(guest.groups.S0SRE).toEqual({ handle: 'sre', members: ['U0SAM', 'U0INES', 'U0NOOR'] });
    expect(guest.people.map(({ id }) => id)).toEqual(['U0NOOR', 'U0SAM', 'U0INES', 'U0GUEST', 'U0OTHER']);
  });

  it('has the commands and shortcuts of the manifest', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'practice-'));
    const manifest = join(folder, 'manifest.yml');
    await writeFile(
      manifest,
      [
        'features:',
        '  slash_commands: [{ command: /diagnose, description: Look at a service, usage_hint: "[runbook]" }]',
        '  shortcuts: [{ name: Diagnose this, type: message, callback_id: diagnose_this, description: x }]',
      ].join('\n'),
    );
    await workspace.stop();
    workspace = await openWorkspace({ manifest });
    await rm(folder, { recursive: true });
    const { commands, shortcuts } = await stateOf('U0NOOR');
    expect(commands).toEqual([
      { command: '/diagnose', usage: '[runbook]', description: 'Look at a service' },
    ]);
    expect(shortcuts).toEqual([{ callback_id: 'diagnose_this', name: 'Diagnose this' }]);
  });

  it('does not exist for somebody who does not', async () => {
    expect((await fetch(`${workspace.url}/practice/state?as=U0NOBODY`)).status).toBe(404);
  });

  it('counts as read what was read', async () => {
    await post('one');
    expect(await act({ as: 'U0SAM', act: 'read', channel: 'C0DENIS' })).toEqual({ ok: true });
    await post('two');
    expect((await stateOf('U0SAM')).channels[0]).toMatchObject({ unread: 1 });
    expect((await stateOf('U0NOOR')).channels[0]).toMatchObject({ unread: 2 });
  });
});

describe('the events that a page hears', () => {
  it('are of this person only', async () => {
    await clientOf(workspace).views.publish({ user_id: 'U0SAM', view: { type: 'home', blocks: [] } });
    const sam = await listen('U0SAM');
    const noor = await listen('U0NOOR');
    await clientOf(workspace).chat.postEphemeral({ channel: 'C0DENIS', user: 'U0SAM', text: 'for Sam' });
    await act({ as: 'U0NOOR', act: 'say', channel: 'C0DENIS', thread_ts: '1.1', text: '/diagnose' });
    await clientOf(workspace).views.publish({ user_id: 'U0INES', view: { type: 'home', blocks: [] } });
    await openModal('U0INES');
    const { ts } = await post('for all');
    await clientOf(workspace).chat.delete({ channel: 'C0DENIS', ts: String(ts) });
    const forAll = [
      { type: 'message', message: { text: 'for all' } },
      { type: 'message_deleted', channel: 'C0DENIS', ts },
    ];
    const samHeard = [await sam(), await sam(), await sam()].map(({ event }) => event);
    expect(samHeard).toMatchObject([
      { type: 'message', message: { text: 'for Sam', ephemeral: true } },
      ...forAll,
    ]);
    const noorHeard = [await noor(), await noor(), await noor()].map(({ event }) => event);
    expect(noorHeard).toMatchObject([
      { type: 'notice', text: '/diagnose is not supported in threads. Sorry!' },
      ...forAll,
    ]);
  });

  it('show a modal and App Home to whom they belong', async () => {
    const ines = await listen('U0INES');
    await openModal('U0INES');
    await clientOf(workspace).views.publish({ user_id: 'U0INES', view: { type: 'home', blocks: [] } });
    const heard = [await ines(), await ines(), await ines()].map(({ event }) => event);
    expect(heard).toMatchObject([
      { type: 'notice' },
      { type: 'modals', modals: [{ type: 'modal', title: 'Diagnose' }] },
      { type: 'home', home: { type: 'home' } },
    ]);
  });

  it('include what happened between loading the state and listening, and after a lost connection', async () => {
    const { revision } = await stateOf('U0SAM');
    await post('in between');
    const first = await listen('U0SAM', `&since=${revision}`);
    const heard = await first();
    expect(heard.event).toMatchObject({ message: { text: 'in between' } });
    await post('missed');
    const again = await listen('U0SAM', `&since=${revision}`, { 'last-event-id': String(heard.id) });
    expect((await again()).event).toMatchObject({ message: { text: 'missed' } });
  });

  it('ask for loading anew where the page is older than the workspace', async () => {
    const next = await listen('U0SAM', '&since=1');
    expect((await next()).event).toEqual({ type: 'reload' });
  });

  it('tell of drills, which the page starts and ends', async () => {
    await workspace.stop();
    const { drills, started } = oneDrill();
    workspace = await openWorkspace({ drills });
    const next = await listen('U0SAM');
    expect(await act({ as: 'U0SAM', act: 'drill', id: 'denis/redis-down/fault', start: true })).toEqual({
      ok: true,
    });
    expect((await next()).event).toMatchObject({ type: 'drills', drills: [{ running: true }] });
    expect((await stateOf('U0NOOR')).drills).toMatchObject([{ id: 'denis/redis-down/fault', running: true }]);
    await act({ as: 'U0SAM', act: 'drill', id: 'denis/redis-down/fault', start: false });
    expect(started).toEqual([true, false]);
    expect(await act({ as: 'U0SAM', act: 'drill', id: 'no/such/drill', start: true })).toMatchObject({
      error: 'drill_not_found',
    });
  });
});

function oneDrill(): { drills: Drills; started: boolean[] } {
  const started: boolean[] = [];
  let changed = () => {};
  const view = (): DrillView => ({
    ...{
      id: 'denis/redis-down/fault',
      service: 'denis',
      runbook: 'redis-down',
      title: 'Redis is down',
      about: { title: 'A runbook', symptoms: '' },
    },
    running: started.at(-1) === true,
    state: '',
  });
  const set = (running: boolean) => async () => {
    started.push(running);
    changed();
  };
  const drills: Drills = {
    list: () => [view()],
    start: set(true),
    stop: set(false),
    onChange(listener) {
      changed = listener;
      return () => {};
    },
  };
  return { drills, started };
}

describe('an act of the page', () => {
  it('is a message, answered with its time', async () => {
    const { ok, ts } = await act({ as: 'U0NOOR', act: 'say', channel: 'C0DENIS', text: 'hello' });
    expect(ok).toBe(true);
    expect(workspace.driver.messages('C0DENIS')).toMatchObject([{ ts, user: 'U0NOOR', text: 'hello' }]);
  });

  it('is refused when it comes as a form, which a page of another site could send', async () => {
    const body = JSON.stringify({ as: 'U0NOOR', act: 'say', channel: 'C0DENIS', text: 'hello' });
    const answer = await fetch(`${workspace.url}/practice/act`, { method: 'POST', body });
    expect(answer.status).toBe(415);
    expect(workspace.driver.messages('C0DENIS')).toEqual([]);
  });

  it('is refused for a person, an act or a thing that is not there', async () => {
    expect(await act({ as: 'U0NOBODY', act: 'open_home' })).toMatchObject({ error: 'user_not_found' });
    expect(await act({ as: 'U0NOOR', act: 'dance' } as never)).toMatchObject({ error: 'unknown_act' });
    expect(await act({ as: 'U0NOOR', act: 'view_close', view: 'V0' })).toMatchObject({
      error: 'view_not_found',
    });
    const source = { message: { channel: 'C0DENIS', ts: '1.1' } };
    expect(await act({ as: 'U0NOOR', act: 'block_action', source, action: {} })).toMatchObject({
      error: 'message_not_found',
    });
  });
});

describe('the server', () => {
  it('gives the page, its bundle made in memory, also where a link to a message leads', async () => {
    const get = async (path: string) => {
      const answer = await fetch(workspace.url + path);
      return [answer.status, answer.headers.get('content-type'), await answer.text()];
    };
    const html = [200, 'text/html; charset=utf-8', expect.stringContaining('/page.js')];
    expect(await get('/')).toEqual(html);
    expect(await get('/archives/C0DENIS/p1700000000000100')).toEqual(html);
    expect(await get('/page.js')).toEqual([
      200,
      'text/javascript; charset=utf-8',
      expect.stringContaining('createRoot'),
    ]);
    expect(await get('/page.css')).toEqual([200, 'text/css; charset=utf-8', expect.any(String)]);
  });

  it('says what it is where there is nothing', async () => {
    const answer = await fetch(`${workspace.url}/nowhere`);
    expect(answer.status).toBe(404);
    expect(await answer.text()).toContain('practice workspace, not Slack');
  });

  it('listens on this machine only', () => {
    expect(workspace.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  });
});
