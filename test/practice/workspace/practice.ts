import type { AddressInfo } from 'node:net';
import { App, HTTPReceiver, LogLevel } from '@slack/bolt';
import { WebClient } from '@slack/web-api';
import type { PracticeWorkspace, WorkspaceOptions } from '../../../src/practice/workspace/server.ts';
import { startWorkspace } from '../../../src/practice/workspace/server.ts';

const SECRET = 'a signing secret of the tests';
const TOKEN = 'xoxb-practice';

/** Rates that no test reaches by accident. */
export const FAST = {
  post: { perSecond: 1_000, burst: 1_000 },
  tier2: 10_000,
  tier3: 10_000,
  tier4: 10_000,
};

export type Settings = Partial<Omit<WorkspaceOptions, 'port' | 'bot'>> & { botUrl?: string };

/** A workspace on a free port, with rates turned up unless the test wants Slack's. */
export function openWorkspace({ botUrl, ...settings }: Settings = {}): Promise<PracticeWorkspace> {
  return startWorkspace({
    port: 0,
    bot: { url: botUrl, signingSecret: SECRET, token: TOKEN, appId: 'A0GUARDIA' },
    ...settings,
    limits: { rates: FAST, fileReadyMs: 20, ...settings.limits },
  });
}

/** Slack's own client, which gives up at once, so that tests see what was answered. */
export function clientOf(workspace: PracticeWorkspace, token = workspace.botToken, timeout = 0): WebClient {
  return new WebClient(token, {
    timeout,
    slackApiUrl: workspace.apiUrl,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    logLevel: LogLevel.ERROR,
    logger: SILENT,
  });
}

const SILENT = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  setLevel() {},
  setName() {},
  getLevel: () => LogLevel.ERROR,
};

/** A real Bolt app that verifies what it gets, connected to the workspace. */
export async function startBot(
  workspace: PracticeWorkspace,
  listen: (app: App) => void,
  signingSecret = SECRET,
): Promise<{ stop(): Promise<void> }> {
  const receiver = new HTTPReceiver({
    signingSecret,
    endpoints: '/slack/events',
    unhandledRequestTimeoutMillis: 300,
    logger: SILENT,
  });
  const app = new App({
    receiver,
    deferInitialization: true,
    token: workspace.botToken,
    logger: SILENT,
    clientOptions: { slackApiUrl: workspace.apiUrl, retryConfig: { retries: 0 }, logger: SILENT },
  });
  await app.init();
  listen(app);
  const server = await receiver.start(0);
  workspace.connectBot(`http://127.0.0.1:${(server.address() as AddressInfo).port}/slack/events`);
  return {
    async stop() {
      await receiver.stop();
    },
  };
}

/** What Slack's client throws, as the answer that it got. */
export async function refusal(call: Promise<unknown>): Promise<{ error: string; messages: string[] }> {
  const thrown = await call.then(
    () => undefined,
    (error: { data?: { error?: string; response_metadata?: { messages?: string[] } } }) => error,
  );
  if (thrown?.data?.error === undefined) throw new Error(`This was not refused: ${thrown}`);
  return { error: thrown.data.error, messages: thrown.data.response_metadata?.messages ?? [] };
}

/** A clock that goes only when it is told to. */
export function stoppedClock(): { now(): number; forward(ms: number): void } {
  let at = Date.now();
  return {
    now: () => at,
    forward(ms) {
      at += ms;
    },
  };
}

/** A picture of one pixel. */
export const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
