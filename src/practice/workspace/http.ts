import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Json } from './json.ts';
import { asObject, parseJson } from './json.ts';

const MOST_BYTES = 20 * 1024 * 1024;

/** The whole body; undefined when it is larger than anything Slack takes here. */
export async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size <= MOST_BYTES) chunks.push(chunk as Buffer);
  }
  return size <= MOST_BYTES ? Buffer.concat(chunks) : undefined;
}

/** Fields of a form or of a JSON body. */
export function fieldsOf(request: IncomingMessage, body: Buffer): Json {
  const type = request.headers['content-type'] ?? '';
  if (type.startsWith('application/json')) return asObject(parseJson(body.toString()));
  return Object.fromEntries(new URLSearchParams(body.toString()));
}

/** The bytes of an upload, sent as they are or as the file of a multipart form. */
export async function uploadedBytes(request: IncomingMessage, body: Buffer): Promise<Buffer> {
  const type = request.headers['content-type'] ?? '';
  if (!type.startsWith('multipart/form-data')) return body;
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData();
  for (const part of form.values())
    if (typeof part !== 'string') return Buffer.from(await part.arrayBuffer());
  return Buffer.alloc(0);
}

export function send(
  response: ServerResponse,
  status: number,
  body: object | string | Buffer,
  headers: Record<string, string> = {},
): void {
  const plain = typeof body === 'string' || Buffer.isBuffer(body);
  const type = plain ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8';
  response.writeHead(status, { 'content-type': type, 'x-content-type-options': 'nosniff', ...headers });
  response.end(plain ? body : JSON.stringify(body));
}
