import type { Channel } from './channels.ts';
import type { Workspace } from './context.ts';
import { isBot, newId, personOf } from './context.ts';
import type { Json } from './json.ts';
import { isObject, objectsIn, present } from './json.ts';
import type { StoredMessage } from './state.ts';
import { remember } from './state.ts';

/** Everything in a channel that is no ephemeral message, oldest first. */
export function messagesIn(ws: Workspace, channel: string): StoredMessage[] {
  return (ws.state.messages.get(channel) ?? []).filter((message) => message.onlyFor === undefined);
}

export function findMessage(ws: Workspace, channel: string, ts: string): StoredMessage | undefined {
  return messagesIn(ws, channel).find((message) => message.ts === ts);
}

/** Ephemeral messages too; those only their reader sees. */
export function findForReader(
  ws: Workspace,
  channel: string,
  ts: string,
  reader: string,
): StoredMessage | undefined {
  const all = ws.state.messages.get(channel) ?? [];
  return all.find((message) => message.ts === ts && (message.onlyFor ?? reader) === reader);
}

export type NewMessage = Omit<StoredMessage, 'ts' | 'channel'>;

/**
 * Stores a message and tells everybody. A reply to a message that is not there, or that is itself a reply,
 * lands in the channel, as it does in Slack: the answer's message then has no thread_ts. An ephemeral message in a
 * thread that has no replies yet is taken and never shown, which is Slack's way too (chat.postEphemeral).
 */
export function addMessage(ws: Workspace, channel: Channel, given: NewMessage): StoredMessage {
  const root = given.thread_ts === undefined ? undefined : findMessage(ws, channel.id, given.thread_ts);
  const inThread = root !== undefined && (root.thread_ts === undefined || root.thread_ts === root.ts);
  const message: StoredMessage = {
    ...given,
    channel: channel.id,
    ts: ws.nextTs(),
    thread_ts: inThread ? given.thread_ts : undefined,
  };
  if (inThread && message.onlyFor !== undefined && repliesTo(ws, root).length === 0) {
    remember(ws.state.unseen, message);
    return message;
  }
  const list = ws.state.messages.get(channel.id) ?? [];
  remember(list, message);
  ws.state.messages.set(channel.id, list);
  ws.journal.add({ type: 'message', message });
  if (inThread && message.onlyFor === undefined) ws.journal.add({ type: 'message', message: root });
  return message;
}

export function announce(ws: Workspace, message: StoredMessage): void {
  ws.journal.add({ type: 'message', message });
}

/** Takes a message away; one with a thread under it stays as a gravestone that can be replied to. */
export function removeMessage(ws: Workspace, message: StoredMessage): void {
  const { channel, ts, onlyFor } = message;
  if (onlyFor === undefined && repliesTo(ws, message).length > 0) {
    const gone = {
      text: 'This message was deleted.',
      blocks: undefined,
      files: undefined,
      metadata: undefined,
    };
    announce(ws, Object.assign(message, gone, { tombstone: true as const }));
    return;
  }
  const list = ws.state.messages.get(channel) ?? [];
  ws.state.messages.set(
    channel,
    list.filter((other) => other !== message),
  );
  ws.journal.add({ type: 'message_deleted', channel, ts, onlyFor });
}

export function repliesTo(ws: Workspace, message: StoredMessage): StoredMessage[] {
  return messagesIn(ws, message.channel).filter(
    (other) => other.thread_ts === message.ts && other !== message,
  );
}

/** Blocks as Slack stores them: each block and each element that can be used has an id. */
export function withIds(blocks: readonly Json[]): Json[] {
  const stored = structuredClone(blocks) as Json[];
  for (const block of stored) {
    block.block_id ??= newId('').slice(0, 5);
    for (const part of objectsIn([block.elements, block.accessory, block.element])) {
      if (isObject(part) && ACTS.has(String(part.type))) part.action_id ??= newId('').slice(0, 5);
    }
  }
  return stored;
}

/** Element types that send something to the bot. */
const ACTS = new Set([
  ...['button', 'overflow', 'checkboxes', 'radio_buttons', 'datepicker', 'timepicker', 'datetimepicker'],
  ...[
    'plain_text_input',
    'number_input',
    'email_text_input',
    'url_text_input',
    'rich_text_input',
    'file_input',
  ],
  ...['static_select', 'external_select', 'users_select', 'conversations_select', 'channels_select'],
  ...['multi_static_select', 'multi_external_select', 'multi_users_select'],
  ...['multi_conversations_select', 'multi_channels_select'],
]);

/** A message as the Web API and payloads show it. */
export function messageJson(ws: Workspace, message: StoredMessage, options: { metadata: boolean }): Json {
  const bot = isBot(ws, message.user);
  const team = bot ? ws.cast.team.id : (personOf(ws, message.user)?.team ?? ws.cast.team.id);
  const foreign = team === ws.cast.team.id ? undefined : team;
  return present({
    type: 'message',
    subtype: message.tombstone && 'tombstone',
    user: message.user,
    ts: message.ts,
    text: message.text,
    team,
    user_team: foreign,
    source_team: foreign,
    bot_id: bot ? ws.cast.bot.id : undefined,
    app_id: bot ? ws.bot.appId : undefined,
    blocks: message.blocks,
    attachments: message.attachments,
    files: message.files?.map((id) => ({ id })),
    metadata: options.metadata ? message.metadata : undefined,
    edited: message.edited,
    ...threadFields(ws, message),
    reactions: reactionsOf(message),
  });
}

function threadFields(ws: Workspace, message: StoredMessage): Json {
  if (message.onlyFor !== undefined) return { thread_ts: message.thread_ts };
  const replies = repliesTo(ws, message);
  if (replies.length > 0) {
    return {
      thread_ts: message.ts,
      reply_count: replies.length,
      reply_users: [...new Set(replies.map((reply) => reply.user))],
      latest_reply: replies.at(-1)?.ts,
    };
  }
  if (message.thread_ts === undefined) return {};
  return {
    thread_ts: message.thread_ts,
    parent_user_id: findMessage(ws, message.channel, message.thread_ts)?.user,
  };
}

function reactionsOf(message: StoredMessage): Json[] | undefined {
  if (message.reactions === undefined) return undefined;
  return Object.entries(message.reactions).map(([name, users]) => ({ name, users, count: users.length }));
}
