import type { Workspace } from './context.ts';
import { newId } from './context.ts';
import type { Json } from './json.ts';
import type { StoredFile } from './state.ts';

const MIME: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  txt: 'text/plain',
  log: 'text/plain',
  json: 'application/json',
  csv: 'text/csv',
};

export function createFile(ws: Workspace, name: string, length: number, alt: string): StoredFile {
  const mimetype = MIME[name.split('.').at(-1)?.toLowerCase() ?? ''] ?? 'application/octet-stream';
  const file: StoredFile = {
    id: newId('F'),
    name,
    title: name,
    alt,
    length,
    mimetype,
    created: ws.clock.now(),
    channels: [],
  };
  ws.state.files.set(file.id, file);
  return file;
}

export function receiveBytes(file: StoredFile, bytes: Buffer): void {
  file.bytes = bytes;
  if (file.mimetype !== 'image/png' || bytes.length < 24) return;
  file.width = bytes.readUInt32BE(16);
  file.height = bytes.readUInt32BE(20);
}

/** Slack goes on working on a file after it said that the upload is complete. */
export function isReady(ws: Workspace, file: StoredFile): boolean {
  return file.bytes !== undefined && file.readyAt !== undefined && ws.clock.now() >= file.readyAt;
}

/** Whether an image block may show it. */
export function isShowable(ws: Workspace, id: string): boolean {
  const file = ws.state.files.get(id);
  return file !== undefined && isReady(ws, file) && /^image\/(png|jpeg|gif)$/.test(file.mimetype);
}

function fileUrl(ws: Workspace, id: string): string {
  return `${ws.url}/files/${id}`;
}

/** A file as the Web API shows it; until it is ready Slack does not know its type. */
export function fileJson(ws: Workspace, file: StoredFile): Json {
  const ready = isReady(ws, file);
  return {
    id: file.id,
    created: Math.floor(file.created / 1000),
    name: file.name,
    title: file.title,
    alt_txt: file.alt,
    mimetype: ready ? file.mimetype : '',
    filetype: ready ? (file.name.split('.').at(-1) ?? '') : '',
    size: file.bytes?.length ?? 0,
    user: ws.cast.bot.user,
    url_private: fileUrl(ws, file.id),
    permalink: fileUrl(ws, file.id),
    is_public: file.channels.length > 0,
    channels: file.channels,
    ...(ready && file.width !== undefined ? { original_w: file.width, original_h: file.height } : {}),
  };
}
