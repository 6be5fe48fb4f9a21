import type { IncomingMessage, ServerResponse } from 'node:http';
import { setImmediate as immediate, setTimeout as pause } from 'node:timers/promises';
import { App, type Receiver, SocketModeReceiver } from '@slack/bolt';
import type { Config } from '../config.ts';
import { commands } from './commands/index.ts';
import { slackLogger } from './connection.ts';
import { createHandle } from './handle.ts';
import { listen } from './listeners.ts';
import { createReceipts } from './receipts.ts';
import { createReceiver, type HttpReceiver } from './receiver.ts';
import type { Tools } from './tools.ts';

/** The Bolt app: transport only. It verifies, acknowledges, parses, asks the flows, and says the answer. */
export interface SlackApp {
  /** What the HTTP server serves; null in Socket Mode. */
  route: {
    method: 'POST';
    path: '/slack/events';
    handle(req: IncomingMessage, res: ServerResponse): Promise<void>;
  } | null;
  start(): Promise<void>;
  /** Takes nothing new and waits for the handlers that run. */
  stop(): Promise<void>;
  /** Whether requests from Slack reach the bot and Slack takes its token. */
  ready(): boolean;
}

type Settings = Pick<
  Config,
  'SLACK_APP_TOKEN' | 'SLACK_SIGNING_SECRET' | 'SLACK_BOT_TOKEN' | 'SLACK_API_URL'
>;

/** What runs longer is durable: whoever asked finds its answer in the thread. */
const STOP_WITHIN_MS = 5_000;

export function createSlack(parts: Omit<Tools, 'help'> & { config: Settings }): SlackApp {
  const { config, ...given } = parts;
  const tools: Tools = { ...given, help: help() };
  const receipts = createReceipts(parts);
  const running = new Set<Promise<void>>();
  const http = config.SLACK_APP_TOKEN === undefined ? createHttp(config, tools) : null;
  const socket = http ? null : createSocket(config, tools);
  const app = createApp(config, tools, http?.receiver ?? socket?.receiver);
  app.use(track(running));
  app.use(acknowledge);
  app.error(async (error) => tools.logger.error({ err: error }, 'Bolt could not handle a payload'));
  listen(app, tools, createHandle(tools, receipts));
  return {
    route: http && { method: 'POST', path: '/slack/events', handle: http.handle },
    async start() {
      receipts.start();
      await app.start();
    },
    async stop() {
      await app.stop();
      receipts.stop();
      await Promise.race([Promise.allSettled(running), pause(STOP_WITHIN_MS, null, { ref: false })]);
    },
    ready: () => parts.connection.ready() && (socket?.connected() ?? true),
  };
}

function help() {
  return commands.map(({ name, usage, about }) => ({ command: `/${name}`, usage, about }));
}

function createApp(config: Settings, tools: Tools, receiver: Receiver | undefined): App<object> {
  if (!receiver) throw new Error('there is no receiver');
  return new App({
    receiver,
    // The identity is asked once, when the connection starts: no call to Slack stands before an acknowledgement.
    authorize: async () => ({ botToken: config.SLACK_BOT_TOKEN }),
    clientOptions: { slackApiUrl: config.SLACK_API_URL, retryConfig: { retries: 0 } },
    logger: slackLogger(tools.logger),
    convoStore: false,
    ignoreSelf: false,
  });
}

function createHttp(config: Settings, { logger, metrics }: Tools): HttpReceiver {
  return createReceiver({
    signingSecret: config.SLACK_SIGNING_SECRET ?? '',
    logger,
    acknowledged: (ms) => metrics.acknowledged(ms),
  });
}

function createSocket(config: Settings, { logger }: Tools) {
  const receiver = new SocketModeReceiver({
    appToken: config.SLACK_APP_TOKEN ?? '',
    logger: slackLogger(logger),
    installerOptions: { clientOptions: { slackApiUrl: config.SLACK_API_URL } },
  });
  let up = false;
  receiver.client.on('connected', () => {
    up = true;
  });
  receiver.client.on('close', () => {
    up = false;
  });
  return { receiver, connected: () => up };
}

/** Remembers what runs, so that a stop can wait for it. */
function track(running: Set<Promise<void>>) {
  return async ({ next }: { next: () => Promise<void> }): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    running.add(promise);
    try {
      await next();
    } finally {
      running.delete(promise);
      resolve();
    }
  };
}

/** Dialogs and option lists are acknowledged with an answer; everything else before any work is done. */
const ANSWERED = new Set(['view_submission', 'block_suggestion']);

async function acknowledge(args: { body: object; ack?: unknown; next: () => Promise<void> }): Promise<void> {
  const type = 'type' in args.body ? String(args.body.type) : 'command';
  if (typeof args.ack === 'function' && !ANSWERED.has(type)) {
    await args.ack();
    // Whatever else has come in is acknowledged before the work on this begins.
    await immediate();
  }
  await args.next();
}
