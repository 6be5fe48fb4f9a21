// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Grafana writes variables so
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { serviceWith } from '../../steps/harness.ts';
import { BUILD_MS } from '../servers/built-once.ts';
import { type GrafanaServer, startGrafana } from '../servers/grafana.ts';
import { freePort, until } from '../servers/process.ts';
import { type PrometheusServer, startPrometheus } from '../servers/prometheus.ts';

const ODD = 'a.b"c\\';
const SOURCE = { type: 'prometheus', uid: 'prom' };
let prometheus: PrometheusServer;
let grafana: GrafanaServer;
let tokens: { Viewer: string; Editor: string };

beforeAll(async () => {
  const port = await freePort();
  const rules = [ODD, 'x'].map((shop) => ({ record: 'orders', expr: 'vector(7)', labels: { shop } }));
  prometheus = await startPrometheus({
    port,
    rules,
    scrape: { self: `127.0.0.1:${port}`, gone: '127.0.0.1:1' },
  });
  grafana = await startGrafana({ prometheusUrl: prometheus.url });
  tokens = { Viewer: await grafana.token('Viewer'), Editor: await grafana.token('Editor') };
  await grafana.api('POST', '/dashboards/db', { dashboard: dashboard() });
  // Grafana asks up to the last whole step, which has to have seen something: each length has one of its own.
  await until('orders and targets', async () => {
    const { look } = service();
    const lengths = [{}, { over: '5m' }, { over: '10m' }];
    const looks = await Promise.all(lengths.flatMap((over) => [look(1, over), look(5, over)]));
    return looks.every(({ series }) => series?.length === 2);
  });
}, BUILD_MS + 150_000);

afterAll(() => Promise.all([grafana?.stop(), prometheus?.stop()]));

/** As a person saves it. */
function dashboard() {
  const query = (expr: string, more: object = {}) => ({ refId: 'A', datasource: SOURCE, expr, ...more });
  const one = (id: number, type: string, targets: object[], more: object = {}) => ({
    id,
    type,
    title: `Panel ${id}`,
    datasource: SOURCE,
    targets,
    ...more,
  });
  return {
    uid: 'shop',
    title: 'The shop',
    time: { from: 'now-1m', to: 'now' },
    templating: {
      list: [
        {
          name: 'shop',
          type: 'query',
          datasource: SOURCE,
          query: 'label_values(orders, shop)',
          multi: true,
          includeAll: true,
          current: { text: 'x', value: ['x'] },
        },
        { name: 'job', type: 'custom', query: 'self,gone', current: { text: 'self', value: 'self' } },
      ],
    },
    panels: [
      one(1, 'timeseries', [query('up', { legendFormat: '{{job}}' })]),
      one(2, 'stat', [query('orders{shop=~"$shop"}')], {
        fieldConfig: { defaults: { unit: 'percent' }, overrides: [] },
      }),
      one(3, 'table', [
        query('up', { instant: true, format: 'table' }),
        { refId: 'B', hide: true, expr: 'nonsense(' },
      ]),
      one(4, 'timeseries', [query('up{job="$job"'), query('up{job="${job}"}', { refId: 'B' })]),
      one(5, 'gauge', [
        query('sum(orders)'),
        { refId: 'B', datasource: { type: '__expr__', uid: '__expr__' }, type: 'math', expression: '$A * 2' },
      ]),
      one(6, 'timeseries', [query('up{job="$job"')]),
      one(7, 'timeseries', [query('vector($__range_s) or rate(none_total[$__rate_interval])')]),
      one(9, 'timeseries', [query('up', { datasource: { type: 'prometheus', uid: 'none' } })]),
      one(8, 'timeseries', [query('orders / 0 - orders / 0')]),
    ],
  };
}

function service(role: 'Viewer' | 'Editor' = 'Viewer', token = tokens[role]) {
  const { observe, preview, fingerprint, perform } = serviceWith({
    connections: { grafana: { kind: 'grafana', url: grafana.url, token: `\${TOKEN}` } },
    settings: { TOKEN: token },
  });
  return {
    look: (panel: number, more: object = {}, parameters: Record<string, string> = {}) =>
      observe('grafana', { dashboard: 'shop', panel, ...more }, { parameters, deadlineMs: 20_000 }),
    observe: (input: object) => observe('grafana', input),
    preview: (input: object) => preview('grafana', input),
    fingerprint: (input: object) => fingerprint('grafana', input),
    perform: (input: object) => perform('grafana', input),
  };
}

