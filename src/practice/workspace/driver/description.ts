import type { Workspace } from '../context.ts';
import { objectsIn } from '../json.ts';
import type { MessageView } from '../protocol.ts';
import { labelOf } from './elements.ts';
import type { Seen } from './types.ts';

const SHOWN = 12;

/** The workspace in a few lines, for whoever reads why a test waited in vain. */
export function describeWorkspace(ws: Workspace, seen: Seen): string {
  const lines = [...ws.state.channels.values()].flatMap((channel) => {
    const all = ws.state.messages.get(channel.id) ?? [];
    if (all.length === 0) return [];
    const shown = seen.messages(channel.id).flatMap((message) => seen.messages(channel.id, message.ts));
    return [`#${channel.name} (${channel.id})`, ...shown.slice(-SHOWN).map(messageLine)];
  });
  for (const { id, name } of ws.cast.people) {
    for (const message of seen.ephemerals(id).slice(-3))
      lines.push(`only ${name} sees:`, messageLine(message));
    for (const view of seen.modals(id)) lines.push(`${name} has open: ${view.title} (${view.id})`);
    for (const text of seen.notices(id).slice(-3)) lines.push(`${name} was told: ${text}`);
  }
  for (const message of ws.state.unseen.slice(-3)) {
    lines.push('shown to nobody, since it was ephemeral in a thread without replies:', messageLine(message));
  }
  const refused = ws.state.calls.filter((call) => call.answer.ok !== true).slice(-5);
  for (const call of refused) lines.push(`refused: ${call.method} ${JSON.stringify(call.answer)}`);
  const unheard = ws.state.sent.filter((request) => request.failure !== undefined).slice(-5);
  for (const request of unheard) lines.push(`the bot did not take: ${request.kind}, ${request.failure}`);
  return lines.length === 0 ? '  nothing at all' : lines.map((line) => `  ${line}`).join('\n');
}

function messageLine(message: Pick<MessageView, 'ts' | 'thread_ts' | 'user' | 'text' | 'blocks'>): string {
  const buttons = [...objectsIn(message.blocks ?? [])].filter((part) => part.type === 'button').map(labelOf);
  const place = message.thread_ts === undefined ? '' : '  ↳ ';
  return `  ${place}${message.ts} ${message.user}: ${message.text}${buttons.map((label) => ` [${label}]`).join('')}`;
}
