import type { Channel } from '../channels.ts';
import { directMessages, isMember, isShared } from '../channels.ts';
import type { Workspace } from '../context.ts';
import { newId } from '../context.ts';
import type { Json } from '../json.ts';
import { messageJson } from '../messages.ts';
import type { StoredMessage } from '../state.ts';

/** Tells the bot of a new message, and once more where the message mentions it. */
export function sendMessageEvents(ws: Workspace, channel: Channel, message: StoredMessage): void {
  if (!isMember(channel, ws.cast.bot.user)) return;
  const event = {
    ...messageJson(ws, message, { metadata: false }),
    channel: channel.id,
    event_ts: message.ts,
  };
  sendMessageEvent(ws, channel, event);
  if (message.text.includes(`<@${ws.cast.bot.user}`) && message.user !== ws.cast.bot.user) {
    sendEvent(ws, 'app_mention', { ...event, type: 'app_mention' }, isShared(ws, channel));
  }
}

export function sendChangedEvent(
  ws: Workspace,
  channel: Channel,
  message: StoredMessage,
  before: Json,
): void {
  const ts = ws.nextTs();
  sendMessageEvent(ws, channel, {
    type: 'message',
    subtype: 'message_changed',
    message: messageJson(ws, message, { metadata: false }),
    previous_message: before,
    channel: channel.id,
    hidden: true,
    ts,
    event_ts: ts,
  });
}

export function sendDeletedEvent(ws: Workspace, channel: Channel, before: Json): void {
  const ts = ws.nextTs();
  sendMessageEvent(ws, channel, {
    type: 'message',
    subtype: 'message_deleted',
    previous_message: before,
    deleted_ts: before.ts,
    channel: channel.id,
    hidden: true,
    ts,
    event_ts: ts,
  });
}

function sendMessageEvent(ws: Workspace, channel: Channel, event: Json): void {
  if (!isMember(channel, ws.cast.bot.user)) return;
  const kind = channel.dmWith === undefined ? 'channel' : 'im';
  const subscription = kind === 'channel' ? 'message.channels' : 'message.im';
  sendEvent(ws, subscription, { ...event, channel_type: kind }, isShared(ws, channel));
}

export function sendHomeOpened(ws: Workspace, user: string, view: Json | undefined): void {
  const channel = directMessages(ws, user).id;
  const event = { type: 'app_home_opened', user, channel, tab: 'home', event_ts: ws.nextTs() };
  sendEvent(ws, 'app_home_opened', view === undefined ? event : { ...event, view }, false);
}

/** Sends one event if the bot is subscribed to it, and again as Slack does when it is not acknowledged. */
function sendEvent(ws: Workspace, subscription: string, event: Json, shared: boolean): void {
  if (!ws.manifest.events.includes(subscription)) return;
  ws.background(deliver(ws, envelope(ws, event, shared), 0));
}

async function deliver(ws: Workspace, body: Json, attempt: number, reason?: string): Promise<void> {
  const retry: Record<string, string> =
    attempt === 0
      ? {}
      : { 'x-slack-retry-num': String(attempt), 'x-slack-retry-reason': reason ?? 'unknown_error' };
  const reply = await ws.sender.json('event', body, retry);
  const delay = ws.limits.eventRetryMs[attempt];
  if (reply.ok || delay === undefined || reply.headers['x-slack-no-retry'] === '1') return;
  ws.later(delay, () => ws.background(deliver(ws, body, attempt + 1, reply.failure)));
}

function envelope(ws: Workspace, event: Json, shared: boolean): Json {
  const team = ws.cast.team.id;
  const user = ws.cast.bot.user;
  return {
    token: 'practice',
    team_id: team,
    context_team_id: team,
    context_enterprise_id: null,
    api_app_id: ws.bot.appId,
    event,
    type: 'event_callback',
    event_id: newId('Ev'),
    event_time: Math.floor(ws.clock.now() / 1000),
    authorizations: [
      { enterprise_id: null, team_id: team, user_id: user, is_bot: true, is_enterprise_install: false },
    ],
    is_ext_shared_channel: shared,
    event_context: newId('4-'),
  };
}
