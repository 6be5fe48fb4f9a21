import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serveApi } from './api-routes.ts';
import type { Cast } from './cast.ts';
import { defaultCast } from './cast.ts';
import type { Drills, Workspace } from './context.ts';
import { createDriver } from './driver/driver.ts';
import type { Driver } from './driver/types.ts';
import type { Faults } from './faults.ts';
import { createFaults } from './faults.ts';
import { send } from './http.ts';
import { createJournal } from './journal.ts';
import type { Clock, LimitSettings } from './limits.ts';
import { createRateLimiter, withDefaults } from './limits.ts';
import { readManifest } from './manifest.ts';
import { servePage } from './page-server/page-api.ts';
import { servePageFile } from './page-server/page-files.ts';
import { emptyState, remember } from './state.ts';
import { createSender } from './to-bot/sender.ts';

export interface WorkspaceOptions {
  /** 0 takes a free one. */
  port: number;
  /** 127.0.0.1 by default. */
  host?: string;
  bot: {
    /** Where the bot listens: `http://127.0.0.1:3001/slack/events`. May be told later with `connectBot`. */
    url?: string;
    signingSecret: string;
    token: string;
    appId: string;
  };
  drills?: Drills;
  /** manifest.yml: which commands exist, and which events the bot hears of. Without it, all. */
  manifest?: string;
  cast?: Cast;
  clock?: Clock;
  /** Other limits than Slack's, so that tests need not wait. */
  limits?: LimitSettings;
}

export interface PracticeWorkspace {
  /** The page for people: `http://127.0.0.1:3000`. */
  url: string;
  /** What SLACK_API_URL has to be. */
  apiUrl: string;
  botToken: string;
  driver: Driver;
  faults: Faults;
  /** Tells where the bot listens; a test learns that only after the bot has started. */
  connectBot(url: string): void;
  stop(): Promise<void>;
}

/** Starts a practice workspace: a stand-in for Slack, its state in memory, its limits Slack's. */
export async function startWorkspace(options: WorkspaceOptions): Promise<PracticeWorkspace> {
  const server = createServer();
  const host = options.host ?? '127.0.0.1';
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, host, resolve);
  });
  const reached = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  const url = `http://${reached}:${(server.address() as AddressInfo).port}`;
  const target = { url: options.bot.url };
  const { ws, settle } = await createWorkspace(options, url, target);
  const unlisten = ws.drills.onChange(() => ws.journal.add({ type: 'drills' }));
  server.on('request', (request, response) => {
    answer(ws, request, response).catch((error: unknown) => fail(response, error));
  });
  return {
    url,
    apiUrl: `${url}/api/`,
    botToken: options.bot.token,
    driver: createDriver(ws),
    faults: ws.faults,
    connectBot(botUrl) {
      target.url = botUrl;
    },
    async stop() {
      unlisten();
      await settle();
      await close(server);
    },
  };
}

async function createWorkspace(
  options: WorkspaceOptions,
  url: string,
  target: { url?: string },
): Promise<{ ws: Workspace; settle(): Promise<void> }> {
  const cast = options.cast ?? defaultCast();
  const clock = options.clock ?? { now: () => Date.now() };
  const limits = withDefaults(options.limits);
  const state = emptyState(cast.channels);
  const journal = createJournal();
  const sender = createSender({
    url: () => target.url ?? '',
    signingSecret: options.bot.signingSecret,
    ackMs: limits.ackMs,
    onSent(request) {
      remember(state.sent, request);
      journal.add({ type: 'sent', request });
    },
  });
  const work = createWork();
  const ws: Workspace = {
    ...{ cast, state, journal, clock, limits, sender, url },
    faults: createFaults(),
    rate: createRateLimiter(limits, clock),
    drills: options.drills ?? NO_DRILLS,
    manifest: await readManifest(options.manifest),
    bot: { appId: options.bot.appId, token: options.bot.token },
    nextTs: createTimestamps(clock),
    background: work.background,
    later: work.later,
  };
  return { ws, settle: () => work.settle(() => sender.stop()) };
}

const NO_DRILLS: Drills = {
  list: () => [],
  start: async () => {},
  stop: async () => {},
  onChange: () => () => {},
};

function createTimestamps(clock: Clock): () => string {
  let last = 0;
  return () => {
    last = Math.max(last + 1, clock.now() * 1000);
    return `${Math.floor(last / 1e6)}.${String(last % 1e6).padStart(6, '0')}`;
  };
}

/** What goes on beside the requests: events on their way, and their retries. */
function createWork() {
  const running = new Set<Promise<unknown>>();
  const timers = new Set<NodeJS.Timeout>();
  let stopped = false;
  return {
    background(promise: Promise<unknown>): void {
      const settled = promise.catch(() => undefined).finally(() => running.delete(settled));
      running.add(settled);
    },
    later(ms: number, task: () => void): void {
      if (stopped) return;
      const timer = setTimeout(() => {
        timers.delete(timer);
        task();
      }, ms);
      timers.add(timer);
    },
    async settle(stopSending: () => void): Promise<void> {
      stopped = true;
      for (const timer of timers) clearTimeout(timer);
      stopSending();
      await Promise.all(running);
    },
  };
}

async function answer(ws: Workspace, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', ws.url);
  if (await serveApi(ws, request, response, url.pathname)) return;
  if (await servePage(ws, request, response, url)) return;
  if (request.method === 'GET' && (await servePageFile(response, url.pathname))) return;
  send(response, 404, 'There is nothing here. This is a practice workspace, not Slack.');
}

function fail(response: ServerResponse, error: unknown): void {
  const reason = error instanceof Error ? error.message : String(error);
  if (response.headersSent) response.destroy();
  else send(response, 500, `The practice workspace failed: ${reason}`);
}

async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}
