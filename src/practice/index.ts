import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import pg from 'pg';
import type { Catalogue } from '../catalogue/catalogue.ts';
import type { CatalogueHolder } from '../catalogue/hold.ts';
import { readPort } from '../config.ts';
import { notListening } from '../http/listen.ts';
import type { Steps } from '../steps/step-kind.ts';
import { type EmbeddedOptions, type EmbeddedServer, startEmbedded } from '../store/embedded.ts';
import { companyFor } from './company.ts';
import { createDrillBoard, type DrillBoard } from './drill-board.ts';
import { createEstate } from './estate.ts';
import { type PracticeWorkspace, startWorkspace } from './workspace/server.ts';

/** What practice needs of the bot that it plays Slack, clock and alerts for. */
export interface PracticedBot {
  url: string;
  runSchedule(service: string, runbook: string, requestId: string): Promise<unknown>;
}

/** Who begins what nothing else begins. */
const ON_CALL = 'U0NOOR';

/** What practice gives to the bot in the place of Slack's tokens, systems and secrets. */
export interface Practice {
  workspace: PracticeWorkspace;
  drills: DrillBoard;
  /** The environment with which the bot is started. */
  environment: Record<string, string | undefined>;
  steps(catalogue: CatalogueHolder): Steps;
  /** Tells who the bot is, and where it listens. */
  connect(bot: PracticedBot): void;
  stop(): Promise<void>;
}

/**
 * A Slack stand-in and a simulated estate on loopback. The bot between them is the real one, on an embedded database
 * that starts empty, since the stand-in forgets everything, too. `report` is told when that database ended.
 */
export async function startPractice(
  environment: Record<string, string | undefined>,
  report?: EmbeddedOptions['report'],
): Promise<Practice> {
  const secrets = { signing: secret(), bot: `xoxb-practice-${secret()}`, webhook: secret() };
  const { cast, settings } = await companyFor(environment.GUARDIA_COMMANDS ?? './commands');
  let held: CatalogueHolder | null = null;
  let bot: PracticedBot | null = null;
  const board = createDrillBoard({
    catalogue: () => held?.current() ?? NOTHING,
    fire: (webhook) => fire(bot?.url ?? '', secrets.webhook, webhook),
    clock: async (service, runbook) => {
      await bot?.runSchedule(service, runbook, secret());
    },
    ask: async (service, runbook) => {
      const channel = held?.current().services.get(service)?.channel ?? '';
      await workspace.driver.as(ON_CALL).command(channel, `/diagnose ${service}/${runbook}`);
    },
  });
  const port = readPort(environment);
  const database = await emptyDatabase(environment.GUARDIA_DATA || './data', report);
  const workspace = await startWorkspace({
    port,
    bot: { signingSecret: secrets.signing, token: secrets.bot, appId: 'A0GUARDIA' },
    drills: board,
    cast,
    manifest: join(import.meta.dirname, '../../manifest.yml'),
  }).catch(async (cause: unknown) => {
    await database.stop();
    throw notListening({ port, host: '127.0.0.1' }, cause);
  });
  return {
    workspace,
    drills: board,
    environment: {
      LOG_LEVEL: 'warn',
      ...environment,
      ...settings,
      PORT: '0',
      SLACK_API_URL: workspace.apiUrl,
      SLACK_BOT_TOKEN: secrets.bot,
      SLACK_SIGNING_SECRET: secrets.signing,
      SLACK_APP_TOKEN: undefined,
      ALERT_WEBHOOK_TOKEN: secrets.webhook,
      DATABASE_URL: database.url,
      GUARDIA_REPLICA: 'practice',
    },
    steps(catalogue) {
      held = catalogue;
      return createEstate({ catalogue: catalogue.current, board });
    },
    connect(started) {
      bot = started;
      workspace.connectBot(`${started.url}/slack/events`);
    },
    async stop() {
      board.close();
      await workspace.stop();
      await database.stop();
    },
  };
}

const NOTHING: Catalogue = { revision: '', services: new Map() };

/** A server of practice's own, with an empty database in the place of the last practice's. */
async function emptyDatabase(folder: string, report: EmbeddedOptions['report']): Promise<EmbeddedServer> {
  const server = await startEmbedded(join(folder, 'practice'), { disposable: true, report });
  const admin = new pg.Client({ connectionString: server.url.replace(/\/guardia$/, '/postgres') });
  await admin.connect();
  await admin.query('drop database guardia with (force)');
  await admin.query('create database guardia');
  await admin.end();
  return server;
}

async function fire(bot: string, token: string, webhook: object): Promise<void> {
  const answer = await fetch(`${bot}/alerts/alertmanager`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify(webhook),
  });
  if (!answer.ok)
    throw new Error(`the bot did not take the drill's alert: ${answer.status} ${await answer.text()}`);
}

function secret(): string {
  return randomBytes(16).toString('hex');
}
