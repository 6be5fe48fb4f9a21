import type { Channel } from '../channels.ts';
import { directMessages, findChannel, isMember } from '../channels.ts';
import type { Workspace } from '../context.ts';
import { personOf } from '../context.ts';
import type { Json } from '../json.ts';
import { asText } from '../json.ts';
import type { NewMessage } from '../messages.ts';
import { addMessage, announce, findMessage, messageJson, removeMessage, withIds } from '../messages.ts';
import type { Refusal } from '../refusals.ts';
import { isRefusal, messageBlocks, refuse } from '../refusals.ts';
import type { StoredMessage } from '../state.ts';
import { sendChangedEvent, sendDeletedEvent, sendMessageEvents } from '../to-bot/events.ts';
import type { Answer, Method } from './method.ts';
import { jsonArgument, metadataOf, ownChannel } from './method.ts';

const CUT_AT = 40_000;
const UPDATE_TEXT = 4_000;

function content(ws: Workspace, args: Json): NewMessage | Refusal {
  const blocks = messageBlocks(ws, args.blocks);
  if (isRefusal(blocks)) return blocks;
  const metadata = metadataOf(args.metadata);
  if (isRefusal(metadata)) return metadata;
  const attachments = jsonArgument(args.attachments);
  const text = asText(args.text).slice(0, CUT_AT);
  if (text === '' && !blocks?.length && !Array.isArray(attachments)) return refuse('no_text');
  return {
    user: ws.cast.bot.user,
    text,
    blocks: blocks && withIds(blocks),
    attachments: Array.isArray(attachments) ? attachments : undefined,
    metadata,
    thread_ts: asText(args.thread_ts) || undefined,
  };
}

function writable(ws: Workspace, ref: unknown): Channel | Refusal {
  const channel = ownChannel(ws, ref);
  return !isRefusal(channel) && channel.archived === true ? refuse('is_archived') : channel;
}

/** A person's id in place of a channel means the direct messages with them. */
const postMessage: Method = (ws, args) => {
  const person = personOf(ws, asText(args.channel));
  const channel = person === undefined ? writable(ws, args.channel) : directMessages(ws, person.id);
  if (isRefusal(channel)) return channel;
  const given = content(ws, args);
  if (isRefusal(given)) return given;
  const message = addMessage(ws, channel, given);
  sendMessageEvents(ws, channel, message);
  return {
    ok: true,
    channel: channel.id,
    ts: message.ts,
    message: messageJson(ws, message, { metadata: true }),
  };
};

const postEphemeral: Method = (ws, args) => {
  const channel = writable(ws, args.channel);
  if (isRefusal(channel)) return channel;
  const user = asText(args.user);
  if (!isMember(channel, user)) return refuse('user_not_in_channel');
  const given = content(ws, args);
  if (isRefusal(given)) return given;
  const message = addMessage(ws, channel, { ...given, metadata: undefined, onlyFor: user });
  return { ok: true, message_ts: message.ts };
};

/** A message of the bot's own, or why it cannot be touched. */
function ownMessage(
  ws: Workspace,
  args: Json,
  forbidden: string,
): { channel: Channel; message: StoredMessage } | Refusal {
  const channel = findChannel(ws, asText(args.channel));
  if (channel === undefined) return refuse('channel_not_found');
  const message = findMessage(ws, channel.id, asText(args.ts));
  if (message === undefined || message.tombstone) return refuse('message_not_found');
  return message.user === ws.cast.bot.user ? { channel, message } : refuse(forbidden);
}

const update: Method = (ws, args) => {
  const own = ownMessage(ws, args, 'cant_update_message');
  if (isRefusal(own)) return own;
  const { channel, message } = own;
  if (channel.archived === true) return refuse('is_inactive');
  if (asText(args.text).length > UPDATE_TEXT) return refuse('msg_too_long');
  const given = content(ws, args);
  if (isRefusal(given)) return given;
  const before = messageJson(ws, message, { metadata: false });
  applyUpdate(ws, message, given, args);
  announce(ws, message);
  sendChangedEvent(ws, channel, message, before);
  const changed = messageJson(ws, message, { metadata: true });
  return { ok: true, channel: channel.id, ts: message.ts, text: message.text, message: changed };
};

/** Text without blocks takes the blocks away, and only then Slack marks the message as edited. */
function applyUpdate(ws: Workspace, message: StoredMessage, given: NewMessage, args: Json): void {
  if (args.text !== undefined) message.text = given.text;
  message.blocks = given.blocks;
  if (given.metadata !== undefined)
    message.metadata = Object.keys(given.metadata).length ? given.metadata : undefined;
  if (given.attachments !== undefined) message.attachments = given.attachments;
  if (given.blocks === undefined) message.edited = { user: ws.cast.bot.user, ts: ws.nextTs() };
}

const remove: Method = (ws, args) => {
  const own = ownMessage(ws, args, 'cant_delete_message');
  if (isRefusal(own)) return own;
  const before = messageJson(ws, own.message, { metadata: false });
  removeMessage(ws, own.message);
  sendDeletedEvent(ws, own.channel, before);
  return { ok: true, channel: own.channel.id, ts: own.message.ts };
};

const getPermalink: Method = (ws, args): Answer => {
  const channel = findChannel(ws, asText(args.channel));
  if (channel === undefined) return refuse('channel_not_found');
  const message = findMessage(ws, channel.id, asText(args.message_ts));
  if (message === undefined) return refuse('message_not_found');
  const thread = message.thread_ts === undefined ? '' : `?thread_ts=${message.thread_ts}&cid=${channel.id}`;
  const permalink = `${ws.url}/archives/${channel.id}/p${message.ts.replace('.', '')}${thread}`;
  return { ok: true, channel: channel.id, permalink };
};

export const chat: Record<string, Method> = {
  'chat.postMessage': postMessage,
  'chat.postEphemeral': postEphemeral,
  'chat.update': update,
  'chat.delete': remove,
  'chat.getPermalink': getPermalink,
};
