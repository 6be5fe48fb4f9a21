import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from 'pino';
import { listen } from './listen.ts';
import { answer, type Route } from './route.ts';

export type { Route } from './route.ts';

export interface HttpServerOptions {
  routes: readonly Route[];
  /** 0 takes any free port. */
  port: number;
  host: string;
  logger: Logger;
  /** Told of each response that ended: the route's path, or `other`. */
  observe?(sample: { method: string; route: string; status: number; seconds: number }): void;
  /** How long an endpoint has, unless its route says otherwise. */
  deadlineMs?: number;
}

export interface HttpServer {
  port: number;
  url: string;
  /** Takes no new requests, lets those that run end within `graceMs`, and then ends what is left. */
  close(graceMs?: number): Promise<void>;
}

interface Serving {
  find(path: string): Map<string, Route> | undefined;
  options: HttpServerOptions;
  running: Set<Promise<void>>;
  /** Set once the server closes; called after each response. */
  whenIdle: (() => void) | null;
}

/** The one HTTP server. Rejects with a `config` error when the port cannot be had. */
export async function createHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const serving: Serving = { find: finder(options.routes), options, running: new Set(), whenIdle: null };
  const server = createServer({ requestTimeout: 30_000, headersTimeout: 10_000, keepAliveTimeout: 65_000 });
  server.on('request', (request, response) => serve(serving, request, response));
  await listen(server, options);
  server.on('error', (err) => options.logger.error({ err }, 'the HTTP server met an error'));
  const { port } = server.address() as AddressInfo;
  const host = ['0.0.0.0', '::'].includes(options.host) ? '127.0.0.1' : options.host;
  return {
    port,
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    close: (graceMs = 10_000) => close(serving, server, graceMs),
  };
}

async function close(serving: Serving, server: Server, graceMs: number): Promise<void> {
  const patience = new AbortController();
  const enough = wait(graceMs, undefined, { signal: patience.signal }).catch(() => undefined);
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // A connection that becomes idle from now on would otherwise stay for the next request.
  serving.whenIdle = () => server.closeIdleConnections();
  await Promise.race([closed.then(() => Promise.allSettled(serving.running)), enough]);
  patience.abort();
  server.closeAllConnections();
  await closed;
}

/** Routes by path, then by method; a path with a star only when no whole one fits. */
function finder(routes: readonly Route[]): Serving['find'] {
  const exact = new Map<string, Map<string, Route>>();
  for (const route of routes) {
    const methods = exact.get(route.path) ?? new Map<string, Route>();
    methods.set(route.method, route);
    if (route.method === 'GET') methods.set('HEAD', route);
    exact.set(route.path, methods);
  }
  const below = [...exact.entries()].filter(([path]) => path.endsWith('/*'));
  return (path) => exact.get(path) ?? below.find(([star]) => path.startsWith(star.slice(0, -1)))?.[1];
}

function serve(serving: Serving, request: IncomingMessage, response: ServerResponse): void {
  const started = performance.now();
  const { url = '/', method = 'GET' } = request;
  const query = url.indexOf('?');
  const methods = serving.find(query === -1 ? url : url.slice(0, query));
  const route = methods?.get(method);
  if (serving.whenIdle !== null) response.setHeader('connection', 'close');
  response.once('close', () => {
    const seconds = (performance.now() - started) / 1_000;
    const sample = { method, route: route?.path ?? 'other', status: response.statusCode, seconds };
    serving.options.observe?.(sample);
    if (serving.whenIdle !== null) setImmediate(serving.whenIdle);
  });
  if (route === undefined) turnAway(methods, request, response);
  else run(serving, route, request, response);
}

function turnAway(
  methods: Map<string, Route> | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  request.resume();
  if (methods === undefined) {
    answer(response, { status: 404, error: 'not-found', message: 'Nothing is here.' });
  } else {
    const allow = [...methods.keys()].join(', ');
    const message = `This takes ${allow}.`;
    answer(response, { status: 405, error: 'bad-input', message, headers: { allow } });
  }
}

function run(serving: Serving, route: Route, request: IncomingMessage, response: ServerResponse): void {
  const deadlineMs =
    route.deadlineMs === undefined ? (serving.options.deadlineMs ?? 30_000) : route.deadlineMs;
  if (deadlineMs !== null) {
    const timer = setTimeout(() => late(serving, route, response), deadlineMs);
    response.once('close', () => clearTimeout(timer));
  }
  const running = handled(serving, route, request, response);
  serving.running.add(running);
  void running.finally(() => serving.running.delete(running));
}

async function handled(
  serving: Serving,
  route: Route,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    await route.handle(request, response);
  } catch (err) {
    serving.options.logger.error({ err, route: route.path }, 'a request could not be handled');
    fail(response, {
      status: 500,
      error: 'internal',
      message: 'A fault in Guardia itself; its log says more.',
    });
  }
}

function late(serving: Serving, route: Route, response: ServerResponse): void {
  serving.options.logger.warn({ route: route.path }, 'a request was not answered in time');
  fail(response, { status: 503, error: 'deadline', message: 'This took too long. Try again.' });
}

/** An answer that has begun cannot be taken back: cutting it off is what tells the other side. */
function fail(response: ServerResponse, given: Parameters<typeof answer>[1]): void {
  if (response.headersSent) response.destroy();
  else answer(response, given);
}
