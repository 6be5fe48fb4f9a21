import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { WebClient } from '@slack/web-api';
import type { PracticeWorkspace } from '../../../src/practice/workspace/server.ts';
import { clientOf, openWorkspace, refusal } from './practice.ts';

let workspace: PracticeWorkspace;
let client: WebClient;

beforeEach(async () => {
  workspace = await openWorkspace();
  client = clientOf(workspace);
});
afterEach(() => workspace.stop());

async function post(text: string, more: object = {}): Promise<string> {
  const { ts } = await client.chat.postMessage({ channel: 'C0DENIS', text, ...more });
  return String(ts);
}

describe('who calls', () => {
  it('tells the bot who it is', async () => {
    expect(await client.auth.test()).toMatchObject({
      team_id: 'T0GUARDIA',
      user_id: 'U0GUARDIA',
      bot_id: 'B0GUARDIA',
    });
  });

  it('takes the token from the body too, refuses a wrong one and a missing one', async () => {
    expect(await refusal(clientOf(workspace, 'xoxb-wrong').auth.test())).toMatchObject({
      error: 'invalid_auth',
    });
    expect(await refusal(clientOf(workspace, '').auth.test())).toMatchObject({ error: 'not_authed' });
    const body = new URLSearchParams({ token: workspace.botToken });
    const answer = await fetch(`${workspace.apiUrl}auth.test`, { method: 'POST', body });
    expect(await answer.json()).toMatchObject({ ok: true });
  });

  it('takes JSON bodies as well as forms', async () => {
    const answer = await fetch(`${workspace.apiUrl}chat.postMessage`, {
      method: 'POST',
      headers: { authorization: `Bearer ${workspace.botToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({ channel: 'C0DENIS', text: 'in JSON', blocks: [{ type: 'divider' }] }),
    });
    expect(await answer.json()).toMatchObject({
      ok: true,
      message: { text: 'in JSON', blocks: [{ type: 'divider' }] },
    });
  });

  it('knows no other methods', async () => {
    expect(await refusal(client.apiCall('admin.users.list'))).toMatchObject({ error: 'unknown_method' });
  });
});

describe('chat', () => {
  it('posts to a channel by its id or name, and to a person', async () => {
    await post('by id');
    await client.chat.postMessage({ channel: '#denis-alerts', text: 'by name' });
    const direct = await client.chat.postMessage({ channel: 'U0NOOR', text: 'to you' });
    expect(workspace.driver.messages('C0DENIS').map(({ text }) => text)).toEqual(['by id', 'by name']);
    expect(workspace.driver.messages(String(direct.channel)).map(({ text }) => text)).toEqual(['to you']);
  });

  it('refuses an unknown channel, one without the bot, an archived one, and a message that says nothing', async () => {
    expect(await refusal(client.chat.postMessage({ channel: 'C0NOWHERE', text: 'x' }))).toMatchObject({
      error: 'channel_not_found',
    });
    expect(await refusal(client.chat.postMessage({ channel: 'C0DENIS', text: '' }))).toMatchObject({
      error: 'no_text',
    });
    workspace.driver.change.archive('C0DENIS');
    expect(await refusal(post('x'))).toMatchObject({ error: 'is_archived' });
    workspace.driver.change.archive('C0DENIS', false);
    workspace.driver.change.remove('C0DENIS', 'U0GUARDIA');
    expect(await refusal(post('x'))).toMatchObject({ error: 'not_in_channel' });
  });

  it('keeps metadata and returns it only when asked', async () => {
    const metadata = { event_type: 'guardia', event_payload: { key: 'alert-1' } };
    const ts = await post('with a mark', { metadata });
    await post('in its thread', {
      thread_ts: ts,
      metadata: { ...metadata, event_payload: { key: 'reply' } },
    });
    const asked = { channel: 'C0DENIS', include_all_metadata: true };
    expect((await client.conversations.history(asked)).messages).toMatchObject([{ metadata }]);
    expect(
      (await client.conversations.replies({ ...asked, ts })).messages?.[1]?.metadata?.event_payload,
    ).toEqual({ key: 'reply' });
    expect((await client.conversations.history({ channel: 'C0DENIS' })).messages?.[0]).not.toHaveProperty(
      'metadata',
    );
    const wrong = { event_type: 'guardia' } as never;
    expect(await refusal(post('x', { metadata: wrong }))).toMatchObject({ error: 'invalid_metadata_format' });
  });

  it('lets a reply to a message that is gone land in the channel, as Slack does', async () => {
    const posted = await client.chat.postMessage({
      channel: 'C0DENIS',
      text: 'orphan',
      thread_ts: '1700000000.000100',
    });
    expect(posted.message).not.toHaveProperty('thread_ts');
    const root = await post('root');
    const reply = await client.chat.postMessage({ channel: 'C0DENIS', text: 'reply', thread_ts: root });
    expect(reply.message).toMatchObject({ thread_ts: root, parent_user_id: 'U0GUARDIA' });
  });

  it('updates its own messages: text alone drops the blocks and marks it as edited', async () => {
    const ts = await post('before', { blocks: [{ type: 'divider' }] });
    await client.chat.update({ channel: 'C0DENIS', ts, text: 'with blocks', blocks: [{ type: 'divider' }] });
    expect(workspace.driver.messages('C0DENIS')).toMatchObject([{ text: 'with blocks', edited: false }]);
    await client.chat.update({ channel: 'C0DENIS', ts, text: 'text alone' });
    expect(workspace.driver.messages('C0DENIS')[0]).toMatchObject({ text: 'text alone', edited: true });
    expect(workspace.driver.messages('C0DENIS')[0]?.blocks).toBeUndefined();
  });

  it('does not touch what is not there or not its own', async () => {
    const said = await workspace.driver.as('U0NOOR').say('C0DENIS', 'mine');
    const foreign = { channel: 'C0DENIS', ts: String(said.ts) };
    const gone = { channel: 'C0DENIS', ts: '1700000000.000100' };
    expect(await refusal(client.chat.update({ ...foreign, text: 'x' }))).toMatchObject({
      error: 'cant_update_message',
    });
    expect(await refusal(client.chat.delete(foreign))).toMatchObject({ error: 'cant_delete_message' });
    expect(await refusal(client.chat.update({ ...gone, text: 'x' }))).toMatchObject({
      error: 'message_not_found',
    });
    expect(await refusal(client.chat.delete(gone))).toMatchObject({ error: 'message_not_found' });
    expect(
      await refusal(client.chat.getPermalink({ channel: 'C0DENIS', message_ts: gone.ts })),
    ).toMatchObject({ error: 'message_not_found' });
  });

  it('deletes, and links to messages', async () => {
    const ts = await post('here');
    const link = await client.chat.getPermalink({ channel: 'C0DENIS', message_ts: ts });
    expect(link.permalink).toBe(`${workspace.url}/archives/C0DENIS/p${ts.replace('.', '')}`);
    await client.chat.delete({ channel: 'C0DENIS', ts });
    expect(workspace.driver.messages('C0DENIS')).toEqual([]);
  });

  it('shows an ephemeral message to one person, and to no method', async () => {
    const given = { channel: 'C0DENIS', user: 'U0SAM', text: 'for Sam' };
    const { message_ts: ts } = await client.chat.postEphemeral(given);
    expect(workspace.driver.ephemerals('U0SAM')).toMatchObject([{ text: 'for Sam', ephemeral: true }]);
    expect(workspace.driver.ephemerals('U0NOOR')).toEqual([]);
    expect((await client.conversations.history({ channel: 'C0DENIS' })).messages).toEqual([]);
    expect(
      await refusal(client.chat.update({ channel: 'C0DENIS', ts: String(ts), text: 'x' })),
    ).toMatchObject({ error: 'message_not_found' });
    const absent = { channel: 'C0GENERAL', user: 'U0GUEST', text: 'x' };
    expect(await refusal(client.chat.postEphemeral(absent))).toMatchObject({ error: 'user_not_in_channel' });
  });

  it('shows an ephemeral message in a thread only where the thread has replies', async () => {
    const thread_ts = await post('root');
    const given = { channel: 'C0DENIS', user: 'U0SAM', thread_ts };
    await client.chat.postEphemeral({ ...given, text: 'lost' });
    await post('reply', { thread_ts });
    await client.chat.postEphemeral({ ...given, text: 'seen' });
    expect(workspace.driver.ephemerals('U0SAM')).toMatchObject([{ text: 'seen', thread_ts }]);
    const waited = workspace.driver.waitFor(() => false, { what: 'nothing', timeoutMs: 1 });
    await expect(waited).rejects.toThrow(/shown to nobody.*\n.*lost/);
  });

  it('leaves a gravestone where a message with a thread was deleted', async () => {
    const ts = await post('root', { metadata: { event_type: 'alert', event_payload: {} } });
    await post('reply', { thread_ts: ts });
    await client.chat.delete({ channel: 'C0DENIS', ts });
    expect(workspace.driver.messages('C0DENIS', ts).map(({ text }) => text)).toEqual([
      'This message was deleted.',
      'reply',
    ]);
    expect(await refusal(client.chat.update({ channel: 'C0DENIS', ts, text: 'x' }))).toMatchObject({
      error: 'message_not_found',
    });
    const later = await client.chat.postMessage({ channel: 'C0DENIS', text: 'still here', thread_ts: ts });
    expect(later.message).toMatchObject({ thread_ts: ts });
    const { messages } = await client.conversations.replies({
      channel: 'C0DENIS',
      ts,
      include_all_metadata: true,
    });
    expect(messages?.[0]).toMatchObject({ subtype: 'tombstone' });
    expect(messages?.[0]).not.toHaveProperty('metadata');
  });

  it('adds a reaction once', async () => {
    const ts = await post('seen');
    const reaction = { channel: 'C0DENIS', timestamp: ts, name: 'eyes' };
    await client.reactions.add(reaction);
    expect(await refusal(client.reactions.add(reaction))).toMatchObject({ error: 'already_reacted' });
    const { messages } = await client.conversations.history({ channel: 'C0DENIS' });
    expect(messages?.[0]?.reactions).toEqual([{ name: 'eyes', users: ['U0GUARDIA'], count: 1 }]);
  });
});

describe('conversations', () => {
  it('gives the history newest first, in pages and between two moments', async () => {
    const all: string[] = [];
    for (const text of ['a', 'b', 'c', 'd', 'e']) all.push(await post(text));
    await post('a reply', { thread_ts: all[0] });
    const seen: (string | undefined)[][] = [];
    for await (const page of client.paginate('conversations.history', { channel: 'C0DENIS', limit: 2 })) {
      seen.push(((page as { messages?: { text?: string }[] }).messages ?? []).map(({ text }) => text));
    }
    expect(seen).toEqual([['e', 'd'], ['c', 'b'], ['a']]);
    const between = { channel: 'C0DENIS', oldest: all[1], latest: all[3] };
    const texts = async (more: object) =>
      (await client.conversations.history({ ...between, ...more })).messages?.map(({ text }) => text);
    expect(await texts({})).toEqual(['c']);
    expect(await texts({ inclusive: true })).toEqual(['d', 'c', 'b']);
  });

  it('gives a thread oldest first, from its first message or from a reply', async () => {
    const root = await post('root');
    const first = await post('one', { thread_ts: root });
    await post('two', { thread_ts: root });
    for (const ts of [root, first]) {
      const { messages } = await client.conversations.replies({ channel: 'C0DENIS', ts });
      expect(messages?.map(({ text }) => text)).toEqual(['root', 'one', 'two']);
      expect(messages?.[0]).toMatchObject({ reply_count: 2, reply_users: ['U0GUARDIA'] });
    }
    const gone = client.conversations.replies({ channel: 'C0DENIS', ts: '1700000000.000100' });
    expect(await refusal(gone)).toMatchObject({ error: 'thread_not_found' });
  });

  it('describes channels and who is in them', async () => {
    const { channel } = await client.conversations.info({ channel: 'C0DENIS' });
    expect(channel).toMatchObject({
      name: 'denis-alerts',
      is_member: true,
      is_archived: false,
      is_ext_shared: true,
    });
    expect((await client.conversations.list()).channels?.map(({ name }) => name)).toEqual([
      'denis-alerts',
      'general',
    ]);
    expect((await client.conversations.members({ channel: 'C0GENERAL' })).members).toEqual([
      'U0GUARDIA',
      'U0NOOR',
      'U0SAM',
      'U0INES',
    ]);
    expect(await refusal(client.conversations.info({ channel: 'U0NOOR' }))).toMatchObject({
      error: 'channel_not_found',
    });
  });

  it('opens direct messages once', async () => {
    const [one, two] = [
      await client.conversations.open({ users: 'U0SAM' }),
      await client.conversations.open({ users: 'U0SAM' }),
    ];
    expect(one.channel?.id).toMatch(/^D/);
    expect(two.channel?.id).toBe(one.channel?.id);
    expect(await refusal(client.conversations.open({ users: 'U0NOBODY' }))).toMatchObject({
      error: 'user_not_found',
    });
  });
});

describe('people and groups', () => {
  it('says who is a guest, who is gone, and who is of another organisation', async () => {
    const user = async (id: string) => (await client.users.info({ user: id })).user;
    expect(await user('U0NOOR')).toMatchObject({
      team_id: 'T0GUARDIA',
      is_restricted: false,
      deleted: false,
      is_bot: false,
    });
    expect(await user('U0GUEST')).toMatchObject({ is_restricted: true });
    expect(await user('U0OTHER')).toMatchObject({ team_id: 'T0OTHER' });
    expect(await user('U0GUARDIA')).toMatchObject({ is_bot: true });
    workspace.driver.change.deactivate('U0SAM');
    expect(await user('U0SAM')).toMatchObject({ deleted: true });
    expect(await refusal(client.users.info({ user: 'U0NOBODY' }))).toMatchObject({ error: 'user_not_found' });
  });

  it('lists the own organisation only', async () => {
    const { members } = await client.users.list({});
    expect(members?.map(({ id }) => id)).toEqual(['U0NOOR', 'U0SAM', 'U0INES', 'U0GUEST', 'U0GUARDIA']);
  });

  it('lists groups, and their members as they are now', async () => {
    const { usergroups } = await client.usergroups.list({ include_users: true });
    expect(usergroups).toMatchObject([
      { id: 'S0SRE', handle: 'sre', users: ['U0SAM', 'U0INES', 'U0NOOR'] },
      { id: 'S0ONCALL', handle: 'denis-oncall', users: ['U0NOOR'] },
    ]);
    workspace.driver.change.setGroup('S0SRE', ['U0INES']);
    expect((await client.usergroups.users.list({ usergroup: 'S0SRE' })).users).toEqual(['U0INES']);
    expect(await refusal(client.usergroups.users.list({ usergroup: 'S0NONE' }))).toMatchObject({
      error: 'no_such_subteam',
    });
  });

  it('describes teams and the bot', async () => {
    expect((await client.team.info()).team).toMatchObject({ id: 'T0GUARDIA', domain: 'guardia-practice' });
    expect((await client.team.info({ team: 'T0OTHER' })).team).toMatchObject({
      name: 'Another organisation',
    });
    expect((await client.bots.info({ bot: 'B0GUARDIA' })).bot).toMatchObject({
      user_id: 'U0GUARDIA',
      app_id: 'A0GUARDIA',
    });
  });
});
