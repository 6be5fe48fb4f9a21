import { findChannel } from './channels.ts';
import type { Workspace } from './context.ts';
import { newId } from './context.ts';
import type { Json } from './json.ts';
import { asText } from './json.ts';
import type { NewMessage } from './messages.ts';
import { addMessage, announce, findForReader, removeMessage, withIds } from './messages.ts';
import { isRefusal, messageBlocks, refuse } from './refusals.ts';
import type { ResponseUrl, StoredMessage } from './state.ts';

export function issueResponseUrl(ws: Workspace, target: Omit<ResponseUrl, 'issued' | 'uses'>): string {
  const id = newId('R');
  ws.state.responseUrls.set(id, { ...target, issued: ws.clock.now(), uses: 0 });
  return `${ws.url}/response/${id}`;
}

export interface HttpAnswer {
  status: number;
  body: object | string;
}

/** What the bot says through a response_url. */
export function answerResponseUrl(ws: Workspace, id: string, given: Json): HttpAnswer {
  const target = ws.state.responseUrls.get(id);
  if (target === undefined || ws.clock.now() - target.issued > ws.limits.responseUrlMs) {
    return { status: 404, body: refuse('expired_url') };
  }
  if (target.uses >= ws.limits.responseUrlUses) return { status: 404, body: refuse('used_url') };
  const said = respond(ws, target, given);
  if (isRefusal(said)) return { status: 404, body: said };
  target.uses += 1;
  return { status: 200, body: 'ok' };
}

function respond(
  ws: Workspace,
  target: ResponseUrl,
  given: Json,
): StoredMessage | undefined | ReturnType<typeof refuse> {
  const channel = findChannel(ws, target.channel);
  if (channel === undefined) return refuse('channel_not_found');
  const original = target.message && findForReader(ws, target.channel, target.message.ts, target.user);
  if (given.delete_original === true && original !== undefined) {
    removeMessage(ws, original);
    return undefined;
  }
  const content = responseContent(ws, given);
  if (isRefusal(content)) return content;
  if (given.replace_original === true && original !== undefined) return replace(ws, original, content);
  const onlyFor = given.response_type === 'in_channel' ? undefined : target.user;
  return addMessage(ws, channel, { ...content, thread_ts: asText(given.thread_ts) || undefined, onlyFor });
}

function replace(ws: Workspace, original: StoredMessage, content: NewMessage): StoredMessage {
  Object.assign(original, { text: content.text, blocks: content.blocks });
  announce(ws, original);
  return original;
}

/** Text and blocks of an answer to a command or through a response_url. */
export function responseContent(ws: Workspace, given: Json): NewMessage | ReturnType<typeof refuse> {
  const blocks = messageBlocks(ws, given.blocks);
  if (isRefusal(blocks)) return blocks;
  const text = asText(given.text);
  if (text === '' && blocks === undefined && given.attachments === undefined) return refuse('no_text');
  return { user: ws.cast.bot.user, text: text.slice(0, 40_000), blocks: blocks && withIds(blocks) };
}
