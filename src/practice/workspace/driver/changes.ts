import { findChannel } from '../channels.ts';
import type { Workspace } from '../context.ts';
import { personOf } from '../context.ts';
import { announce, findMessage, messageJson, removeMessage } from '../messages.ts';
import { sendChangedEvent, sendDeletedEvent } from '../to-bot/events.ts';

/** What happens in a workspace while a bot is at work: people come and go, channels are archived. */
export interface Changes {
  setGroup(group: string, members: readonly string[]): void;
  deactivate(user: string): void;
  /** The workspace moves into an Enterprise Grid; each of these user ids belongs to the human after it. */
  joinGrid(humans: Readonly<Record<string, string>>): void;
  archive(channel: string, archived?: boolean): void;
  /** Also the bot, by its user id. */
  invite(channel: string, user: string): void;
  remove(channel: string, user: string): void;
  /** As its author, or as an administrator. */
  editMessage(channel: string, ts: string, text: string): void;
  deleteMessage(channel: string, ts: string): void;
}

export function createChanges(ws: Workspace): Changes {
  function changed(
    channel: string,
    change: (known: { members: string[]; archived?: boolean }) => void,
  ): void {
    const known = findChannel(ws, channel);
    if (known === undefined) throw new Error(`There is no channel ${channel}`);
    change(known);
    ws.journal.add({ type: 'channels' });
  }
  return {
    setGroup(id, members) {
      const group = ws.cast.groups.find((known) => known.id === id);
      if (group === undefined) throw new Error(`There is no group ${id}`);
      group.members = [...members];
    },
    deactivate(user) {
      const person = personOf(ws, user);
      if (person === undefined) throw new Error(`There is no person ${user}`);
      person.deactivated = true;
    },
    joinGrid(humans) {
      ws.cast.enterprise = { id: 'E0GRID', name: 'The Grid' };
      for (const person of ws.cast.people) person.enterpriseUser = humans[person.id] ?? person.id;
    },
    archive(channel, archived = true) {
      changed(channel, (known) => {
        known.archived = archived;
      });
    },
    invite: (channel, user) => changed(channel, (known) => void known.members.push(user)),
    remove(channel, user) {
      changed(channel, (known) => {
        known.members = known.members.filter((member) => member !== user);
      });
    },
    editMessage: (channel, ts, text) => editMessage(ws, channel, ts, text),
    deleteMessage: (channel, ts) => deleteMessage(ws, channel, ts),
  };
}

function findBoth(ws: Workspace, channelId: string, ts: string) {
  const channel = findChannel(ws, channelId);
  const message = channel && findMessage(ws, channel.id, ts);
  if (channel === undefined || message === undefined)
    throw new Error(`There is no message ${ts} in ${channelId}`);
  return { channel, message, before: messageJson(ws, message, { metadata: false }) };
}

function editMessage(ws: Workspace, channelId: string, ts: string, text: string): void {
  const { channel, message, before } = findBoth(ws, channelId, ts);
  message.text = text;
  message.edited = { user: message.user, ts: ws.nextTs() };
  announce(ws, message);
  sendChangedEvent(ws, channel, message, before);
}

function deleteMessage(ws: Workspace, channelId: string, ts: string): void {
  const { channel, message, before } = findBoth(ws, channelId, ts);
  removeMessage(ws, message);
  sendDeletedEvent(ws, channel, before);
}
