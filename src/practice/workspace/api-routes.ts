import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Workspace } from './context.ts';
import { isReady, receiveBytes } from './file-store.ts';
import { fieldsOf, readBody, send, uploadedBytes } from './http.ts';
import { asText } from './json.ts';
import { answerResponseUrl } from './response-urls.ts';
import type { ApiAnswer } from './web-api/index.ts';
import { callMethod, failure } from './web-api/index.ts';

/** What the bot calls: the Web API, uploads, response URLs. Answers whether the request was one of these. */
export async function serveApi(
  ws: Workspace,
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
): Promise<boolean> {
  const [, area, name = ''] = /^\/(api|upload|response|files)\/([\w.-]+)$/.exec(path) ?? [];
  if (area === 'files' && request.method === 'GET') sendFile(ws, response, name);
  else if (area === 'api') await api(ws, request, response, name);
  else if (area === 'upload' && request.method === 'POST') await upload(ws, request, response, name);
  else if (area === 'response' && request.method === 'POST') await respond(ws, request, response, name);
  else return false;
  return true;
}

async function api(
  ws: Workspace,
  request: IncomingMessage,
  response: ServerResponse,
  method: string,
): Promise<void> {
  const body = await readBody(request);
  if (body === undefined) return send(response, 413, { ok: false, error: 'request_too_large' });
  const { token: field, ...args } = fieldsOf(request, body);
  const query = Object.fromEntries(new URL(request.url ?? '', ws.url).searchParams);
  const bearer = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  answer(response, callMethod(ws, method, bearer ?? asText(field), { ...query, ...args }));
}

function answer(response: ServerResponse, { status, headers, body, instead }: ApiAnswer): void {
  if (instead === 'close') response.socket?.destroy();
  else if (instead === undefined) send(response, status, body, headers);
}

async function upload(
  ws: Workspace,
  request: IncomingMessage,
  response: ServerResponse,
  id: string,
): Promise<void> {
  const body = await readBody(request);
  const fault = ws.faults.take('upload');
  const early = fault && failure(fault);
  if (early !== undefined) return answer(response, early);
  const file = ws.state.files.get(id);
  if (file === undefined || file.bytes !== undefined) return send(response, 404, 'no such upload');
  const bytes = body && (await uploadedBytes(request, body));
  if (bytes?.length !== file.length) return send(response, 400, 'not as long as was announced');
  receiveBytes(file, bytes);
  if (fault === 'effect-then-close') response.socket?.destroy();
  else send(response, 200, `OK - ${bytes.length}`);
}

async function respond(
  ws: Workspace,
  request: IncomingMessage,
  response: ServerResponse,
  id: string,
): Promise<void> {
  const body = await readBody(request);
  const fault = ws.faults.take('response_url');
  const early = fault && failure(fault);
  if (early !== undefined) return answer(response, early);
  const said = answerResponseUrl(ws, id, body === undefined ? {} : fieldsOf(request, body));
  if (fault === 'effect-then-close') response.socket?.destroy();
  else send(response, said.status, said.body);
}

function sendFile(ws: Workspace, response: ServerResponse, id: string): void {
  const file = ws.state.files.get(id);
  if (file?.bytes === undefined || !isReady(ws, file)) send(response, 404, 'no such file');
  else {
    const shown = /^image\/(png|jpeg|gif)$/.test(file.mimetype) ? file.mimetype : 'text/plain; charset=utf-8';
    send(response, 200, file.bytes, { 'content-type': shown, 'cache-control': 'private, max-age=3600' });
  }
}
