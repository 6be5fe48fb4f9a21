import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';

/** One endpoint. A path that ends in `/*` takes everything below it. `GET` answers `HEAD` too. */
export interface Route {
  method: string;
  path: string;
  /** May resolve after the response has ended; the server waits for it when it closes. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<void> | void;
  /** How long until the response must have ended; `null` for one that streams. */
  deadlineMs?: number | null;
}

/** What an endpoint says, in JSON: `body`, or `{ error, message }` with a code and a sentence for people. */
export type Answer = { status: number; headers?: OutgoingHttpHeaders } & (
  | { body: unknown }
  | { error: string; message: string }
);

/** Sends an answer, unless one was sent. */
export function answer(response: ServerResponse, given: Answer): void {
  if (response.headersSent) return;
  const body = 'body' in given ? given.body : { error: given.error, message: given.message };
  const text = JSON.stringify(body);
  response.writeHead(given.status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    ...given.headers,
  });
  response.end(text);
}
