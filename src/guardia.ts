import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import packageJson from '../package.json' with { type: 'json' };
import { alertRoutes } from './alerts/webhook.ts';
import { createHeadExport, type Outside as HeadPlace, toFile, toUrl } from './audit/head-export.ts';
import { type AuditRecord, auditRoutes } from './audit/routes.ts';
import type { CatalogueHolder } from './catalogue/hold.ts';
import { refusalWarnings } from './catalogue/refusal.ts';
import type { Config } from './config.ts';
import { GuardiaError, messageOf } from './errors.ts';
import { createCatalogueNotices } from './flows/catalogue-notices.ts';
import { createDurable } from './flows/durable.ts';
import { createFlows } from './flows/index.ts';
import { healthRoutes } from './http/health.ts';
import { metricsRoute } from './http/metrics.ts';
import { createHttpServer } from './http/server.ts';
import { openOutside } from './open-outside.ts';
import { auditHeadMessage } from './report/audit.ts';
import type { StatusView } from './report/help.ts';
import { createSlack } from './slack/app.ts';
import type { SlackConnection } from './slack/connection.ts';
import { createDelivery } from './slack/delivery.ts';
import { createPeople } from './slack/people.ts';
import { createPainter } from './snapshots/painter.ts';
import { createSteps } from './steps/index.ts';
import type { ConnectionHealth, Steps } from './steps/step-kind.ts';
import { auditEntries, auditHead } from './store/audit.ts';
import { databaseTime } from './store/clock.ts';
import { say } from './store/messages.ts';
import type { Store } from './store/open.ts';
import { countOpenReviews } from './store/reviews.ts';
import { storeStatus } from './store/status.ts';
import { stuckMessages } from './store/stuck-messages.ts';
import { createWriteProbe, type WriteProbe } from './store/write-probe.ts';
import { createMetrics } from './telemetry/metrics.ts';
import type { Warnings } from './telemetry/warnings.ts';

/** Kubernetes gives 30 s from SIGTERM. What does not end in its time is left to the next process, which finds it. */
const STOP_MS = { requests: 5_000, steps: 11_000, messages: 3_000, connections: 1_000 };

const KEEP_EVERY_MS = 30_000;

const PACE = {
  partialAfterMs: 2_000,
  verifyEveryMs: 1_000,
  followEveryMs: 30_000,
  wakeEveryMs: 30_000,
  askAgainMs: 5_000,
};

export interface Guardia {
  /** Where it listens. */
  url: string;
  catalogue: CatalogueHolder;
  /** Runs a scheduled runbook as the clock would. */
  runSchedule(service: string, runbook: string, requestId: string): Promise<unknown>;
  /** Takes no new work, finishes or parks what runs, and loses nothing. */
  stop(): Promise<void>;
}

export interface Outside {
  logger: Logger;
  /** The systems that steps reach; practice puts its simulated estate here. */
  steps?: (catalogue: CatalogueHolder) => Steps;
  host?: string;
}

/** Wires everything and starts it in order: what others need comes first, what lets work in comes last. */
export async function startGuardia(config: Config, outside: Outside): Promise<Guardia> {
  const { logger } = outside;
  const metrics = createMetrics();
  const { store, catalogue, connection } = await openOutside(config, logger);

  const replica = config.GUARDIA_REPLICA;
  const probe = createWriteProbe(store.url, replica);
  const people = createPeople({ connection });
  const painter = createPainter();
  const steps =
    outside.steps?.(catalogue) ?? createSteps({ settings: config.environment, metrics: metrics.steps });
  const connections = () => steps.connections?.() ?? [];
  metrics.connections(connections);
  metrics.reviews(() => countOpenReviews(store.db));
  const delivery = createDelivery({
    database: store,
    connection,
    replica,
    logger,
    metrics: metrics.delivery,
    notPosted: (key) => flows.notPosted(key),
  });
  const durable = createDurable({ databaseUrl: store.url, replica });
  const flows = createFlows(
    {
      db: store.db,
      pool: store.pool,
      steps,
      catalogue: catalogue.current,
      people,
      painter,
      auditChannel: config.AUDIT_CHANNEL ?? null,
      durable,
      logger,
      observed: metrics.flows,
      pace: PACE,
      wake: delivery.wake,
    },
    replica,
  );
  const notices = createCatalogueNotices({
    db: store.db,
    channel: config.AUDIT_CHANNEL ?? null,
    catalogue,
    wake: delivery.wake,
    logger,
  });
  let inForceSince = new Date();
  catalogue.listen((refusal) => {
    void notices.tell();
    if (refusal) return;
    inForceSince = new Date();
    flows.catalogueChanged();
  });
  metrics.catalogue(() => ({ isLastReloadGood: catalogue.refusal() === null, inForceSince }));
  const warnings: Warnings = () => [
    ...refusalWarnings(catalogue.refusal(), catalogue.current().revision),
    ...heads.warnings(),
    ...(steps.warnings?.() ?? []),
  ];
  metrics.warnings(warnings);
  const status = statusOf({ config, catalogue, store, connection, connections, warnings });
  const slack = createSlack({
    config,
    flows,
    catalogue: catalogue.current,
    connection,
    db: store.db,
    status,
    logger,
    metrics: metrics.slack,
  });

  const heads = createHeadExport({
    places: headPlaces(config, store, delivery.wake),
    head: () => auditHead(store.db),
    now: () => databaseTime(store.db),
    logger,
  });

  await delivery.start();
  await flows.start();
  await slack.start();
  const http = await createHttpServer({
    port: config.PORT,
    host: outside.host ?? '0.0.0.0',
    logger,
    observe: metrics.http,
    routes: [
      ...(slack.route ? [slack.route] : []),
      ...alertRoutes({ token: config.ALERT_WEBHOOK_TOKEN, store: flows.takeAlert, logger }),
      ...auditRoutes({ token: config.AUDIT_TOKEN, record: recordIn(store), logger }),
      ...healthRoutes({ checks: checksOf(probe, catalogue, slack.ready), warnings }),
      metricsRoute(metrics.registry),
    ],
  });
  heads.start();
  notices.start();
  const keeping = setInterval(catalogue.keep, KEEP_EVERY_MS).unref();
  logger.info({ url: http.url, revision: catalogue.current().revision }, 'Guardia is up');

  async function stop(): Promise<void> {
    logger.info('stopping: no new work is taken');
    const within = patience(logger);
    await within(
      'requests',
      STOP_MS.requests + 500,
      Promise.all([http.close(STOP_MS.requests), slack.stop()]),
    );
    await within('steps', STOP_MS.steps + 500, flows.stop(STOP_MS.steps));
    await within('messages', STOP_MS.messages, Promise.all([heads.stop(), notices.stop(), delivery.stop()]));
    clearInterval(keeping);
    connection.stop();
    await within(
      'connections',
      STOP_MS.connections,
      Promise.all([steps.close(), painter.close(), probe.close()]),
    );
    await store.close();
    metrics.close();
    logger.info('stopped');
  }
  return { url: http.url, catalogue, runSchedule: flows.runSchedule, stop };
}

