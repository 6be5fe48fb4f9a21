import { findChannel } from '../channels.ts';
import type { Workspace } from '../context.ts';
import { messageView, viewView } from '../page-server/page-views.ts';
import type { StoredMessage } from '../state.ts';
import { modalsOf } from '../views.ts';
import type { Seen } from './types.ts';

/** What is to be seen in a workspace at this moment. */
export function createSeen(ws: Workspace): Seen {
  const views = (messages: StoredMessage[]) => messages.map((message) => messageView(ws, message));
  return {
    messages: (channel, thread) => views(storedIn(ws, channel).filter((message) => isIn(message, thread))),
    ephemerals(user) {
      const all = [...ws.state.messages.values()].flat();
      return views(all.filter((message) => message.onlyFor === user));
    },
    modals: (user) => modalsOf(ws, user).map(viewView),
    home(user) {
      const home = ws.state.homes.get(user);
      return home && viewView(home);
    },
    notices: rememberNotices(ws),
    calls: (method) => callsOf(ws, method).length,
    callLog: (method) => callsOf(ws, method),
    sent: (kind) => ws.state.sent.filter((request) => kind === undefined || request.kind === kind),
  };
}

function storedIn(ws: Workspace, channel: string): StoredMessage[] {
  const id = findChannel(ws, channel)?.id ?? channel;
  return (ws.state.messages.get(id) ?? []).filter((message) => message.onlyFor === undefined);
}

function isIn(message: StoredMessage, thread: string | undefined): boolean {
  if (thread === undefined) return message.thread_ts === undefined;
  return message.ts === thread || message.thread_ts === thread;
}

function callsOf(ws: Workspace, method: string | undefined) {
  return ws.state.calls.filter((call) => method === undefined || call.method === method);
}

/** Notices are shown and gone, so whoever looks back at them needs them kept. */
function rememberNotices(ws: Workspace): (user: string) => string[] {
  const notices = new Map<string, string[]>();
  ws.journal.listen(({ change }) => {
    if (change.type !== 'notice') return;
    notices.set(change.user, [...(notices.get(change.user) ?? []), change.text]);
  });
  return (user) => notices.get(user) ?? [];
}
