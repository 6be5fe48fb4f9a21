import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Observed } from '../flows/house.ts';
import type { HttpServerOptions } from '../http/server.ts';
import type { DeliveryMetrics, SlackMetrics } from '../slack/metrics.ts';
import type { StepMetrics } from '../steps/shared/door.ts';
import type { ConnectionHealth } from '../steps/step-kind.ts';
import type { Warnings } from './warnings.ts';

/** Seconds within which Slack wants its acknowledgement are 3; people feel the ones below. */
const QUICK = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 3];
const SLOW = [0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60];
const QUANTILES = [0.5, 0.9, 0.99, 1] as const;

/** Everything that is counted, each part as the folder that tells it takes it. */
export interface Metrics {
  registry: Registry;
  flows: Observed;
  slack: SlackMetrics;
  delivery: DeliveryMetrics;
  steps: StepMetrics;
  /** From then on every scrape tells how the connections of steps fare. */
  connections(health: () => ConnectionHealth[]): void;
  /** From then on every scrape counts the reviews that nobody has signed. */
  reviews(open: () => Promise<number>): void;
  /** From then on every scrape tells how the catalogue was loaded, and which warnings there are. */
  catalogue(state: () => CatalogueState): void;
  warnings(warnings: Warnings): void;
  http: NonNullable<HttpServerOptions['observe']>;
  close(): void;
}

/** Named as Prometheus and Alertmanager name the same of their own configuration. */
export interface CatalogueState {
  isLastReloadGood: boolean;
  inForceSince: Date;
}

/** Makes the metrics of one process in a registry of their own. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  return {
    registry,
    flows: flowMetrics(registry),
    slack: slackMetrics(registry),
    delivery: deliveryMetrics(registry),
    steps: stepMetrics(registry),
    connections: (health) => connectionMetrics(registry, health),
    reviews: (open) => reviewMetrics(registry, open),
    catalogue: (state) => catalogueMetrics(registry, state),
    warnings: (warnings) => warningMetrics(registry, warnings),
    http: httpMetrics(registry),
    close: processMetrics(registry),
  };
}

function counter<Label extends string>(
  registry: Registry,
  name: string,
  help: string,
  labelNames: readonly Label[],
) {
  return new Counter({ name: `guardia_${name}`, help, labelNames, registers: [registry] });
}

function histogram<Label extends string>(
  registry: Registry,
  name: string,
  help: string,
  labelNames: readonly Label[],
  buckets: number[],
) {
  return new Histogram({ name: `guardia_${name}`, help, labelNames, buckets, registers: [registry] });
}

function flowMetrics(registry: Registry): Observed {
  const alerts = counter(registry, 'alerts_total', 'Alert groups taken in.', ['status', 'claimed']);
  const diagnoses = counter(registry, 'diagnoses_total', 'Diagnoses that ended, by verdict.', [
    'runbook',
    'status',
  ]);
  const took = histogram(
    registry,
    'diagnosis_duration_seconds',
    'How long diagnoses took.',
    ['runbook'],
    SLOW,
  );
  const plans = counter(registry, 'plans_total', 'Plans that came into a state.', ['state']);
  return {
    alert: (status, claimed) => alerts.inc({ status, claimed: String(claimed) }),
    diagnosis(runbook, status, tookMs) {
      diagnoses.inc({ runbook, status });
      took.observe({ runbook }, tookMs / 1_000);
    },
    plan: (state) => plans.inc({ state }),
  };
}

function slackMetrics(registry: Registry): SlackMetrics {
  const acknowledged = histogram(
    registry,
    'acknowledgement_duration_seconds',
    'From the last byte of a request from Slack to its acknowledgement.',
    [],
    QUICK,
  );
  const handled = counter(registry, 'slack_requests_total', 'Requests from Slack that were handled.', [
    'what',
    'outcome',
  ]);
  const took = histogram(
    registry,
    'slack_request_duration_seconds',
    'How long handling took.',
    ['what'],
    SLOW,
  );
  return {
    acknowledged: (ms) => acknowledged.observe(ms / 1_000),
    handled(what, ok, ms) {
      handled.inc({ what, outcome: ok ? 'ok' : 'failed' });
      took.observe({ what }, ms / 1_000);
    },
  };
}

function deliveryMetrics(registry: Registry): DeliveryMetrics {
  const delivered = counter(registry, 'deliveries_total', 'Messages that stand in Slack.', ['kind']);
  const failed = counter(registry, 'delivery_failures_total', 'Attempts that Slack did not take.', [
    'kind',
    'code',
  ]);
  const delay = histogram(
    registry,
    'delivery_delay_seconds',
    'From saying to standing in Slack.',
    ['kind'],
    SLOW,
  );
  return {
    delivered(kind, sinceSaidMs) {
      delivered.inc({ kind });
      delay.observe({ kind }, sinceSaidMs / 1_000);
    },
    failed: (kind, code) => failed.inc({ kind, code }),
  };
}

function stepMetrics(registry: Registry): StepMetrics {
  const checks = counter(registry, 'checks_total', 'Checks that were asked, by step kind.', [
    'kind',
    'outcome',
  ]);
  const calls = counter(registry, 'step_calls_total', 'Calls of step kinds.', [
    'kind',
    'operation',
    'outcome',
  ]);
  const took = histogram(
    registry,
    'step_duration_seconds',
    'How long step kinds took.',
    ['kind', 'operation'],
    SLOW,
  );
  const connectionCalls = counter(registry, 'connection_calls_total', 'Calls by connection of a service.', [
    ...CONNECTION,
    'outcome',
  ]);
  const connectionSeconds = counter(
    registry,
    'connection_seconds_total',
    'Time that calls by connection of a service took, waiting and tries included.',
    CONNECTION,
  );
  return {
    call({ service, kind, connection, operation, outcome, seconds }) {
      connectionCalls.inc({ service, kind, connection, outcome });
      connectionSeconds.inc({ service, kind, connection }, seconds);
      if (operation === 'observe') checks.inc({ kind, outcome });
      calls.inc({ kind, operation, outcome });
      took.observe({ kind, operation }, seconds);
    },
  };
}

const CONNECTION = ['service', 'kind', 'connection'] as const;
const STATES = ['closed', 'half-open', 'open'] as const;

function connectionMetrics(registry: Registry, health: () => ConnectionHealth[]): void {
  const gauge = <Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    collect: (this: Gauge<Label>) => void,
  ) => new Gauge({ name: `guardia_connection_${name}`, help, labelNames, registers: [registry], collect });
  gauge('state', '1 for the state of its circuit breaker.', [...CONNECTION, 'state'], function () {
    this.reset();
    for (const { service, kind, connection, state } of health()) {
      for (const one of STATES) this.set({ service, kind, connection, state: one }, Number(one === state));
    }
  });
  for (const what of ['running', 'waiting'] as const) {
    gauge(what, `Calls that are ${what}.`, CONNECTION, function () {
      this.reset();
      for (const { service, kind, connection, [what]: calls } of health()) {
        this.set({ service, kind, connection }, calls);
      }
    });
  }
}

/** Without an answer of the database there is no figure, which is not the same as none. */
function reviewMetrics(registry: Registry, open: () => Promise<number>): void {
  new Gauge({
    name: 'guardia_reviews_open',
    help: 'Actions that ran without an approval and that nobody has signed to have reviewed.',
    registers: [registry],
    async collect() {
      this.reset();
      await open().then(
        (count) => this.set(count),
        () => this.remove(),
      );
    },
  });
}

