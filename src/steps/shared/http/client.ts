import { Agent as HttpAgent, STATUS_CODES } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Readable } from 'node:stream';
import axios, { type AxiosResponse } from 'axios';
import { GuardiaError } from '../../../errors.ts';
import type { BeforeEffect, Clients } from '../../step-kind.ts';
import { networkError } from '../failures.ts';
import { guardedLookup, refuseForbiddenHost } from './addresses.ts';
import { heldTransport } from './held-request.ts';

const REDIRECTS = 3;

/** A server as a connection names it; userinfo in the URL is sent as basic authentication. */
export interface HttpServer {
  url: string;
  headers?: Readonly<Record<string, string>> | undefined;
  /** Sockets of the server's own, with its certificates; otherwise those that all connections to the host share. */
  agent?: HttpAgent | undefined;
  /** What messages call it, where `host:port` would say nothing, as for a socket of this machine. */
  name?: string | undefined;
}

export interface HttpRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the connection's URL, beginning with a slash, already encoded. */
  path: string;
  body?: string | URLSearchParams;
  headers?: Readonly<Record<string, string>>;
  /** Follow redirects that stay on the same host. */
  follow?: boolean;
  maxBytes: number;
  signal: AbortSignal;
  /** Of a request that changes something: asked once there is a connection, right before the request goes out. */
  beforeEffect?: BeforeEffect | undefined;
}

export interface HttpAnswer {
  status: number;
  headers: Readonly<Record<string, string>>;
  text: string;
  /** From sending to the last byte. */
  tookMs: number;
}

