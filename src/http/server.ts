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
  /** How long an endpoint has, unless its route says otherwise; then what was not answered, or not read, is cut off. */
  deadlineMs?: number;
  limits?: Partial<Limits>;
}

/** How long a client may take. Who takes longer reads a 408, where it reads at all, and its connection is closed. */
export interface Limits {
  headersMs: number;
  /** From the end of the headers to the last byte of the body. */
  requestMs: number;
  /** Between two requests. Longer than the 60 s of most load balancers, so that they close first. */
  idleMs: number;
}

const LIMITS: Limits = { headersMs: 5_000, requestMs: 10_000, idleMs: 65_000 };

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
  const limits = { ...LIMITS, ...options.limits };
  const server = createServer({
    headersTimeout: limits.headersMs,
    // Ours comes first: Node's closes without a word in JSON and without a sample for the metrics.
    requestTimeout: 2 * limits.requestMs,
    keepAliveTimeout: limits.idleMs,
    connectionsCheckingInterval: Math.min(1_000, limits.headersMs / 2),
  });
  server.on('request', (request, response) => {
    closeWhenSlow(request, response, limits.requestMs);
    serve(serving, request, response);
  });
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

/** From its headers on, which have a limit of their own. */
function closeWhenSlow(request: IncomingMessage, response: ServerResponse, requestMs: number): void {
  const timer = setTimeout(() => {
    const message = `The body must arrive within ${requestMs} ms.`;
    const headers = { connection: 'close' };
    fail(response, { status: 408, error: 'deadline', message, headers });
  }, requestMs);
  request.once('end', () => clearTimeout(timer));
  response.once('close', () => clearTimeout(timer));
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
  limitAnswer(serving, route, response);
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

function limitAnswer({ options }: Serving, route: Route | undefined, response: ServerResponse): void {
  const deadlineMs = route?.deadlineMs === undefined ? (options.deadlineMs ?? 30_000) : route.deadlineMs;
  if (deadlineMs === null) return;
  const timer = setTimeout(() => late(options.logger, route?.path ?? 'other', response), deadlineMs);
  response.once('close', () => clearTimeout(timer));
}

function run(serving: Serving, route: Route, request: IncomingMessage, response: ServerResponse): void {
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

function late(logger: Logger, route: string, response: ServerResponse): void {
  logger.warn({ route }, 'a request was not answered, or its answer not read, in time');
  fail(response, { status: 503, error: 'deadline', message: 'This took too long. Try again.' });
}

/** An answer that has begun cannot be taken back: cutting it off is what tells the other side. */
function fail(response: ServerResponse, given: Parameters<typeof answer>[1]): void {
  if (response.headersSent) response.destroy();
  else answer(response, given);
}
