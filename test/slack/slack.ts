import { pino } from 'pino';
import type { PracticeWorkspace, WorkspaceOptions } from '../../src/practice/workspace/server.ts';
import { startWorkspace } from '../../src/practice/workspace/server.ts';
import { connectSlack, type SlackConnection } from '../../src/slack/connection.ts';

/** The smallest picture there is. */
export const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

export const SIGNING_SECRET = 'the signing secret of these tests';
export const SILENT = pino({ level: 'silent' });

/** Waits until something is so, for what cannot be waited for otherwise; rejects after a while. */
export async function until<T>(what: string, look: () => T | Promise<T>): Promise<NonNullable<T>> {
  const patience = performance.now() + 8_000;
  while (performance.now() < patience) {
    const found = await look();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  throw new Error(`waited in vain for ${what}`);
}

/** Rates that no test reaches by accident. */
const FAST = { post: { perSecond: 1_000, burst: 1_000 }, tier2: 10_000, tier3: 10_000, tier4: 10_000 };

export function openWorkspace(
  options: Partial<Omit<WorkspaceOptions, 'port' | 'bot'>> = {},
): Promise<PracticeWorkspace> {
  return startWorkspace({
    port: 0,
    bot: { signingSecret: SIGNING_SECRET, token: 'xoxb-practice', appId: 'A0GUARDIA' },
    ...options,
    limits: { rates: FAST, fileReadyMs: 50, ...options.limits },
  });
}

export async function connect(workspace: PracticeWorkspace): Promise<SlackConnection> {
  const connection = connectSlack({
    config: { SLACK_BOT_TOKEN: workspace.botToken, SLACK_API_URL: workspace.apiUrl },
    logger: SILENT,
    times: { callMs: 300, askAgainMs: 200 },
  });
  await connection.start();
  return connection;
}
