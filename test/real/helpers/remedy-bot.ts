import { join } from 'node:path';
import { companyFor } from '../../../src/practice/company.ts';
import type { Driver } from '../../../src/practice/workspace/driver/types.ts';
import { startWorkspace } from '../../../src/practice/workspace/server.ts';
import { createTestDatabase, type TestDatabase } from '../../helpers/database.ts';
import { type AlertmanagerServer, startAlertmanager } from '../servers/alertmanager.ts';
import { freePort } from '../servers/process.ts';
import { type BotProcess, spawnBot } from './bot-process.ts';

const ROOT = join(import.meta.dirname, '../../..');
const COMMANDS = join(ROOT, 'commands');
const SECRETS = { signing: 'a-signing-secret', token: 'xoxb-remedies', webhook: 'a-webhook-token' };

/** Slack, the database and Alertmanager, and between them the bot with the catalogue of commands/ as it is. */
export interface RemedyBot {
  driver: Driver;
  database: TestDatabase;
  alertmanager: AlertmanagerServer;
  /** A service's channel. */
  channelOf(service: string): string;
  /** Starts the bot with further settings, which say where the services' systems are. */
  start(settings: Readonly<Record<string, string>>): Promise<BotProcess>;
  stop(): Promise<void>;
}

export async function openRemedyBot(): Promise<RemedyBot> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const [company, database, alertmanager] = await Promise.all([
    companyFor(COMMANDS),
    createTestDatabase(),
    startAlertmanager({ webhookUrl: `${url}/alerts/alertmanager`, token: SECRETS.webhook }),
  ]);
  const workspace = await startWorkspace({
    port: 0,
    bot: {
      url: `${url}/slack/events`,
      signingSecret: SECRETS.signing,
      token: SECRETS.token,
      appId: 'A0GUARDIA',
    },
    manifest: join(ROOT, 'manifest.yml'),
    cast: company.cast,
  });
  let bot: BotProcess | undefined;
  return {
    ...{ driver: workspace.driver, database, alertmanager },
    channelOf(service) {
      const channel = company.cast.channels.find(({ name }) => name === `${service}-alerts`);
      if (!channel) throw new Error(`there is no channel for ${service}`);
      return channel.id;
    },
    async start(settings) {
      bot = spawnBot({
        ...company.settings,
        HOME: process.env.HOME ?? '/',
        PORT: String(port),
        SLACK_API_URL: workspace.apiUrl,
        SLACK_BOT_TOKEN: SECRETS.token,
        SLACK_SIGNING_SECRET: SECRETS.signing,
        ALERT_WEBHOOK_TOKEN: SECRETS.webhook,
        DATABASE_URL: database.url,
        GUARDIA_COMMANDS: COMMANDS,
        GUARDIA_REPLICA: 'remedies',
        ...settings,
      });
      await bot.up;
      return bot;
    },
    async stop() {
      await bot?.terminate();
      await Promise.all([workspace.stop(), alertmanager.stop()]);
      await database.drop();
    },
  };
}
