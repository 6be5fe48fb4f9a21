import { LogLevel, type Logger as SlackLogger, WebClient } from '@slack/web-api';
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import { GuardiaError } from '../errors.ts';
import { failureOf, slackError } from './failures.ts';

/** Who the bot is, as Slack says. */
interface Identity {
  team: string;
  /** `https://acme.slack.com/` */
  teamUrl: string;
  botUser: string;
  botId: string;
  /** The Enterprise Grid that the workspace is in; null for one that stands alone. */
  enterprise: string | null;
}

/** The bot's own way to Slack's Web API. */
export interface SlackConnection {
  client: WebClient;
  times: ConnectionTimes;
  /** Asks Slack who the bot is. Rejects when Slack refuses the token; when Slack cannot be reached it tries on. */
  start(): Promise<void>;
  stop(): void;
  /** Whether Slack takes the bot's token, as far as is known. */
  ready(): boolean;
  /** Throws a GuardiaError while Slack has not said it yet. */
  identity(): Identity;
  /** Where people find a message. */
  permalink(channel: string, ts: string, threadTs?: string | null): string;
  /** Slack refused the token in some call: not ready until it takes it again. */
  tokenRefused(code: string): void;
}

export interface ConnectionTimes {
  /** How long Slack may take to answer one call. */
  callMs: number;
  /** How long to wait before Slack is asked again who the bot is. */
  askAgainMs: number;
}

const TIMES: ConnectionTimes = { callMs: 8_000, askAgainMs: 5_000 };

export function connectSlack(parts: {
  config: Pick<Config, 'SLACK_BOT_TOKEN' | 'SLACK_API_URL'>;
  logger: Logger;
  times?: Partial<ConnectionTimes>;
}): SlackConnection {
  const { config, logger } = parts;
  const times = { ...TIMES, ...parts.times };
  const client = createClient(config, logger, times.callMs);
  let identity: Identity | null = null;
  let refusedWith: string | null = null;
  let timer: NodeJS.Timeout | undefined;

  async function ask(): Promise<void> {
    identity = identityOf(await client.auth.test());
    refusedWith = null;
  }
  function askLater(): void {
    timer ??= setTimeout(() => {
      timer = undefined;
      ask().catch((error: unknown) => {
        logger.warn({ code: failureOf(error).code }, 'Slack does not say who the bot is');
        askLater();
      });
    }, times.askAgainMs).unref();
  }
  return {
    client,
    times,
    async start() {
      await ask().catch((error: unknown) => {
        if (error instanceof GuardiaError) throw error;
        if (failureOf(error).kind === 'token') throw slackError('The bot token was shown', error);
        logger.error({ code: failureOf(error).code }, 'Slack cannot be reached; trying on');
        askLater();
      });
    },
    stop: () => clearTimeout(timer),
    ready: () => identity !== null && refusedWith === null,
    identity: () => identity ?? notYet(),
    permalink: (channel, ts, threadTs) => permalink(identity ?? notYet(), channel, ts, threadTs ?? null),
    tokenRefused(code) {
      if (refusedWith === null) logger.error({ code }, "Slack refuses the bot's token");
      refusedWith = code;
      askLater();
    },
  };
}

function notYet(): never {
  throw new GuardiaError('slack', 'Slack has not said yet who the bot is.', { retryable: true });
}

/** Retries are off: the SDK's would post twice, and its answer to a 429 is to stop everything. */
function createClient(
  config: Pick<Config, 'SLACK_BOT_TOKEN' | 'SLACK_API_URL'>,
  logger: Logger,
  timeout: number,
): WebClient {
  return new WebClient(config.SLACK_BOT_TOKEN, {
    slackApiUrl: config.SLACK_API_URL,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout,
    logger: slackLogger(logger),
  });
}

/** The SDK's debug lines carry whole requests, so nothing below a warning is passed on. */
export function slackLogger(logger: Logger): SlackLogger {
  const write =
    (level: 'warn' | 'error') =>
    (...said: unknown[]): void =>
      logger[level]({ said: said.map(String).join(' ').slice(0, 500) }, 'said by the Slack SDK');
  const nothing = (): void => {};
  return {
    debug: nothing,
    info: nothing,
    warn: write('warn'),
    error: write('error'),
    setLevel: nothing,
    getLevel: () => LogLevel.WARN,
    setName: nothing,
  };
}

interface AuthTest {
  team_id?: string;
  url?: string;
  user_id?: string;
  bot_id?: string;
  enterprise_id?: string;
}

function identityOf(answer: AuthTest): Identity {
  const { team_id: team, url: teamUrl, user_id: botUser, bot_id: botId, enterprise_id } = answer;
  if (!team || !botUser || !botId) {
    throw new GuardiaError('config', 'SLACK_BOT_TOKEN is no bot token: Slack names no bot for it.');
  }
  return {
    ...{ team, botUser, botId, enterprise: enterprise_id ?? null },
    teamUrl: teamUrl ?? 'https://slack.com/',
  };
}

function permalink({ teamUrl }: Identity, channel: string, ts: string, threadTs: string | null): string {
  const link = `${teamUrl}archives/${channel}/p${ts.replace('.', '')}`;
  return threadTs === null || threadTs === ts ? link : `${link}?thread_ts=${threadTs}&cid=${channel}`;
}
