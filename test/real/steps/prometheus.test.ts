import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type CallOptions, serviceWith } from '../../steps/harness.ts';
import { type MetricsPage, startMetricsPage } from '../servers/exporter.ts';
import { freePort, until } from '../servers/process.ts';
import { type PrometheusServer, startPrometheus } from '../servers/prometheus.ts';

const QUEUE = 'ce"le\\ry{}';
const MANY = 10_000;
let page: MetricsPage;
let prometheus: PrometheusServer;
let gone: string;

beforeAll(async () => {
  const label = QUEUE.replace(/[\\"]/g, '\\$&');
  const many = Array.from({ length: MANY }, (_, n) => `many{pod="p${n}"} ${n}`).join('\n');
  page = await startMetricsPage(
    () => `celery_queue_length{queue="${label}"} 1243\nnot_a_number NaN\n${many}\n`,
  );
  gone = `127.0.0.1:${await freePort()}`;
  prometheus = await startPrometheus({
    scrape: { app: page.target, gone },
    every: '500ms',
    rules: [
      { alert: 'AppGone', expr: 'up{job="gone"} == 0' },
      { record: 'many:twice', expr: 'many * on () group_left () many' },
    ],
  });
  await until('three scrapes', async () => {
    const [scrapes] = await prometheus.query('count_over_time(up[1m])');
    const [series] = await prometheus.query('count(many)');
    return (scrapes?.value ?? 0) >= 3 && series?.value === MANY;
  });
});

afterAll(async () => {
  await prometheus.stop();
  await page.stop();
});

function observe(input: Record<string, unknown>, options?: CallOptions) {
  const service = serviceWith({ connections: { prometheus: { kind: 'prometheus', url: prometheus.url } } });
  return service.observe('prometheus', input, options);
}

describe('a real Prometheus', () => {
  it('is asked with a parameter that it reads as it was meant', async () => {
    const input = { query: 'celery_queue_length{queue={queue}} > {limit}' };
    expect((await observe(input, { parameters: { queue: QUEUE, limit: 1_000 } })).value).toBe(1_243);
    expect((await observe(input, { parameters: { queue: QUEUE, limit: 2_000 } })).value).toBeNull();
    expect((await observe(input, { parameters: { queue: '.*', limit: -5 } })).value).toBeNull();
  });

  it('matches a parameter in a regular expression with itself alone', async () => {
    const input = { query: 'celery_queue_length{queue=~{queue}}' };
    expect((await observe(input, { parameters: { queue: QUEUE } })).value).toBe(1_243);
    expect((await observe(input, { parameters: { queue: '.*' } })).value).toBeNull();
  });

  it.each([
    ['scalar(count(many))', MANY],
    ['vector(1) / 0', Number.POSITIVE_INFINITY],
    ['nothing_of_that_name', null],
  ])('answers %s', async (query, value) => {
    expect((await observe({ query })).value).toBe(value);
  });

  it.each(['not_a_number', 'vector(0) / 0', 'scalar(nothing_of_that_name)'])(
    'has no data for %s',
    async (query) => {
      await expect(observe({ query })).rejects.toMatchObject({ code: 'no-data' });
    },
  );

  it('answers with ten thousand series, of which the extremes are kept', async () => {
    const { value, says } = await observe({ query: 'many', chart: '1h' });
    const values = Object.values(value as Record<string, number>);
    expect([values.length, Math.min(...values), Math.max(...values)]).toEqual([200, 0, MANY - 1]);
    expect(says).toContain('10,000 series');
  });

  it('says in the runbook’s words what nothing means', async () => {
    const input = { query: 'celery_queue_length > {limit}', empty: 'no queue is over {limit}' };
    const parameters = { limit: 2_000 };
    expect(await observe(input, { parameters })).toMatchObject({
      value: null,
      says: 'no queue is over 2000',
    });
  });

  it('tells how its targets fare, and why one is down', async () => {
    expect(await observe({ targets: { job: 'app' } })).toMatchObject({
      value: { targets: 1, up: 1, down: 0 },
      says: '1 of 1 up',
    });
    expect(await observe({ targets: { instance: gone } })).toMatchObject({
      value: { targets: 1, up: 0, down: 1 },
      says: expect.stringMatching(/^0 of 1 up; 127\.0\.0\.1:\d+ down: .*connection refused$/),
    });
    expect((await observe({ targets: { job: 'app', instance: gone } })).says).toMatch(/^no target has /);
  });

  it('tells which of its rules fire, and why one cannot be evaluated', async () => {
    const { value, says } = await until('both rules are evaluated', async () => {
      const seen = await observe({ rules: { group: 'test' } });
      return seen.says?.includes('AppGone') && !seen.says.includes('not yet') && seen;
    });
    expect(value).toEqual({ rules: 2, unhealthy: 1, pending: 0, firing: 1 });
    expect(says).toMatch(
      /^1 of 2 rules not evaluated: many:twice \(found duplicate series.*\); 1 firing: AppGone$/,
    );
  });

  it('gives points for a chart', async () => {
    const { series } = await observe({ query: 'sum by (queue) (celery_queue_length)', chart: '1m' });
    expect(series).toMatchObject([{ name: expect.stringMatching(/^\{queue=/) }]);
    const points = series?.[0]?.points ?? [];
    expect(points.length).toBeGreaterThan(0);
    expect(points.every(([at, value]) => Math.abs(Date.now() - at) < 70_000 && value === 1_243)).toBe(true);
  });

  it.each([
    ['rate(up)', 'bad-input', 'expected type range vector'],
    ['up[1m]', 'bad-input', 'a check needs a number'],
    ['up * on(instance) group_left many', 'refused', 'many-to-many'],
  ])('refuses %s in its own words', async (query, code, message) => {
    await expect(observe({ query })).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  });

  it('shows the graph at the link of the evidence', async () => {
    const { evidence } = await observe({ query: 'up' });
    const response = await fetch(evidence[1]?.text ?? '');
    expect([response.status, await response.text()]).toEqual([200, expect.stringContaining('Prometheus')]);
  });
});
