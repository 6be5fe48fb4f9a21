import { afterEach, describe, expect, it } from '@jest/globals';
import type { StepSample } from '../../src/steps/shared/door.ts';
import type { ConnectionHealth } from '../../src/steps/step-kind.ts';
import { createMetrics, type Metrics } from '../../src/telemetry/metrics.ts';

const made: Metrics[] = [];
afterEach(() => {
  for (const metrics of made.splice(0)) metrics.close();
});

function metrics(): Metrics {
  const one = createMetrics();
  made.push(one);
  return one;
}

const PURGE: StepSample = {
  ...{ service: 'denis', kind: 'celery', connection: 'c' },
  ...{ operation: 'perform', outcome: 'ok', seconds: 3 },
};

async function lines(of: Metrics, name: string): Promise<string[]> {
  const text = await of.registry.metrics();
  return text.split('\n').filter((line) => line.startsWith(name));
}

describe('the metrics', () => {
  it.each<[string, (one: Metrics) => void, string]>([
    [
      'alerts',
      (one) => one.flows.alert('firing', true),
      'guardia_alerts_total{status="firing",claimed="true"} 1',
    ],
    [
      'diagnoses',
      (one) => one.flows.diagnosis('denis/redis-down', 'failing', 1_400),
      'guardia_diagnoses_total{runbook="denis/redis-down",status="failing"} 1',
    ],
    [
      'how long diagnoses take',
      (one) => one.flows.diagnosis('denis/redis-down', 'failing', 1_400),
      'guardia_diagnosis_duration_seconds_sum{runbook="denis/redis-down"} 1.4',
    ],
    ['plans', (one) => one.flows.plan('waiting'), 'guardia_plans_total{state="waiting"} 1'],
    [
      'checks',
      (one) =>
        one.steps.call({
          service: 'denis',
          kind: 'redis',
          connection: 'r',
          operation: 'observe',
          outcome: 'deadline',
          seconds: 3,
        }),
      'guardia_checks_total{kind="redis",outcome="deadline"} 1',
    ],
    [
      'other step calls',
      (one) => one.steps.call(PURGE),
      'guardia_step_calls_total{kind="celery",operation="perform",outcome="ok"} 1',
    ],
    [
      'calls by connection',
      (one) => one.steps.call(PURGE),
      'guardia_connection_calls_total{service="denis",kind="celery",connection="c",outcome="ok"} 1',
    ],
    [
      'how long calls by connection take',
      (one) => one.steps.call(PURGE),
      'guardia_connection_seconds_total{service="denis",kind="celery",connection="c"} 3',
    ],
    ['deliveries', (one) => one.delivery.delivered('edit', 200), 'guardia_deliveries_total{kind="edit"} 1'],
    [
      'failed deliveries',
      (one) => one.delivery.failed('limited', 'ratelimited'),
      'guardia_delivery_failures_total{kind="limited",code="ratelimited"} 1',
    ],
    [
      'acknowledgements',
      (one) => one.slack.acknowledged(4),
      'guardia_acknowledgement_duration_seconds_bucket{le="0.005"} 1',
    ],
    [
      'requests from Slack',
      (one) => one.slack.handled('/diagnose', false, 20),
      'guardia_slack_requests_total{what="/diagnose",outcome="failed"} 1',
    ],
    [
      'HTTP requests',
      (one) => one.http({ method: 'GET', route: '/metrics', status: 200, seconds: 0.01 }),
      'guardia_http_requests_total{method="GET",route="/metrics",status="200"} 1',
    ],
  ])('count %s', async (_, tell, line) => {
    const one = metrics();
    tell(one);
    expect(await lines(one, line.slice(0, line.indexOf('{')))).toContain(line);
  });

  it('does not count an action as a check', async () => {
    const one = metrics();
    one.steps.call(PURGE);
    expect(await lines(one, 'guardia_checks_total')).toEqual([]);
  });

  it('show how each connection fares at the moment of the scrape', async () => {
    const one = metrics();
    const redis = { service: 'denis', kind: 'redis', connection: 'redis' };
    let fares: ConnectionHealth = { ...redis, state: 'open', running: 2, waiting: 7 };
    one.connections(() => [fares]);
    const labels = 'service="denis",kind="redis",connection="redis"';
    expect(await lines(one, 'guardia_connection_')).toEqual([
      `guardia_connection_state{${labels},state="closed"} 0`,
      `guardia_connection_state{${labels},state="half-open"} 0`,
      `guardia_connection_state{${labels},state="open"} 1`,
      `guardia_connection_running{${labels}} 2`,
      `guardia_connection_waiting{${labels}} 7`,
    ]);
    fares = { ...fares, service: 'hotel', state: 'closed' };
    const then = await lines(one, 'guardia_connection_state');
    expect(then).toHaveLength(3);
    expect(then[0]).toBe(`guardia_connection_state{${labels.replace('denis', 'hotel')},state="closed"} 1`);
  });

  it('are of one process alone: two sets do not meet', async () => {
    const [one, other] = [metrics(), metrics()];
    one.flows.plan('waiting');
    expect(await lines(other, 'guardia_plans_total')).toEqual([]);
  });

  it('show how long the event loop was held since the last time', async () => {
    const one = metrics();
    await new Promise((resolve) => setTimeout(resolve, 30));
    const until = performance.now() + 120;
    while (performance.now() < until);
    await new Promise((resolve) => setTimeout(resolve, 30));
    const [line = ''] = await lines(one, 'guardia_event_loop_delay_seconds{quantile="1"}');
    expect(Number(line.split(' ')[1])).toBeGreaterThan(0.08);
  });
});
