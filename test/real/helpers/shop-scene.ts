import { join } from 'node:path';
import type { Seen } from '../../../src/practice/workspace/driver/types.ts';
import { type PracticeWorkspace, startWorkspace } from '../../../src/practice/workspace/server.ts';
import { createTestDatabase, type TestDatabase } from '../../helpers/database.ts';
import { type BotProcess, spawnBot } from './bot-process.ts';
import { type ShopServer, startShopServer } from './shop-server.ts';

const ROOT = join(import.meta.dirname, '../../..');
export const SECRETS = { signing: 'a-signing-secret', token: 'xoxb-killed', webhook: 'a-webhook-token' };
/** Rates that no test here reaches: how Slack's are kept is proved elsewhere. */
const RATES = { post: { perSecond: 1_000, burst: 1_000 }, tier2: 10_000, tier3: 10_000, tier4: 10_000 };
export const PATIENCE_MS = 30_000;
export const CHANNEL = 'C0DENIS';

/** Slack, the shop's systems and the database, which outlive the bot between them. */
export interface Scene {
  driver: PracticeWorkspace['driver'];
  /** How Slack fails. */
  faults: PracticeWorkspace['faults'];
  shop: ShopServer;
  database: TestDatabase;
  /** The bot that was started last, alive or not. */
  bot: BotProcess;
  alive(): boolean;
  /** How long its starts took until it listened, in words. */
  starts(): string;
  /** Starts a bot, beside those that still live; resolves once it listens. `settings` as its environment has them. */
  start(settings?: Readonly<Record<string, string>>): Promise<void>;
  /** Kills the bot in the very moment in which this is so, before Slack answers the call that made it so. */
  killWhen(what: string, isSo: (seen: Seen) => boolean): Promise<void>;
  stop(): Promise<void>;
}

export async function openScene(): Promise<Scene> {
  const [database, shop] = await Promise.all([createTestDatabase(), startShopServer()]);
  await database.pool.query(NO_PACE);
  const workspace = await startWorkspace({
    port: 0,
    bot: { signingSecret: SECRETS.signing, token: SECRETS.token, appId: 'A0GUARDIA' },
    manifest: join(ROOT, 'manifest.yml'),
    limits: { rates: RATES },
  });
  const { driver, faults } = workspace;
  const environment = {
    PORT: '0',
    SLACK_API_URL: workspace.apiUrl,
    SLACK_BOT_TOKEN: SECRETS.token,
    SLACK_SIGNING_SECRET: SECRETS.signing,
    ALERT_WEBHOOK_TOKEN: SECRETS.webhook,
    DATABASE_URL: database.url,
    GUARDIA_COMMANDS: join(ROOT, 'test/real/catalogue'),
    GUARDIA_REPLICA: 'killed',
    SHOP_URL: shop.url,
  };
  const startsMs: number[] = [];
  const bots: BotProcess[] = [];
  const scene: Scene = {
    ...{ driver, faults, shop, database },
    get bot() {
      const newest = bots.at(-1);
      if (!newest) throw new Error('the bot was never started');
      return newest;
    },
    alive: () => bots.at(-1)?.alive() ?? false,
    starts() {
      const [first, ...rest] = startsMs.toSorted((a, b) => a - b);
      const median = [first, ...rest][startsMs.length >> 1];
      return `${startsMs.length} starts: listening after ${first} to ${rest.at(-1)} ms, median ${median} ms`;
    },
    async start(settings = {}) {
      const begun = performance.now();
      const bot = spawnBot({ ...environment, ...settings });
      bots.push(bot);
      workspace.connectBot(`${await bot.up}/slack/events`);
      startsMs.push(Math.round(performance.now() - begun));
    },
    async killWhen(what, isSo) {
      const kill = (seen: Seen) => isSo(seen) && { gone: scene.bot.kill() };
      await (await driver.waitFor(kill, { what, timeoutMs: PATIENCE_MS })).gone;
    },
    async stop() {
      await Promise.all(bots.map((bot) => bot.kill()));
      await Promise.all([workspace.stop(), shop.stop()]);
      await database.drop();
    },
  };
  return scene;
}

/** The bot takes its turns as always, and each comes at once. */
const NO_PACE = `
  create function no_pace() returns trigger language plpgsql as $$
    begin
      new.tat := now();
      return new;
    end
  $$;
  create trigger no_pace before insert or update on pace for each row execute function no_pace();`;
