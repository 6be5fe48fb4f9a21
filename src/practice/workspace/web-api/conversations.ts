import type { Channel } from '../channels.ts';
import { directMessages, findChannel, isMember, isShared } from '../channels.ts';
import type { Workspace } from '../context.ts';
import { personOf } from '../context.ts';
import type { Json } from '../json.ts';
import { asText } from '../json.ts';
import { findMessage, messageJson, messagesIn, repliesTo } from '../messages.ts';
import { isRefusal, refuse } from '../refusals.ts';
import type { StoredMessage } from '../state.ts';
import type { Answer, Method } from './method.ts';
import { flag, ownChannel, page } from './method.ts';

function channelJson(ws: Workspace, channel: Channel): Json {
  const direct = channel.dmWith !== undefined;
  const shared = isShared(ws, channel);
  return {
    id: channel.id,
    ...(direct ? { user: channel.dmWith } : { name: channel.name, name_normalized: channel.name }),
    is_channel: !direct,
    is_im: direct,
    is_group: false,
    is_mpim: false,
    is_private: direct,
    is_archived: channel.archived === true,
    is_general: channel.name === 'general',
    is_member: isMember(channel, ws.cast.bot.user),
    is_shared: shared,
    is_ext_shared: shared,
    is_org_shared: false,
    context_team_id: ws.cast.team.id,
    topic: { value: channel.topic, creator: '', last_set: 0 },
    num_members: channel.members.length,
  };
}

/** Whether a message is within `oldest` and `latest`. */
function inTime(args: Json): (message: StoredMessage) => boolean {
  const oldest = Number(args.oldest ?? 0) || 0;
  const latest = args.latest === undefined ? Number.POSITIVE_INFINITY : Number(args.latest);
  const edges = flag(args.inclusive);
  return ({ ts }) => {
    const at = Number(ts);
    return edges ? at >= oldest && at <= latest : at > oldest && at < latest;
  };
}

function messagePage(ws: Workspace, list: StoredMessage[], args: Json): Answer {
  const { items, next } = page(list, args, 1_000);
  const metadata = flag(args.include_all_metadata);
  return {
    ok: true,
    messages: items.map((message) => messageJson(ws, message, { metadata })),
    has_more: next !== '',
    response_metadata: { next_cursor: next },
  };
}

const history: Method = (ws, args) => {
  const channel = ownChannel(ws, args.channel);
  if (isRefusal(channel)) return channel;
  const top = messagesIn(ws, channel.id).filter((message) => message.thread_ts === undefined);
  return messagePage(ws, top.filter(inTime(args)).reverse(), { limit: 100, ...args });
};

const replies: Method = (ws, args) => {
  const channel = ownChannel(ws, args.channel);
  if (isRefusal(channel)) return channel;
  const asked = findMessage(ws, channel.id, asText(args.ts));
  const root = asked?.thread_ts === undefined ? asked : findMessage(ws, channel.id, asked.thread_ts);
  if (root === undefined) return refuse('thread_not_found');
  const answers = repliesTo(ws, root).filter(inTime({ ...args, inclusive: true }));
  return messagePage(ws, [root, ...answers], args);
};

const info: Method = (ws, args) => {
  const channel = findChannel(ws, asText(args.channel));
  return channel === undefined
    ? refuse('channel_not_found')
    : { ok: true, channel: channelJson(ws, channel) };
};

const list: Method = (ws, args) => {
  const types = (asText(args.types) || 'public_channel').split(',').map((type) => type.trim());
  const wanted = [...ws.state.channels.values()].filter((channel) => {
    if (flag(args.exclude_archived) && channel.archived === true) return false;
    return types.includes(channel.dmWith === undefined ? 'public_channel' : 'im');
  });
  const { items, next } = page(wanted, { limit: 100, ...args }, 1_000);
  return {
    ok: true,
    channels: items.map((channel) => channelJson(ws, channel)),
    response_metadata: { next_cursor: next },
  };
};

const open: Method = (ws, args) => {
  const user = asText(args.users).split(',')[0] ?? '';
  if (personOf(ws, user) === undefined) return refuse('user_not_found');
  const channel = directMessages(ws, user);
  return { ok: true, channel: flag(args.return_im) ? channelJson(ws, channel) : { id: channel.id } };
};

const members: Method = (ws, args) => {
  const channel = findChannel(ws, asText(args.channel));
  if (channel === undefined) return refuse('channel_not_found');
  const { items, next } = page(channel.members, { limit: 100, ...args }, 1_000);
  return { ok: true, members: items, response_metadata: { next_cursor: next } };
};

export const conversations: Record<string, Method> = {
  'conversations.history': history,
  'conversations.replies': replies,
  'conversations.info': info,
  'conversations.list': list,
  'conversations.open': open,
  'conversations.members': members,
};
