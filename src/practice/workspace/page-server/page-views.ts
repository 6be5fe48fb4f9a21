import type { Channel } from '../channels.ts';
import { isMember } from '../channels.ts';
import type { Workspace } from '../context.ts';
import { personOf } from '../context.ts';
import type { Json } from '../json.ts';
import { asText, isObject, objectsIn } from '../json.ts';
import { messagesIn, repliesTo } from '../messages.ts';
import type {
  ChannelView,
  FileView,
  MessageView,
  PersonView,
  ViewView,
  WorkspaceState,
} from '../protocol.ts';
import type { StoredMessage, StoredView } from '../state.ts';
import { modalsOf } from '../views.ts';

/** Everything that one person sees. */
export function stateFor(ws: Workspace, user: string): WorkspaceState | undefined {
  const people = ws.cast.people.map(
    ({ deactivated: _, enterpriseUser: __, ...person }): PersonView => person,
  );
  const me = people.find((person) => person.id === user);
  if (me === undefined) return undefined;
  const { bot, team } = ws.cast;
  const home = ws.state.homes.get(user);
  const messages = [...ws.state.messages.values()].flat().filter((message) => sees(ws, user, message));
  return {
    revision: ws.journal.revision(),
    me,
    people,
    bot: {
      ...me,
      id: bot.user,
      team: team.id,
      name: bot.name,
      handle: bot.handle,
      title: 'App',
      color: '#1d5c4d',
      kind: 'bot',
    },
    channels: channelsFor(ws, user),
    messages: messages.map((message) => messageView(ws, message)),
    groups: Object.fromEntries(
      ws.cast.groups.map(({ id, handle, members }) => [id, { handle, members: [...members] }]),
    ),
    commands: ws.manifest.commands.map(({ escapes: _, ...hint }) => hint),
    shortcuts: ws.manifest.shortcuts,
    drills: ws.drills.list(),
    home: home === undefined ? null : viewView(home),
    modals: modalsOf(ws, user).map((view) => viewView(view)),
  };
}

export function channelsFor(ws: Workspace, user: string): ChannelView[] {
  const mine = [...ws.state.channels.values()].filter((channel) => isMember(channel, user));
  return mine.map((channel) => ({
    id: channel.id,
    name: channel.name,
    kind: channel.dmWith === undefined ? 'channel' : 'dm',
    topic: channel.topic,
    unread: unread(ws, channel, user),
  }));
}

function unread(ws: Workspace, channel: Channel, user: string): number {
  const upTo = Number(ws.state.read.get(`${user} ${channel.id}`) ?? 0);
  const top = messagesIn(ws, channel.id).filter((message) => message.thread_ts === undefined);
  return top.filter((message) => message.user !== user && Number(message.ts) > upTo).length;
}

/** Whether a person may see a message: of a channel they are in, and not somebody else's ephemeral one. */
export function sees(ws: Workspace, user: string, message: { channel: string; onlyFor?: string }): boolean {
  const channel = ws.state.channels.get(message.channel);
  if (channel === undefined || !isMember(channel, user)) return false;
  return message.onlyFor === undefined || message.onlyFor === user;
}

export function messageView(ws: Workspace, message: StoredMessage): MessageView {
  const replies = message.onlyFor === undefined ? repliesTo(ws, message) : [];
  return {
    channel: message.channel,
    ts: message.ts,
    thread_ts: message.thread_ts,
    user: message.user,
    text: message.text,
    blocks: message.blocks && withFileUrls(message.blocks),
    files: message.files?.flatMap((id) => fileView(ws, id)),
    edited: message.edited !== undefined,
    ephemeral: message.onlyFor !== undefined,
    replies:
      replies.length === 0
        ? undefined
        : {
            count: replies.length,
            latest: replies.at(-1)?.ts ?? message.ts,
            users: [...new Set(replies.map((reply) => reply.user))],
          },
  };
}

function fileView(ws: Workspace, id: string): FileView[] {
  const file = ws.state.files.get(id);
  if (file === undefined) return [];
  const { name, title, mimetype, alt, width, height } = file;
  return [{ id, name, title, mimetype, alt, width, height, url: `/files/${id}` }];
}

function withFileUrls(blocks: readonly Json[]): Json[] {
  const shown = structuredClone(blocks) as Json[];
  for (const part of objectsIn(shown)) {
    if (isObject(part.slack_file)) part.slack_file.url = `/files/${asText(part.slack_file.id)}`;
  }
  return shown;
}

export function viewView(view: StoredView): ViewView {
  return {
    id: view.id,
    type: view.type,
    title: view.title && asText(view.title.text),
    submit: view.submit && asText(view.submit.text),
    close: view.close && asText(view.close.text),
    blocks: withFileUrls(view.blocks),
    callback_id: view.callback_id,
    errors: view.errors,
  };
}

/** Marks a channel as read; answers false where the person is not in it. */
export function markRead(ws: Workspace, user: string, channel: string): boolean {
  const known = ws.state.channels.get(channel);
  if (known === undefined || personOf(ws, user) === undefined || !isMember(known, user)) return false;
  ws.state.read.set(`${user} ${channel}`, messagesIn(ws, channel).at(-1)?.ts ?? '0');
  ws.journal.add({ type: 'channels' });
  return true;
}