describe('a panel of a real Grafana, seen by a service account that may only look', () => {
  it('of two series is both by their legend, as lines', async () => {
    const { value, series, evidence } = await service().look(1);
    expect(value).toEqual({ self: 1, gone: 0 });
    expect(series?.map(({ points }) => points.at(-1)?.[1]).sort()).toEqual([0, 1]);
    expect(evidence.map(({ label }) => label)).toEqual(['Panel', 'Query']);
  });

  it('has its variables as they were saved, as they are given, and all of them', async () => {
    const look = service().look;
    expect(await look(2)).toMatchObject({ value: 7, unit: '%', drawing: { as: 'figures' } });
    const odd = await look(2, { variables: { shop: '{shop}' } }, { shop: ODD });
    expect(odd).toMatchObject({ value: 7, series: [{ name: expect.stringContaining('a.b') }] });
    expect(Object.keys((await look(2, { variables: { shop: '$__all' } })).value as object)).toHaveLength(2);
    expect((await look(2, { variables: { shop: '{shop}' } }, { shop: '.*' })).value).toBeNull();
    expect(Object.keys((await look(2, { variables: { shop: [ODD, 'x'] } })).value as object)).toHaveLength(2);
  });

  it('that is a table has a row for each series', async () => {
    const { value, drawing } = await service().look(3);
    expect(value).toBe(2);
    if (drawing?.as !== 'table') throw new Error('it is no table');
    expect(drawing.columns).toEqual(expect.arrayContaining(['instance', 'job', 'Value']));
    expect(drawing.rows.map((row) => row.at(-1)).sort()).toEqual([0, 1]);
  });

  it('calculates with another query', async () => {
    expect((await service().look(5)).value).toEqual({ 'sum(orders)': 14, B: 28 });
  });

  it('leaves intervals and the range to Grafana, which knows them', async () => {
    const { series, evidence } = await service().look(7, { over: '10m' });
    expect(series?.[0]?.points.at(-1)?.[1]).toBe(600);
    expect(evidence.find(({ label }) => label === 'Query')?.text).toContain('$__rate_interval');
  });

  it('of what is not a number is nothing', async () => {
    expect(await service().look(8)).toMatchObject({ value: null, says: 'Grafana answered no number for it' });
  });

  it('of a query that is wrong says it in the words of Prometheus, beside what the other one shows', async () => {
    const { value, evidence } = await service().look(4);
    expect(value).toBe(1);
    expect(evidence.find(({ label }) => label === 'Left out')?.text).toMatch(
      /^query A failed: .*parse error/,
    );
    await expect(service().look(6)).rejects.toMatchObject({
      code: 'bad-input',
      message: expect.stringMatching(/query A failed: .*parse error/),
    });
  });

  it('by its link is the same', async () => {
    const link = `${grafana.url}/d/shop/the-shop?orgId=1&from=now-5m&to=now&viewPanel=1&var-job=gone`;
    expect((await service().observe({ link })).value).toEqual({ self: 1, gone: 0 });
  });

  it('that is not there, or asked for with a token that is wrong, is an error', async () => {
    await expect(service().look(99)).rejects.toMatchObject({ code: 'not-found' });
    await expect(service().observe({ dashboard: 'none', panel: 1 })).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringContaining('has no dashboard none'),
    });
    await expect(service().look(9)).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringContaining('Data source not found'),
    });
    await expect(service('Viewer', 'glsa_wrong').look(1)).rejects.toMatchObject({ code: 'refused' });
  });
});

describe('an annotation in a real Grafana', () => {
  const input = { annotate: 'restarted <b>x</b>', tags: ['deploy'], dashboard: 'shop', panel: 1 };

  it('is bound to its dashboard, and stands there afterwards', async () => {
    const { preview, fingerprint, perform } = service('Editor');
    expect((await preview(input)).what).toContain('the panel Panel 1 of the dashboard The shop');
    expect(await fingerprint(input)).toEqual({ substance: { dashboard: 'shop', title: 'The shop' } });
    await perform(input);
    const [written, ...others] = await grafana.api<object[]>('GET', '/annotations?tags=guardia');
    expect(others).toEqual([]);
    expect(written).toMatchObject({
      text: input.annotate,
      tags: ['guardia', 'deploy'],
      panelId: 1,
      dashboardUID: 'shop',
    });
  });

  it('is refused to who may only look, with the right that is missing', async () => {
    await expect(service('Viewer').perform(input)).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('annotations:create'),
    });
  });
});
