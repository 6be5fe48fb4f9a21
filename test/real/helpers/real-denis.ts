import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { parse, stringify } from 'yaml';
import type { Driver } from '../../../src/practice/workspace/driver/types.ts';
import { startWorkspace } from '../../../src/practice/workspace/server.ts';
import { createTestDatabase } from '../../helpers/database.ts';
import { startAlertmanager } from '../servers/alertmanager.ts';
import { type CeleryWorker, startCelery } from '../servers/celery.ts';
import { startMetricsPage } from '../servers/exporter.ts';
import { answers, freePort, until } from '../servers/process.ts';
import { type Rule, startPrometheus } from '../servers/prometheus.ts';
import { type RedisServer, redisCommand, startRedis } from '../servers/redis.ts';

const ROOT = join(import.meta.dirname, '../../..');
const SECRETS = { signing: 'a-signing-secret', token: 'xoxb-real', webhook: 'a-webhook-token' };

const RULES: readonly Rule[] = [
  { alert: 'RedisDown', expr: 'redis_up == 0', labels: { severity: 'critical', namespace: 'denis' } },
  {
    alert: 'CeleryQueueGrowing',
    expr: 'celery_queue_length > 1000',
    labels: { severity: 'critical', namespace: 'denis' },
  },
];

/** Denis as far as it can be real on one machine, the bot between its systems and the practice workspace. */
export interface RealDenis {
  driver: Driver;
  /** Of the practice workspace that stands in for Slack. */
  slackUrl: string;
  redis: RedisServer;
  celery: CeleryWorker;
  startRedisAgain(): Promise<void>;
  /** Jobs that wait in the queue celery. */
  waiting(): Promise<number>;
  /** How often the bot began a purge, by its record. */
  purges(): Promise<number>;
  stop(): Promise<void>;
}

export async function startRealDenis(): Promise<RealDenis> {
  const stops: (() => Promise<void>)[] = [];
  const keep = <T>(thing: T, stop: (thing: T) => Promise<void>): T => {
    stops.unshift(() => stop(thing));
    return thing;
  };
  let redis = await startRedis();
  stops.unshift(() => redis.stop());
  const { url: redisUrl, port: redisPort } = redis;
  const exporter = keep(await startExporter(redisUrl), (page) => page.stop());
  const botPort = await freePort();
  const alertmanager = keep(
    await startAlertmanager({
      webhookUrl: `http://127.0.0.1:${botPort}/alerts/alertmanager`,
      token: SECRETS.webhook,
    }),
    (server) => server.stop(),
  );
  const prometheus = keep(
    await startPrometheus({
      scrape: { denis: exporter.target },
      rules: RULES,
      alertmanagerUrl: alertmanager.url,
    }),
    (server) => server.stop(),
  );
  // A worker that answers and takes nothing: what is put into the queue stays there until somebody purges it.
  const celery = keep(await startCelery({ redisUrl, queues: ['idle'] }), (worker) => worker.stop());
  const database = keep(await createTestDatabase(), (one) => one.drop());
  const workspace = keep(
    await startWorkspace({
      port: 0,
      bot: {
        url: `http://127.0.0.1:${botPort}/slack/events`,
        signingSecret: SECRETS.signing,
        token: SECRETS.token,
        appId: 'A0GUARDIA',
      },
      manifest: join(ROOT, 'manifest.yml'),
    }),
    (one) => one.stop(),
  );
  const commands = keep(await commandsFor(celery), (folder) => rm(folder, { recursive: true, force: true }));
  keep(
    await startBot(botPort, {
      SLACK_API_URL: workspace.apiUrl,
      DATABASE_URL: database.url,
      GUARDIA_COMMANDS: commands,
      PROMETHEUS_URL: prometheus.url,
      DENIS_REDIS_URL: redisUrl,
    }),
    (bot) => bot.stop(),
  );
  return {
    driver: workspace.driver,
    slackUrl: workspace.url,
    get redis() {
      return redis;
    },
    celery,
    async startRedisAgain() {
      redis = await startRedis({ port: redisPort });
    },
    waiting: async () => Number(await redisCommand(redisUrl, ['LLEN', 'celery'])),
    purges: () => begunSteps(database.url),
    async stop() {
      for (const stop of stops) await stop().catch((error: unknown) => console.error(error));
    },
  };
}

/** Test equipment, in the place of redis_exporter and celery-exporter, with their metric names. */
function startExporter(redisUrl: string) {
  return startMetricsPage(async () => {
    const pong = await redisCommand(redisUrl, ['PING']).catch(() => null);
    if (pong !== 'PONG') return 'redis_up 0\n';
    const waiting = await redisCommand(redisUrl, ['LLEN', 'celery']);
    return `redis_up 1\ncelery_queue_length{queue_name="celery"} ${waiting}\n`;
  });
}

/** The runbooks of commands/denis as they are; only the service's file says where things are on this machine. */
async function commandsFor(celery: CeleryWorker): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'guardia-commands-'));
  await chmod(folder, 0o755);
  await cp(join(ROOT, 'commands/denis'), join(folder, 'denis'), { recursive: true });
  const file = join(folder, 'denis/service.yml');
  const service = parse(await readFile(file, 'utf8'));
  service.connections.celery.app = celery.app;
  service.targets['denis-workers'] = { local: ['celery'], environment: celery.environment };
  await writeFile(file, stringify(service));
  return folder;
}

async function startBot(port: number, environment: Record<string, string>) {
  const child = spawn(process.execPath, ['--no-warnings', 'src/main.ts'], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      PORT: String(port),
      LOG_LEVEL: 'info',
      SLACK_BOT_TOKEN: SECRETS.token,
      SLACK_SIGNING_SECRET: SECRETS.signing,
      ALERT_WEBHOOK_TOKEN: SECRETS.webhook,
      DENIS_CHANNEL: 'C0DENIS',
      DENIS_SRE_GROUP: 'S0SRE',
      DENIS_OPS_GROUP: 'S0SRE',
      DENIS_ONCALL_GROUP: 'S0ONCALL',
      ...environment,
    },
  });
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => said.push(String(chunk)));
  const exited = once(child, 'exit');
  const ready = () => answers(`http://127.0.0.1:${port}/health/ready`).catch(() => false);
  await Promise.race([
    until('the bot', ready, 30_000),
    exited.then(() => Promise.reject(new Error(`the bot ended: ${said.join('')}`))),
  ]);
  return {
    async stop() {
      child.kill('SIGTERM');
      await exited;
      if (process.env.GUARDIA_TEST_LOG) await writeFile(process.env.GUARDIA_TEST_LOG, said.join(''));
    },
  };
}

async function begunSteps(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query("select count(*)::int as n from audit where event = 'step-begun'");
    return rows[0].n;
  } finally {
    await client.end();
  }
}