/** Asks a connection's own server, never another: over kept-alive sockets, bounded in size, at metadata services never. */
export async function httpCall(
  clients: Clients,
  server: HttpServer,
  request: HttpRequest,
): Promise<HttpAnswer> {
  const base = new URL(server.url);
  refuseForbiddenHost(base.hostname);
  let url = new URL(server.url.replace(/[?#].*$/, '').replace(/\/+$/, '') + request.path);
  const started = performance.now();
  for (let redirects = 0; ; redirects += 1) {
    const response = await send<string>(clients, server, base, { ...request, url });
    const next = request.follow && request.method === 'GET' ? redirection(response, url, base) : undefined;
    if (next === undefined || redirects === REDIRECTS) {
      return { ...answerOf(response), tookMs: Math.round(performance.now() - started) };
    }
    url = next;
  }
}

/**
 * A status that turns the request down, so that nothing was done: of 408 and of what proxies have made up beside the
 * standard, such as 499, nobody knows. Who answers so has to be the server itself, which its body tells.
 */
export function turnsDown(status: number): boolean {
  return status >= 400 && status < 500 && status !== 408 && status in STATUS_CODES;
}

/** An answer whose body is handed on as it comes. */
export interface HttpStream {
  status: number;
  headers: Readonly<Record<string, string>>;
  /** Read it to its end or destroy it; it fails when the signal is aborted. */
  body: Readable;
}

/** The same for an answer of any size, and without redirects. */
export async function httpStream(
  clients: Clients,
  server: HttpServer,
  request: Omit<HttpRequest, 'maxBytes' | 'follow'>,
): Promise<HttpStream> {
  const base = new URL(server.url);
  refuseForbiddenHost(base.hostname);
  const url = new URL(server.url.replace(/\/+$/, '') + request.path);
  const asked = { ...request, url, maxBytes: -1 };
  const response = await send<Readable>(clients, server, base, asked, 'stream');
  return { status: response.status, headers: headersOf(response), body: response.data };
}

async function send<Body>(
  clients: Clients,
  server: HttpServer,
  base: URL,
  request: HttpRequest & { url: URL },
  responseType: 'text' | 'stream' = 'text',
): Promise<AxiosResponse<Body>> {
  const url = new URL(request.url);
  url.username = '';
  url.password = '';
  try {
    return await axios.request<Body>({
      adapter: 'http',
      method: request.method,
      url: url.href,
      data: request.body,
      headers: { 'user-agent': 'guardia', ...authorization(base), ...server.headers, ...request.headers },
      ...(server.agent ? { httpAgent: server.agent, httpsAgent: server.agent } : agentsFor(clients, base)),
      proxy: false,
      ...(request.beforeEffect ? { transport: heldTransport(url, request.beforeEffect) } : {}),
      maxRedirects: 0,
      maxContentLength: request.maxBytes,
      responseType,
      transformResponse: (body: Body) => body,
      validateStatus: () => true,
      signal: request.signal,
    });
  } catch (error) {
    throw explained(error, request, server.name ?? hostPort(base));
  }
}

function explained(error: unknown, request: HttpRequest, whom: string): Error {
  if (request.signal.aborted) return request.signal.reason;
  if (axios.isAxiosError(error)) {
    if (error.cause instanceof GuardiaError) return error.cause;
    if (error.message.startsWith('maxContentLength')) return tooMuch(request, whom);
  }
  return networkError(error, whom);
}

function tooMuch({ maxBytes }: HttpRequest, whom: string): GuardiaError {
  return new GuardiaError('nonsense', `${whom} answered more than ${Math.round(maxBytes / 1_048_576)} MiB`);
}

function agentsFor(clients: Clients, base: URL) {
  return clients.get(`http ${base.protocol}//${base.host}`, () => {
    const options = { keepAlive: true, maxFreeSockets: 8, lookup: guardedLookup(base.hostname) };
    const client = { httpAgent: new HttpAgent(options), httpsAgent: new HttpsAgent(options) };
    return {
      client,
      close() {
        client.httpAgent.destroy();
        client.httpsAgent.destroy();
      },
    };
  });
}

function authorization(base: URL): Record<string, string> {
  if (!base.username && !base.password) return {};
  const pair = `${decodeURIComponent(base.username)}:${decodeURIComponent(base.password)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

/** Where a redirect on the same host leads; undefined when the answer is none. Another host is refused. */
function redirection(response: AxiosResponse, from: URL, base: URL): URL | undefined {
  const location = response.headers.location;
  if (![301, 302, 303, 307, 308].includes(response.status) || typeof location !== 'string') return undefined;
  const to = URL.canParse(location, from) ? new URL(location, from) : undefined;
  if (to?.protocol === base.protocol && to.host === base.host) return to;
  throw new GuardiaError(
    'refused',
    `${hostPort(base)} redirects to ${to ? to.host : 'somewhere else'}, which is not followed`,
  );
}

function answerOf(response: AxiosResponse<string>): Omit<HttpAnswer, 'tookMs'> {
  return { status: response.status, headers: headersOf(response), text: String(response.data ?? '') };
}

function headersOf(response: AxiosResponse): Record<string, string> {
  const headers = Object.entries(response.headers);
  return Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), String(value)]));
}

/** `prometheus.denis:9090`, with the scheme's own port when the URL names none. */
export function hostPort(url: URL | string): string {
  const { hostname, port, protocol } = new URL(url);
  return `${hostname}:${port || { 'https:': '443', 'redis:': '6379', 'rediss:': '6379' }[protocol] || '80'}`;
}

/** JSON of an answer. Throws 'nonsense' that says what came instead: HTML of a login page, an empty body. */
export function jsonOf(answer: HttpAnswer, whom: string): unknown {
  const json = jsonOr(answer.text);
  if (json !== undefined) return json;
  const start = answer.text.trimStart().slice(0, 15).toLowerCase();
  const isPage = /^<(!doctype|html)/.test(start);
  const what = start === '' ? 'nothing' : isPage ? 'an HTML page' : 'something that is not JSON';
  throw new GuardiaError('nonsense', `${whom} answered ${what} (status ${answer.status})`);
}

/** Undefined when a text is no JSON. */
export function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