/** Waits for work that ends, and no longer than it may take. */
function patience(logger: Logger) {
  return async (what: keyof typeof STOP_MS, ms: number, work: Promise<unknown>): Promise<void> => {
    const patience = new AbortController();
    const tooLong = pause(ms, true, { signal: patience.signal }).catch(() => false);
    const ended = work.then(
      () => false,
      (error: unknown) => logger.error({ err: error, what }, 'a part did not stop well'),
    );
    if (await Promise.race([ended, tooLong])) logger.warn({ what, ms }, 'left to the next start');
    patience.abort();
  };
}

function headPlaces(config: Config, { db }: Store, wake: () => void): HeadPlace[] {
  const { AUDIT_CHANNEL: channel, AUDIT_HEAD_FILE: file, AUDIT_HEAD_URL: url } = config;
  const inSlack = (id: string): HeadPlace => ({
    name: id,
    async take(head) {
      await say(db, {
        key: `audit-head:${head.seq}`,
        channel: id,
        message: auditHeadMessage(head),
        importance: 7,
      });
      wake();
    },
  });
  return [channel ? [inSlack(channel)] : [], file ? [toFile(file)] : [], url ? [toUrl(url)] : []].flat();
}

function recordIn({ db }: Store): AuditRecord {
  return { entries: (after, limit) => auditEntries(db, after, limit), head: () => auditHead(db) };
}

function checksOf(probe: WriteProbe, catalogue: CatalogueHolder, slackReady: () => boolean) {
  return {
    database: probe.write,
    async catalogue() {
      if (catalogue.current().services.size === 0) failed('catalogue', 'The catalogue has no service.');
    },
    async slack() {
      if (!slackReady()) failed('slack', 'Slack does not take the bot token, or cannot be reached.');
    },
  };
}

function failed(code: 'catalogue' | 'slack', message: string): never {
  throw new GuardiaError(code, message);
}

function statusOf(parts: {
  config: Config;
  catalogue: CatalogueHolder;
  store: Store;
  connection: SlackConnection;
  connections(): ConnectionHealth[];
  warnings: Warnings;
}) {
  const startedAt = new Date().toISOString();
  return async (): Promise<StatusView> => {
    const { services, revision } = parts.catalogue.current();
    const asked = performance.now();
    const stored = await storeStatus(parts.store.db).catch((error: unknown) => messageOf(error));
    const tookMs = Math.round(performance.now() - asked);
    const stuck = await stuckMessages(parts.store.db).catch(() => []);
    const slack = parts.connection.ready();
    return {
      replica: parts.config.GUARDIA_REPLICA,
      revision,
      services: [...services.values()].map(({ name, title, runbooks }) => ({
        name,
        title,
        runbooks: runbooks.size,
      })),
      ...(typeof stored === 'string'
        ? { database: { ok: false, says: stored }, waitingPlans: 0, waitingMessages: 0, replicas: [] }
        : { ...stored, database: { ok: true, says: `PostgreSQL ${stored.version}, ${tookMs} ms` } }),
      version: packageJson.version,
      connections: parts.connections(),
      warnings: [...parts.warnings(), ...stuck],
      slack: { ok: slack, says: slack ? 'connected' : 'does not take the token, or cannot be reached' },
      startedAt,
      now: new Date().toISOString(),
    };
  };
}