function catalogueMetrics(registry: Registry, state: () => CatalogueState): void {
  const gauge = (name: string, help: string, value: (state: CatalogueState) => number) =>
    new Gauge({
      name: `guardia_catalogue_${name}`,
      help,
      registers: [registry],
      collect() {
        this.set(value(state()));
      },
    });
  gauge('last_reload_successful', '0 while the catalogue in the folder is refused.', ({ isLastReloadGood }) =>
    Number(isLastReloadGood),
  );
  gauge(
    'last_reload_success_timestamp_seconds',
    'When the catalogue in force was put in force by this process.',
    ({ inForceSince }) => inForceSince.getTime() / 1_000,
  );
}

function warningMetrics(registry: Registry, warnings: Warnings): void {
  new Gauge({
    name: 'guardia_warning',
    help: '1 for each warning that /health/ready and /guardia status show.',
    labelNames: ['warning'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { name } of warnings()) this.set({ warning: name }, 1);
    },
  });
}

function httpMetrics(registry: Registry): Metrics['http'] {
  const requests = counter(registry, 'http_requests_total', 'HTTP requests answered.', [
    'method',
    'route',
    'status',
  ]);
  const took = histogram(registry, 'http_request_duration_seconds', 'How long they took.', ['route'], QUICK);
  return ({ method, route, status, seconds }) => {
    requests.inc({ method, route, status });
    took.observe({ route }, seconds);
  };
}

/** The event loop's delay since it was last asked for, and the memory. Returns what ends the watching. */
function processMetrics(registry: Registry): () => void {
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  new Gauge({
    name: 'guardia_event_loop_delay_seconds',
    help: 'Delay of the event loop since the last scrape.',
    labelNames: ['quantile'],
    registers: [registry],
    collect() {
      for (const quantile of QUANTILES) this.set({ quantile }, delay.percentile(quantile * 100) / 1e9);
      delay.reset();
    },
  });
  new Gauge({
    name: 'process_resident_memory_bytes',
    help: 'Resident memory size in bytes.',
    registers: [registry],
    collect() {
      this.set(process.memoryUsage.rss());
    },
  });
  return () => delay.disable();
}
