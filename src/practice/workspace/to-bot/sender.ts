import { parseJson } from '../json.ts';
import type { SentRequest } from '../state.ts';
import { signatureHeaders } from './signing.ts';

/** How the bot answered a request. */
export interface Reply {
  /** 2xx within the time for acknowledging. */
  ok: boolean;
  status?: number;
  body: string;
  json: unknown;
  headers: Record<string, string>;
  /** Slack's word for why there is no answer that counts. */
  failure?: 'http_timeout' | 'connection_failed' | 'http_error';
}

export interface Sender {
  /** Commands; interactions carry their JSON as `payload`. */
  form(kind: string, fields: Record<string, string>): Promise<Reply>;
  /** The Events API. */
  json(kind: string, body: unknown, headers?: Record<string, string>): Promise<Reply>;
  /** A body as it stands; `headers` win over the signature, so that tests can break it. */
  raw(kind: string, body: string, headers: Record<string, string>): Promise<Reply>;
  /** Tells where the bot listens. */
  connect(url: string): void;
  stop(): void;
}

export interface SenderOptions {
  url?: string;
  signingSecret: string;
  ackMs: number;
  onSent(request: SentRequest): void;
}

/** Sends to the bot what Slack would send, signed as Slack signs it. */
export function createSender(options: SenderOptions): Sender {
  const stopped = new AbortController();
  let url = options.url ?? '';
  async function raw(kind: string, body: string, given: Record<string, string>): Promise<Reply> {
    const signature = signatureHeaders(options.signingSecret, body, Math.floor(Date.now() / 1000));
    const headers = { 'user-agent': 'Guardia practice workspace', ...signature, ...given };
    const reply = await post(url, body, headers, [AbortSignal.timeout(options.ackMs), stopped.signal]);
    options.onSent({ kind, body, headers, status: reply.status, failure: reply.failure });
    return reply;
  }
  return {
    raw,
    form: (kind, fields) =>
      raw(kind, new URLSearchParams(fields).toString(), contentType('x-www-form-urlencoded')),
    json: (kind, body, headers) => raw(kind, JSON.stringify(body), { ...contentType('json'), ...headers }),
    connect(botUrl) {
      url = botUrl;
    },
    stop: () => stopped.abort(),
  };
}

function contentType(subtype: string): Record<string, string> {
  return { 'content-type': `application/${subtype}` };
}

async function post(
  url: string,
  body: string,
  headers: Record<string, string>,
  [late, stopped]: [AbortSignal, AbortSignal],
): Promise<Reply> {
  try {
    const signal = AbortSignal.any([late, stopped]);
    const answer = await fetch(url, { method: 'POST', body, headers, signal, redirect: 'manual' });
    return asReply(answer, await answer.text());
  } catch {
    const failure = late.aborted ? 'http_timeout' : 'connection_failed';
    return { ok: false, body: '', json: undefined, headers: {}, failure };
  }
}

function asReply(answer: Response, body: string): Reply {
  return {
    ok: answer.ok,
    status: answer.status,
    body,
    json: parseJson(body),
    headers: Object.fromEntries(answer.headers),
    failure: answer.ok ? undefined : 'http_error',
  };
}
