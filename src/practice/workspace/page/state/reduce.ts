import type { MessageView, WorkspaceEvent, WorkspaceState } from '../../protocol.ts';

function isSame(message: MessageView, other: { channel: string; ts: string }): boolean {
  return message.ts === other.ts && message.channel === other.channel;
}

function withMessage(state: WorkspaceState, message: MessageView): WorkspaceState {
  if (state.messages.some((each) => isSame(each, message))) {
    return { ...state, messages: state.messages.map((each) => (isSame(each, message) ? message : each)) };
  }
  const messages = [...state.messages, message].sort((one, other) => Number(one.ts) - Number(other.ts));
  return { ...countUnread(state, message), messages };
}

/** The server counts again only when somebody has read; between two counts the page adds what arrives. */
function countUnread(state: WorkspaceState, message: MessageView): WorkspaceState {
  const counts = !isReply(message) && message.user !== state.me.id;
  if (!counts) return state;
  const channels = state.channels.map((channel) =>
    channel.id === message.channel ? { ...channel, unread: channel.unread + 1 } : channel,
  );
  return { ...state, channels };
}

/** The state after an event. Applying the same event twice changes nothing. */
export function reduce(state: WorkspaceState, event: WorkspaceEvent): WorkspaceState {
  switch (event.type) {
    case 'message':
      return withMessage(state, event.message);
    case 'message_deleted':
      return { ...state, messages: state.messages.filter((message) => !isSame(message, event)) };
    case 'modals':
      return { ...state, modals: event.modals };
    case 'home':
      return { ...state, home: event.home };
    case 'drills':
      return { ...state, drills: event.drills };
    case 'channels':
      return { ...state, channels: event.channels };
    default:
      return state;
  }
}

export function isReply(message: MessageView): boolean {
  return message.thread_ts !== undefined && message.thread_ts !== message.ts;
}

export function channelMessages(state: WorkspaceState, channel: string): MessageView[] {
  return state.messages.filter((message) => message.channel === channel && !isReply(message));
}

export function threadReplies(state: WorkspaceState, channel: string, thread: string): MessageView[] {
  return state.messages.filter(
    (message) => message.channel === channel && message.thread_ts === thread && isReply(message),
  );
}

const TOGETHER = 300;

/** Whether a message follows the one before it closely enough to be shown without its author's name. */
export function isGrouped(message: MessageView, before: MessageView | undefined): boolean {
  if (!before || before.user !== message.user || before.ephemeral !== message.ephemeral) return false;
  return !before.replies && Number(message.ts) - Number(before.ts) < TOGETHER;
}
