import { findChannel } from '../channels.ts';
import type { Workspace } from '../context.ts';
import { createFile, fileJson } from '../file-store.ts';
import type { Json } from '../json.ts';
import { asArray, asObject, asText } from '../json.ts';
import { addMessage } from '../messages.ts';
import { isRefusal, refuse } from '../refusals.ts';
import type { StoredFile } from '../state.ts';
import { sendMessageEvents } from '../to-bot/events.ts';
import type { Method } from './method.ts';
import { jsonArgument, ownChannel } from './method.ts';

const ALT_TEXT = 1_000;

const getUploadUrl: Method = (ws, args) => {
  const name = asText(args.filename);
  const length = Number(args.length);
  if (name === '') return refuse('invalid_arguments', ['missing required field: filename']);
  if (!Number.isInteger(length) || length <= 0)
    return refuse('invalid_arguments', ['missing required field: length']);
  const alt = asText(args.alt_text);
  if (alt.length > ALT_TEXT) return refuse('alt_txt_too_large');
  const file = createFile(ws, name, length, alt);
  return { ok: true, upload_url: `${ws.url}/upload/${file.id}`, file_id: file.id };
};

const complete: Method = (ws, args) => {
  const wanted = asArray(jsonArgument(args.files)).map(asObject);
  const files = wanted.map((entry) => ws.state.files.get(asText(entry.id)));
  if (wanted.length === 0) return refuse('invalid_arguments', ['missing required field: files']);
  if (files.some((file) => file?.bytes === undefined)) return refuse('file_not_found');
  const ready = files as StoredFile[];
  const channel = asText(args.channel_id) === '' ? undefined : ownChannel(ws, args.channel_id);
  if (isRefusal(channel)) return channel;
  for (const [index, file] of ready.entries()) {
    file.title = asText(wanted[index]?.title) || file.name;
    file.readyAt = ws.clock.now() + ws.limits.fileReadyMs;
  }
  if (channel !== undefined) share(ws, channel.id, ready, args);
  return { ok: true, files: ready.map((file) => fileJson(ws, file)) };
};

/** The message that shows the files comes a moment later, as everything about files does. */
function share(ws: Workspace, to: string, files: StoredFile[], args: Json): void {
  ws.later(ws.limits.fileReadyMs, () => {
    const channel = findChannel(ws, to);
    if (channel === undefined) return;
    for (const file of files) file.channels.push(channel.id);
    const message = addMessage(ws, channel, {
      user: ws.cast.bot.user,
      text: asText(args.initial_comment),
      files: files.map((file) => file.id),
      thread_ts: asText(args.thread_ts) || undefined,
    });
    sendMessageEvents(ws, channel, message);
  });
}

const info: Method = (ws, args) => {
  const file = ws.state.files.get(asText(args.file));
  return file?.bytes === undefined ? refuse('file_not_found') : { ok: true, file: fileJson(ws, file) };
};

export const files: Record<string, Method> = {
  'files.getUploadURLExternal': getUploadUrl,
  'files.completeUploadExternal': complete,
  'files.info': info,
};
