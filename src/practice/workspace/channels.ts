import type { CastChannel } from './cast.ts';
import type { Workspace } from './context.ts';
import { personOf } from './context.ts';

export type Channel = CastChannel & { dmWith?: string };

/** By id or by `#name`. */
export function findChannel(ws: Workspace, ref: string): Channel | undefined {
  const known = ws.state.channels.get(ref);
  if (known !== undefined) return known;
  const name = ref.replace(/^#/, '');
  return [...ws.state.channels.values()].find(
    (channel) => channel.name === name && channel.dmWith === undefined,
  );
}

/** The direct messages between a person and the bot; opened when there are none yet. */
export function directMessages(ws: Workspace, user: string): Channel {
  const id = `D0${user.slice(1)}`;
  const known = ws.state.channels.get(id);
  if (known !== undefined) return known;
  const members = [user, ws.cast.bot.user];
  const opened: Channel = { id, name: ws.cast.bot.handle, topic: '', members, dmWith: user };
  ws.state.channels.set(id, opened);
  ws.journal.add({ type: 'channels' });
  return opened;
}

export function isMember(channel: Channel, user: string): boolean {
  return channel.members.includes(user);
}

/** Whether people of other organisations are in it (Slack Connect). */
export function isShared(ws: Workspace, channel: Channel): boolean {
  return channel.members.some((id) => personOf(ws, id)?.kind === 'stranger');
}
