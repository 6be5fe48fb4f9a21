// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Grafana writes variables so
import { describe, expect, it } from '@jest/globals';
import { grafana } from '../../src/steps/grafana.ts';
import { PNG, seriesFrame, startGrafanaApi, tableFrame } from './fakes/grafana-api.ts';
import { type CallOptions, closing, serviceWith } from './harness.ts';

const TOKEN = 'glsa_sesame-street-4711';
const LOOK = { dashboard: 'wh', panel: 4 };
const UP = { refId: 'A', expr: 'up', datasource: { uid: 'prom', type: 'prometheus' } };
const HOUR = 3_600_000;

type Instead = Parameters<typeof startGrafanaApi>[0];

/** A Grafana whose dashboard `wh` has the panel 4. */
async function withPanel(
  panel: object = {},
  { instead, ...more }: { instead?: Instead; [key: string]: unknown } = {},
) {
  const api = closing(await startGrafanaApi(instead));
  const panels = [{ id: 4, type: 'timeseries', title: 'Up', targets: [UP], ...panel }];
  api.dashboards.wh = { uid: 'wh', title: 'Warehouse', panels, ...more };
  const kind = 'grafana';
  const service = (connection: object = {}) =>
    serviceWith({
      connections: { grafana: { kind, url: api.url, token: `\${TOKEN}`, ...connection } },
      settings: { TOKEN },
    });
  const { observe, preview, fingerprint, perform } = service();
  return {
    api,
    service,
    /** The panel, of whose queries each answers these frames. */
    async seen(
      results: Record<string, unknown[]> | unknown[] = [],
      input: object = LOOK,
      options?: CallOptions,
    ) {
      const byRefId = Array.isArray(results) ? { A: results } : results;
      for (const [refId, frames] of Object.entries(byRefId)) api.results[refId] = { status: 200, frames };
      return observe(kind, input, options);
    },
    query: () =>
      api.sent('/api/ds/query')[0]?.body as { queries: Record<string, unknown>[]; from: string; to: string },
    observe: (input: unknown, options?: CallOptions) => observe(kind, input, options),
    preview: (input: unknown, options?: CallOptions) => preview(kind, input, options),
    fingerprint: (input: unknown, options?: CallOptions) => fingerprint(kind, input, options),
    perform: (input: unknown, options?: CallOptions) => perform(kind, input, options),
  };
}

type Seen = Awaited<ReturnType<Awaited<ReturnType<typeof withPanel>>['seen']>>;

function evidence({ evidence: all }: Seen, label: string): string | undefined {
  return all.find((one) => one.label === label)?.text;
}

function settled(defaults: object, more: object = {}) {
  return { fieldConfig: { defaults, overrides: [] }, ...more };
}

describe('a panel', () => {
  it('of one series is its latest figure, its line, its query and its link', async () => {
    const { api, seen, query } = await withPanel();
    const before = Date.now();
    const observation = await seen([seriesFrame([1, null, 3], { labels: { job: 'api' } })]);
    expect(observation).toMatchObject({
      value: 3,
      series: [
        {
          name: 'api',
          points: [
            [1_795_000_000_000, 1],
            [1_795_000_030_000, 3],
          ],
        },
      ],
    });
    expect(observation.drawing).toBeUndefined();
    expect(evidence(observation, 'Query')).toBe('up');
    const { from, to } = query();
    expect(Number(to) - before).toBeLessThan(5_000);
    expect(Number(to) - Number(from)).toBe(HOUR);
    expect(evidence(observation, 'Panel')).toBe(`${api.url}/d/wh?from=${from}&to=${to}&viewPanel=4`);
    expect(evidence(observation, 'Left out')).toBeUndefined();
  });

  it('of several series is a record by the labels in which they differ', async () => {
    const { seen } = await withPanel();
    const frames = (...all: Record<string, string>[]) =>
      all.map((labels, index) => seriesFrame([index], { labels: { job: 'api', ...labels } }));
    expect((await seen(frames({ pod: 'a' }, { pod: 'b' }))).value).toEqual({ a: 0, b: 1 });
    expect(
      (await seen(frames({ pod: 'a', zone: '1' }, { pod: 'a', zone: '2' }, { pod: 'b', zone: '2' }))).value,
    ).toEqual({
      '{pod="a", zone="1"}': 0,
      '{pod="a", zone="2"}': 1,
      '{pod="b", zone="2"}': 2,
    });
    expect((await seen(frames({}, {}))).value).toEqual({ Value: 0, 'Value (2)': 1 });
  });

  it('of series with a legend has their names from it', async () => {
    const { seen } = await withPanel();
    const frames = [
      seriesFrame([1], { title: 'api in eu' }),
      seriesFrame([2], { title: 'x'.repeat(10_000) }),
    ];
    const { series } = await seen(frames);
    expect(series?.map(({ name }) => name)).toEqual([
      'api in eu',
      expect.stringMatching(/^x{200}… \(9,800 more/),
    ]);
  });

  it('has NaN and infinity from beside the values', async () => {
    const { seen } = await withPanel();
    const of = (entities: object) => seen([seriesFrame([1, null, null], { entities: [null, entities] })]);
    const infinite = await of({ NaN: [2], Inf: [1] });
    expect(infinite).toMatchObject({ value: Infinity, says: '+Inf' });
    expect(infinite.series?.[0]?.points).toEqual([[1_795_000_000_000, 1]]);
    expect(await of({ NegInf: [2] })).toMatchObject({ value: -Infinity, says: '-Inf' });
    const nothing = await of({ NaN: [0, 1, 2] });
    expect(nothing).toMatchObject({ value: null, says: 'Grafana answered no number for it', series: [] });
    expect(evidence(nothing, 'Left out')).toBe('1 series without a number');
  });

  it('of nothing is null, in words', async () => {
    const { seen } = await withPanel();
    expect(await seen([])).toMatchObject({
      value: null,
      says: 'Grafana answered nothing for it',
      series: [],
    });
    expect(await seen([{ schema: { fields: [] } }])).toMatchObject({ value: null });
  });

  it('of 10,000 series keeps the highest and the lowest hundred', async () => {
    const { seen } = await withPanel();
    const frames = Array.from({ length: 10_000 }, (_, n) => seriesFrame([n], { labels: { n: String(n) } }));
    const observation = await seen(frames);
    expect(observation.series).toHaveLength(200);
    expect(Object.values(observation.value as object)).toEqual(expect.arrayContaining([0, 99, 9_900, 9_999]));
    expect(evidence(observation, 'Left out')).toBe('of 10,000 series the 100 highest and lowest are kept');
  });

  it('of rows with texts has a series for each of them, as SQL gives it', async () => {
    const { seen } = await withPanel();
    const frame = tableFrame({
      at: { type: 'time', values: [1, 1, 2] },
      pod: { type: 'string', values: ['a', 'b', 'a'] },
      jobs: { type: 'number', values: [5, 6, 7] },
    });
    const { value, series } = await seen([frame]);
    expect(value).toEqual({ a: 7, b: 6 });
    expect(series?.[0]?.points).toEqual([
      [1, 5],
      [2, 7],
    ]);
  });

  it('is found in a row that is folded up, and in a dashboard of before rows were panels', async () => {
    const folded = { id: 1, type: 'row', panels: [{ id: 4, type: 'stat', targets: [UP] }] };
    const inside = await withPanel({}, { panels: [folded] });
    expect((await inside.seen([seriesFrame([1])])).drawing).toEqual({ as: 'figures' });
    await expect(inside.observe({ ...LOOK, panel: 1 })).rejects.toMatchObject({ code: 'not-found' });
    const old = await withPanel(
      {},
      { panels: undefined, rows: [{ panels: [{ id: 4, type: 'singlestat', targets: [UP] }] }] },
    );
    expect((await old.seen([seriesFrame([1])])).drawing).toEqual({ as: 'figures' });
  });

  it('is found in a dashboard that has nothing where Grafana’s own have lists', async () => {
    const bare = { templating: null, time: null, rows: null, annotations: null };
    const { seen } = await withPanel({ transformations: null, fieldConfig: null, options: null }, bare);
    expect((await seen([seriesFrame([1])])).value).toBe(1);
  });

  it('from the library shows what stands there', async () => {
    const { api, seen, query } = await withPanel({
      libraryPanel: { uid: 'lib' },
      type: undefined,
      targets: undefined,
    });
    api.library.lib = { id: 99, type: 'stat', targets: [{ ...UP, expr: 'lib_up' }] };
    expect(await seen([seriesFrame([1])])).toMatchObject({ value: 1, drawing: { as: 'figures' } });
    expect(query().queries[0]).toMatchObject({ expr: 'lib_up' });
  });

  it('that shows what another one has asked, asks it', async () => {
    const other = { id: 2, type: 'table', targets: [{ ...UP, expr: 'other' }] };
    const shared = { targets: [{ refId: 'A', panelId: 2, datasource: { uid: '-- Dashboard --' } }] };
    const { api, seen, query } = await withPanel();
    api.dashboards.wh = { uid: 'wh', panels: [{ id: 4, type: 'stat', ...shared }, other] };
    expect((await seen([seriesFrame([8])])).value).toBe(8);
    expect(query().queries).toMatchObject([{ expr: 'other' }]);
  });
});

describe('how it is drawn', () => {
  const reduced = (...calcs: string[]) => ({ type: 'stat', options: { reduceOptions: { calcs } } });

  it.each([
    [reduced('lastNotNull'), 4],
    [reduced('last'), 4],
    [reduced('firstNotNull'), 2],
    [reduced('mean'), 4],
    [reduced('max'), 6],
    [reduced('min'), 2],
    [reduced('sum'), 12],
    [reduced(), 4],
    [{ type: 'singlestat', valueName: 'total' }, 12],
    [{ type: 'singlestat', valueName: 'avg' }, 4],
  ])('a stat %j is its figure %i, above its line', async (panel, value) => {
    const { seen } = await withPanel(panel);
    const observation = await seen([seriesFrame([2, 6, 4])]);
    expect(observation).toMatchObject({
      value,
      drawing: { as: 'figures' },
      series: [{ points: { length: 3 } }],
    });
    expect(evidence(observation, 'Left out')).toBeUndefined();
  });

  it('a stat with another calculation is the latest, and says so', async () => {
    const { seen } = await withPanel(reduced('stdDev'));
    const observation = await seen([seriesFrame([2, 6])]);
    expect(observation.value).toBe(6);
    expect(evidence(observation, 'Left out')).toBe(
      'its calculation stdDev is not made: the latest value is shown',
    );
  });

  it('figures without a time are of this moment', async () => {
    const { seen, query } = await withPanel({ type: 'stat' });
    const { value, series } = await seen([tableFrame({ orders: { type: 'number', values: [7] } })]);
    expect(value).toBe(7);
    expect(series).toEqual([{ name: 'orders', points: [[Number(query().to), 7]] }]);
  });

  it.each([
    ['gauge', {}, [3, 8], { min: 0, max: 8 }],
    ['gauge', { min: -5, max: 50 }, [3], { min: -5, max: 50 }],
    ['bargauge', { unit: 'percent' }, [3], { min: 0, max: 100 }],
    ['gauge', { unit: 'percentunit' }, [0.2], { min: 0, max: 1 }],
    ['gauge', {}, [-3, -1], { min: -3, max: -1 }],
    ['gauge', {}, [0], { min: 0, max: 1 }],
    ['gauge', { max: 5 }, [], { min: 0, max: 5 }],
  ])('a %s with %j of %j has the scale %j', async (type, defaults, values, scale) => {
    const { seen } = await withPanel(settled(defaults, { type }));
    const frames = values.map((value, n) => seriesFrame([value], { labels: { n: String(n) } }));
    expect((await seen(frames)).drawing).toEqual({ as: 'gauge', ...scale });
  });

  it('a table of series has a row for each set of labels and a column for each query', async () => {
    const { seen } = await withPanel({ type: 'table', targets: [UP, { ...UP, refId: 'B' }] });
    const a = ['x', 'y'].map((pod, n) => seriesFrame([0, n], { labels: { pod } }));
    const b = [seriesFrame([null], { labels: { pod: 'y' }, entities: [null, { Inf: [0] }] })];
    const observation = await seen({ A: a, B: b });
    expect(observation).toMatchObject({ value: 2, says: '2 rows' });
    expect(observation.series).toBeUndefined();
    expect(observation.drawing).toEqual({
      as: 'table',
      columns: ['pod', 'Value #A', 'Value #B'],
      rows: [
        ['x', 0, null],
        ['y', 1, 'Infinity'],
      ],
    });
  });

  it('a table of anything else is what came, and a picture over time without a time is one too', async () => {
    const frame = tableFrame({
      at: { type: 'time', values: [1_795_000_000_000, null] },
      who: { type: 'string', values: ['a', { deep: 1 }] },
      ok: { type: 'boolean', values: [true, false] },
    });
    const table = {
      as: 'table',
      columns: ['at', 'who', 'ok'],
      rows: [
        ['2026-11-18T11:06:40.000Z', 'a', true],
        [null, '{"deep":1}', false],
      ],
    };
    const { seen } = await withPanel({ type: 'table' });
    expect((await seen([frame])).drawing).toEqual(table);
    const lines = await withPanel();
    const timeless = tableFrame({ n: { type: 'number', values: [3] } });
    expect((await lines.seen([timeless])).drawing).toEqual({ as: 'table', columns: ['n'], rows: [[3]] });
  });

  it('a table counts all its rows, and keeps 200 of them and 30 columns', async () => {
    const { seen } = await withPanel({ type: 'table' });
    const rows = { type: 'string', values: Array.from({ length: 500 }, () => 'x'.repeat(2_000)) };
    const names = Array.from({ length: 40 }, (_, n) => [
      `c${n}`,
      n === 0 ? rows : { type: 'string', values: [] },
    ]);
    const observation = await seen([tableFrame(Object.fromEntries(names))]);
    expect(observation.value).toBe(500);
    expect(observation.drawing).toMatchObject({ columns: { length: 30 }, rows: { length: 200 } });
    expect(evidence(observation, 'Left out')).toBe('300 rows of 500\n10 columns');
    expect(JSON.stringify(observation).length).toBeLessThan(200_000);
  });

  it('a table of no rows has none', async () => {
    const { seen } = await withPanel({ type: 'table' });
    expect(await seen([])).toMatchObject({ value: 0, says: '0 rows' });
  });

  it('what Guardia does not draw has its figures, and says where it is drawn', async () => {
    const { seen } = await withPanel({ type: 'heatmap' });
    const observation = await seen([seriesFrame([5])]);
    expect(observation.value).toBe(5);
    expect(observation.says).toBe(
      `Guardia does not draw panels of the type heatmap; open it: ${evidence(observation, 'Panel')}`,
    );
    expect([observation.series, observation.drawing]).toEqual([undefined, undefined]);
  });

  it('what asks nothing is not asked for', async () => {
    const { api, seen } = await withPanel({ type: 'text', targets: undefined });
    expect(await seen()).toMatchObject({ value: null, says: expect.stringContaining('of the type text') });
    expect(api.sent('/api/ds/query')).toEqual([]);
  });

  it('what of a panel is not applied is said', async () => {
    const { seen } = await withPanel({
      transformations: [{ id: 'merge' }, { id: 'organize' }, { id: 'limit', disabled: true }],
      fieldConfig: { defaults: { mappings: [{}] }, overrides: [{}, {}] },
      timeShift: '1d',
      repeat: 'pod',
    });
    expect(evidence(await seen([seriesFrame([1])]), 'Left out')?.split('\n')).toEqual([
      '2 transformations are not applied: merge, organize',
      '2 overrides of fields are not applied',
      '1 mapping of values is not applied',
      'the shift in time by 1d is not applied',
      'it repeats for pod: all its values are in one picture',
    ]);
  });

  it('what the data source has to say is passed on', async () => {
    const { seen } = await withPanel();
    const frame = seriesFrame([1]);
    const noticed = {
      ...frame,
      schema: { ...frame.schema, meta: { notices: [{ severity: 'warning', text: 'partial' }] } },
    };
    expect(evidence(await seen([noticed]), 'Grafana says')).toBe('partial');
  });
});

describe('units and limits', () => {
  it.each([
    [settled({ unit: 'percentunit' }), 'ratio'],
    [settled({ unit: 'percent' }), '%'],
    [settled({ unit: 'decbytes' }), 'bytes'],
    [settled({ unit: 'Bps' }), 'bytes/s'],
    [settled({ unit: 'reqps' }), 'requests/s'],
    [settled({ unit: 'suffix: jobs' }), 'jobs'],
    [settled({ unit: 'short' }), undefined],
    [settled({ unit: 'constructor' }), undefined],
    [{ type: 'graph', yaxes: [{ format: 's' }, {}] }, 's'],
    [{ type: 'singlestat', format: 'ms' }, 'ms'],
    [{}, undefined],
  ])('of %j is %s', async (panel, unit) => {
    const { seen } = await withPanel(panel);
    expect((await seen([seriesFrame([1])])).unit).toBe(unit);
  });

  const steps = (...all: [string, number | null][]) => all.map(([color, value]) => ({ color, value }));
  const over = steps(['green', null], ['#EAB839', 80], ['semi-dark-red', 90]);
  const under = steps(['red', null], ['orange', 10], ['green', 20]);

  it.each([
    ['over', 'stat', over, { warning: 80, failing: 90, side: 'over' }],
    ['under', 'gauge', under, { warning: 20, failing: 10, side: 'under' }],
    ['over without a middle', 'stat', steps(['green', null], ['red', 80]), { failing: 80, side: 'over' }],
    ['under without a middle', 'stat', steps(['red', null], ['green', 1]), { failing: 1, side: 'under' }],
    ['a warning alone', 'stat', steps(['green', null], ['yellow', 5]), { warning: 5, side: 'over' }],
    ['nothing but green', 'stat', steps(['green', null], ['blue', 5]), undefined],
    ['one step', 'stat', steps(['green', null]), undefined],
  ])('are what red and the middle begin at: %s', async (_, type, all, limits) => {
    const { seen } = await withPanel(settled({ thresholds: { mode: 'absolute', steps: all } }, { type }));
    expect((await seen([seriesFrame([1])])).limits).toEqual(limits);
  });

  it.each([
    ['of percent of a scale', { thresholds: { mode: 'percentage', steps: over } }, 'stat', false],
    [
      'where colours are another matter',
      { color: { mode: 'palette-classic' }, thresholds: { steps: over } },
      'stat',
      false,
    ],
    ['that lines do not show', { thresholds: { steps: over } }, 'timeseries', false],
    [
      'that lines do show',
      { thresholds: { steps: over }, custom: { thresholdsStyle: { mode: 'line' } } },
      'timeseries',
      true,
    ],
  ])('%s are taken or not', async (_, defaults, type, taken) => {
    const { seen } = await withPanel(settled(defaults, { type }));
    expect((await seen([seriesFrame([1])])).limits !== undefined).toBe(taken);
  });
});

describe('what is asked', () => {
  it('is each query that is not hidden, with its data source and how fine it may be', async () => {
    const { seen, query } = await withPanel(
      {
        interval: '30s',
        targets: [
          { ...UP, legendFormat: '{{pod}} of $zone', exemplar: true },
          { ...UP, refId: 'B', hide: true },
          {
            refId: 'C',
            type: 'math',
            expression: '$A * 2',
            datasource: { uid: '__expr__', type: '__expr__' },
          },
          { ...UP, refId: 'D', instant: true, range: true },
        ],
      },
      { templating: { list: [{ name: 'A', current: { value: 'b' } }] } },
    );
    const observation = await seen([seriesFrame([1])]);
    expect(query().queries).toEqual([
      {
        refId: 'A',
        expr: 'up',
        legendFormat: '{{pod}} of $zone',
        exemplar: false,
        datasource: { uid: 'prom', type: 'prometheus' },
        intervalMs: 30_000,
        maxDataPoints: 180,
      },
      {
        refId: 'C',
        type: 'math',
        expression: '$A * 2',
        datasource: { uid: '__expr__', type: '__expr__' },
        intervalMs: 30_000,
        maxDataPoints: 180,
      },
      expect.objectContaining({ refId: 'D', instant: false, range: true }),
    ]);
    expect(evidence(observation, 'Query')).toBe('A: up\nC: $A * 2\nD: up');
  });

  it('with a range and a moment is the moment for a table', async () => {
    const { seen, query } = await withPanel({
      type: 'table',
      maxDataPoints: 90_000,
      targets: [{ ...UP, instant: true, range: true }],
    });
    await seen([seriesFrame([1])]);
    expect(query().queries[0]).toMatchObject({ instant: true, range: false, maxDataPoints: 1_000 });
  });

  const ds = { list: [{ name: 'ds', type: 'datasource', current: { value: 'Other' } }] };
  it.each([
    ['by uid', { datasource: { uid: 'other' } }, {}],
    ['by name', { datasource: 'Other' }, {}],
    ['by a variable', { datasource: { uid: '${ds}', type: 'loki' } }, {}],
    ['by a variable as text', { datasource: '$ds' }, {}],
    ['by the panel', { datasource: null }, { datasource: { uid: 'other', type: 'loki' } }],
    ['in a mixed panel', { datasource: { uid: 'other' } }, { datasource: { uid: '-- Mixed --' } }],
    ['by its kind alone', { datasource: { type: 'loki' } }, {}],
  ])('names its data source %s', async (_, target, panel) => {
    const { api, seen, query } = await withPanel(
      { ...panel, targets: [{ ...UP, ...target }] },
      { templating: ds },
    );
    api.datasources.Other = { uid: 'other', type: 'loki' };
    await seen([seriesFrame([1])]);
    expect(query().queries[0]?.datasource).toEqual({ uid: 'other', type: 'loki' });
  });

  it.each([null, 'default', { uid: 'default' }])('names the default where it says %j', async (datasource) => {
    const { seen, query } = await withPanel({ targets: [{ ...UP, datasource }] });
    await seen([seriesFrame([1])]);
    expect(query().queries[0]?.datasource).toEqual({ uid: 'prom', type: 'prometheus' });
  });

  it('is asked for a data source by its name where the settings do not have it', async () => {
    const { api, seen, query } = await withPanel({ targets: [{ ...UP, datasource: 'Old/1' }] });
    api.hidden['Old/1'] = { uid: 'old', type: 'prometheus' };
    await seen([seriesFrame([1])]);
    expect(query().queries[0]?.datasource).toEqual({ uid: 'old', type: 'prometheus' });
    expect(api.asked.map(({ path }) => path)).toContain('/api/datasources/name/Old%2F1');
  });

  it('has the variables in it, chosen or as they were saved', async () => {
    const list = [
      { name: 'pod', type: 'query', multi: true, current: { value: ['a.b', 'c'] } },
      { name: 'zone', type: 'query', current: { value: 'eu' } },
    ];
    const targets = [{ ...UP, expr: 'up{pod=~"$pod", zone="${zone}"}', legendFormat: '$zone {{pod}}' }];
    const { api, seen } = await withPanel({ targets }, { templating: { list } });
    const sent = () => api.sent('/api/ds/query').at(-1)?.body.queries?.[0];
    await seen([seriesFrame([1])]);
    expect(sent()).toMatchObject({ expr: 'up{pod=~"(a\\\\.b|c)", zone="eu"}', legendFormat: 'eu {{pod}}' });
    const variables = { zone: '{zone}', pod: ['{pod}', 'd'] };
    const observation = await seen(
      [seriesFrame([1])],
      { ...LOOK, variables },
      { parameters: { zone: 'u"s', pod: '$__all' } },
    );
    expect(sent()).toMatchObject({ expr: 'up{pod=~"(\\\\$__all|d)", zone="u\\"s"}' });
    expect(new URL(evidence(observation, 'Panel') ?? '').searchParams.getAll('var-pod')).toEqual([
      '$__all',
      'd',
    ]);
    const all = await seen([seriesFrame([1])], { ...LOOK, variables: { pod: '$__all' } });
    expect(sent()).toMatchObject({ expr: 'up{pod=~".*", zone="eu"}' });
    expect(new URL(evidence(all, 'Panel') ?? '').searchParams.get('var-pod')).toBe('$__all');
  });

  it('is never everything because a parameter says so', async () => {
    const list = [{ name: 'pod', includeAll: true }];
    const { seen, query } = await withPanel(
      { targets: [{ ...UP, expr: 'up{pod=~"$pod"}' }] },
      { templating: { list } },
    );
    await seen([], { ...LOOK, variables: { pod: '{pod}' } }, { parameters: { pod: '$__all' } });
    expect(query().queries[0]?.expr).toBe('up{pod=~"\\\\$__all"}');
  });

  it('is nothing for a variable that the dashboard does not have', async () => {
    const { seen } = await withPanel({}, { templating: { list: [{ name: 'pod' }, { name: 'zone' }] } });
    await expect(seen([], { ...LOOK, variables: { prod: 'x' } })).rejects.toMatchObject({
      code: 'bad-input',
      message: 'the dashboard Warehouse has no variable prod; it has pod, zone',
    });
  });

  it('leaves out a query that cannot be put together, and fails when none is left', async () => {
    const list = [
      { name: 'pod', type: 'query' },
      { name: 'filters', type: 'adhoc', filters: [{}] },
    ];
    const bad = { ...UP, refId: 'B', expr: 'up{pod="$pod"}' };
    const both = await withPanel({ targets: [UP, bad] }, { templating: { list } });
    const why =
      'query B is not asked: the dashboard keeps no value of its variable pod; give one under variables';
    const observation = await both.seen([seriesFrame([1])]);
    expect(observation.value).toBe(1);
    expect(evidence(observation, 'Left out')).toBe(`${why}\nthe filters of filters are not applied`);
    const one = await withPanel({ targets: [bad] }, { templating: { list } });
    await expect(one.seen()).rejects.toMatchObject({ code: 'bad-input', message: why });
  });

  it.each([
    [{ over: '30m' }, {}, {}, 0.5 * HOUR],
    [{}, {}, { time: { from: 'now-6h', to: 'now' } }, 6 * HOUR],
    [{}, {}, { time: { from: 'nonsense', to: 'now' } }, HOUR],
    [{}, { timeFrom: '2h' }, { time: { from: 'now-6h', to: 'now' } }, 2 * HOUR],
    [{ over: '5m' }, { timeFrom: '2h' }, {}, HOUR / 12],
  ])('goes as far back as %j, %j, %j says', async (input, panel, dashboard, length) => {
    const { seen, query } = await withPanel(panel, dashboard);
    await seen([], { ...LOOK, ...input });
    expect(Number(query().to) - Number(query().from)).toBe(length);
  });
});

describe('a link', () => {
  it('is looked at as it says', async () => {
    const { api, seen, query } = await withPanel(
      { targets: [{ ...UP, expr: 'up{a="$a"}' }] },
      { templating: { list: [{ name: 'a' }] } },
    );
    const link = `${api.url}/d/wh/x?viewPanel=panel-4&from=1795000000000&to=1795000060000&var-a=b&var-strange=c&orgId=3&tz=UTC`;
    const observation = await seen([seriesFrame([1])], { link });
    expect(query()).toMatchObject({
      from: '1795000000000',
      to: '1795000060000',
      queries: [{ expr: 'up{a="b"}' }],
    });
    expect(evidence(observation, 'Panel')).toBe(
      `${api.url}/d/wh?orgId=3&from=1795000000000&to=1795000060000&tz=UTC&var-a=b&var-strange=c&viewPanel=4`,
    );
  });

  it('may lead to where people open it, below its sub-path', async () => {
    const { api, service } = await withPanel();
    const { observe } = service({ url: `${api.url}/grafana`, link: 'https://ops.example.com/g/' });
    await observe('grafana', { link: `${api.url}/grafana/d/wh/x?viewPanel=4` });
    const { evidence: all } = await observe('grafana', {
      link: 'https://ops.example.com/g/d/wh/x?viewPanel=4',
    });
    expect(all[0]?.text).toMatch(/^https:\/\/ops\.example\.com\/g\/d\/wh\?/);
    expect(api.asked[0]?.path).toBe('/grafana/api/dashboards/uid/wh');
  });

  it.each([
    [
      'https://evil.example.com/d/wh/x?viewPanel=4',
      'the link leads to https://evil.example.com, and the connection names',
    ],
    ['{url}/other/d/wh/x?viewPanel=4', '/other, and the connection names'],
    [
      '{url}@evil.example.com/d/wh/x?viewPanel=4',
      'the link leads to http://evil.example.com, and the connection',
    ],
    ['javascript:alert(1)', 'is no link to a panel of Grafana'],
    ['{url}/d/wh/x?viewPanel=4&from=then', "the link's time from then to now is no range"],
  ])('%s is refused', async (link, message) => {
    const { api, observe } = await withPanel();
    await expect(observe({ link: link.replace('{url}', api.url) })).rejects.toMatchObject({
      code: 'bad-input',
      message: expect.stringContaining(message),
    });
    expect(api.sent('/api/ds/query')).toEqual([]);
  });
});

describe('the image renderer', () => {
  it('draws, where there is one, and the figures are known all the same', async () => {
    const { api, seen } = await withPanel({ type: 'heatmap' }, { templating: { list: [{ name: 'a' }] } });
    api.renderer = { picture: PNG };
    const observation = await seen([seriesFrame([5])], { ...LOOK, variables: { a: 'b c' } });
    expect(observation).toMatchObject({ value: 5, image: PNG.toString('base64') });
    expect(observation.says).toBeUndefined();
    const [{ query, headers } = { query: new URLSearchParams(), headers: {} }] =
      api.sent('/render/d-solo/wh/x');
    expect(Object.fromEntries(query)).toEqual({
      from: expect.stringMatching(/^\d{13}$/),
      to: expect.stringMatching(/^\d{13}$/),
      tz: 'UTC',
      'var-a': 'b c',
      panelId: '4',
      width: '1000',
      height: '500',
      scale: '2',
    });
    expect(headers.authorization).toBe(`Bearer ${TOKEN}`);
  });

  it.each([
    ['fails', { picture: PNG, status: 500 }, 'answered status 500'],
    ['sends no PNG', { picture: Buffer.from('<html>') }, 'answered something that is not a PNG'],
    [
      'sends too much',
      { picture: Buffer.concat([PNG, Buffer.alloc(2_000_000)]) },
      'answered a picture of more than 1 MB',
    ],
  ])('that %s leaves the drawing to Guardia, which says so', async (_, renderer, why) => {
    const { api, seen } = await withPanel();
    api.renderer = renderer;
    const observation = await seen([seriesFrame([5])]);
    expect(observation).toMatchObject({ value: 5, series: [{}] });
    expect(observation.image).toBeUndefined();
    expect(evidence(observation, 'Picture')).toBe(
      `drawn by Guardia: the image renderer of Grafana at ${api.at} ${why}`,
    );
  });

  it('that does not end is waited for no longer than the check has time', async () => {
    const { api, seen } = await withPanel(
      {},
      { instead: ({ path }) => (path.startsWith('/render') ? 'never' : undefined) },
    );
    api.renderer = { picture: PNG };
    const observation = await seen([seriesFrame([5])], LOOK, { deadlineMs: 1_000 });
    expect(observation.value).toBe(5);
    expect(evidence(observation, 'Picture')).toMatch(
      /^drawn by Guardia: the image renderer: no answer in 0\.\d s$/,
    );
  });

  it('is asked for once in a while, and not at all where the connection says never', async () => {
    const { api, seen, service } = await withPanel();
    await seen();
    await seen();
    expect(api.sent('/api/frontend/settings')).toHaveLength(1);
    api.renderer = { picture: PNG };
    await service({ renderer: 'never' }).observe('grafana', LOOK);
    expect(api.sent('/render')).toEqual([]);
  });

  it('is none where Grafana does not tell', async () => {
    const { seen } = await withPanel(
      {},
      {
        instead: ({ path }) => (path.includes('settings') ? { status: 403, body: '{}' } : undefined),
      },
    );
    expect((await seen([seriesFrame([5])])).value).toBe(5);
  });
});

describe('an annotation', () => {
  const input = { annotate: 'restarted {pod}', tags: ['{pod}', 'guardia'], dashboard: 'wh', panel: 4 };
  const options = { parameters: { pod: '<b>$x {y}' } };

  it('is previewed with where it would stand, and bound to its dashboard', async () => {
    const { api, preview, fingerprint } = await withPanel();
    expect(await preview(input, options)).toEqual({
      what: `annotate the panel Up of the dashboard Warehouse in Grafana at ${api.at}: restarted <b>$x {y}`,
      evidence: [
        { label: 'Annotation', text: 'restarted <b>$x {y}\nTags: guardia, <b>$x {y}' },
        { label: 'Dashboard', text: `${api.url}/d/wh` },
      ],
    });
    expect(await fingerprint(input, options)).toEqual({ substance: { dashboard: 'wh', title: 'Warehouse' } });
    expect(api.annotations).toEqual([]);
  });

  it('is written at the moment of the run', async () => {
    const { api, perform } = await withPanel();
    const before = Date.now();
    expect((await perform(input, options)).says).toBe(
      `annotated the panel Up of the dashboard Warehouse in Grafana at ${api.at} (annotation 1)`,
    );
    const [{ time, ...written } = {}] = api.annotations;
    expect(written).toEqual({
      dashboardUID: 'wh',
      panelId: 4,
      tags: ['guardia', '<b>$x {y}'],
      text: 'restarted <b>$x {y}',
    });
    expect(Number(time) - before).toBeLessThan(5_000);
    expect(Number(time)).toBeGreaterThanOrEqual(before);
  });

  it('of the whole organisation is bound to nothing', async () => {
    const { api, preview, fingerprint, perform } = await withPanel();
    const everywhere = { annotate: 'deployed' };
    expect((await preview(everywhere)).what).toBe(
      `annotate the whole organisation in Grafana at ${api.at}: deployed`,
    );
    expect(await fingerprint(everywhere)).toEqual({ substance: {} });
    await perform(everywhere);
    expect(api.annotations).toEqual([{ time: expect.any(Number), tags: ['guardia'], text: 'deployed' }]);
  });

  it.each([
    [{ ...input, panel: 5 }, 'the dashboard Warehouse has no panel 5; it has 4'],
    [{ ...input, dashboard: 'gone', panel: undefined }, 'has no dashboard gone'],
  ])('of %j is not written', async (wrong, message) => {
    const { api, perform } = await withPanel();
    await expect(perform(wrong, options)).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringContaining(message),
    });
    expect(api.annotations).toEqual([]);
  });

  it('that may not be written says which right is missing', async () => {
    const { perform } = await withPanel(
      {},
      {
        instead: ({ method, path }) =>
          method === 'POST' && path === '/api/annotations' ? { status: 403, body: '{}' } : undefined,
      },
    );
    await expect(perform(input, options)).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('the token needs annotations:create'),
    });
  });
});

describe('what goes wrong', () => {
  const said = (status: number, body = '{"message":"no"}', part = '/api/') => ({
    instead: ({ path }: { path: string }) => (path.includes(part) ? { status, body } : undefined),
  });

  it.each([
    [401, 'refused', 'does not know the token (status 401); give the connection one of a service account'],
    [
      403,
      'refused',
      'refused dashboard wh: the token needs dashboards:read, unless there is no such dashboard (status 403)',
    ],
    [404, 'not-found', 'has no dashboard wh'],
    [500, 'refused', 'refused dashboard wh: no'],
  ])('with a dashboard is said: %i', async (status, code, message) => {
    const { api, observe } = await withPanel({}, said(status));
    await expect(observe(LOOK)).rejects.toMatchObject({
      code,
      retryable: status === 500,
      message: `Grafana at ${api.at} ${message}`,
    });
  });

  it.each([
    [
      403,
      '{"message":"no"}',
      'refused',
      'refused the queries: the token needs datasources:query (status 403)',
    ],
    [400, '{"message":"bad request data"}', 'bad-input', 'refused the queries: bad request data'],
    [404, '{"message":"Data source not found"}', 'not-found', 'refused the queries: Data source not found'],
    [502, 'Bad Gateway', 'refused', 'refused the queries: status 502'],
    [200, '<html>Log in</html>', 'nonsense', 'answered an HTML page (status 200)'],
    [200, '{"tables":[]}', 'nonsense', 'answered something that is not its API (status 200)'],
  ])('with the queries is said: %i %s', async (status, body, code, message) => {
    const { api, observe } = await withPanel({}, said(status, body, '/api/ds/query'));
    await expect(observe(LOOK)).rejects.toMatchObject({ code, message: `Grafana at ${api.at} ${message}` });
  });

  it('with every query is said in Grafana’s words', async () => {
    const { api, observe } = await withPanel();
    api.results.A = { status: 400, error: 'bad_data: parse error: unexpected end of input' };
    await expect(observe(LOOK)).rejects.toMatchObject({
      code: 'bad-input',
      message: `Grafana at ${api.at}: query A failed: bad_data: parse error: unexpected end of input`,
    });
    api.results.A = { status: 500, error: 'bad_data: 1:4: parse error: unexpected end' };
    await expect(observe(LOOK)).rejects.toMatchObject({ code: 'bad-input', retryable: false });
    api.results.A = { status: 504, error: 'gateway' };
    await expect(observe(LOOK)).rejects.toMatchObject({ code: 'refused', retryable: true });
  });

  it('with one query of several is said beside what the others show', async () => {
    const { api, seen } = await withPanel({ targets: [UP, { ...UP, refId: 'B' }] });
    api.results.B = { status: 400, error: 'parse error' };
    const observation = await seen([seriesFrame([1])]);
    expect(observation.value).toBe(1);
    expect(evidence(observation, 'Left out')).toBe('query B failed: parse error');
  });

  it('with a panel that is not there is said with those that are', async () => {
    const { observe } = await withPanel();
    await expect(observe({ ...LOOK, panel: 9 })).rejects.toMatchObject({
      code: 'not-found',
      message: 'the dashboard Warehouse has no panel 9; it has 4',
    });
  });

  it('never shows the token, whatever sends it back', async () => {
    const { api, seen } = await withPanel({
      type: 'table',
      title: TOKEN,
      targets: [{ ...UP, expr: `up{t="${TOKEN}"}` }],
    });
    const shown = await seen([tableFrame({ [TOKEN]: { type: 'string', values: [TOKEN] } })]);
    expect(JSON.stringify(shown)).not.toContain(TOKEN);
    api.results.A = { status: 400, error: `no ${TOKEN}` };
    await expect(seen({})).rejects.toMatchObject({ message: expect.stringContaining('no ***') });
  });
});

describe('inputs', () => {
  it('look or act, and are no step of the other kind', async () => {
    const inputs = [LOOK, { link: 'x' }, { annotate: 'x' }];
    expect(inputs.map((asked) => grafana.asks?.(grafana.input.parse(asked)))).toEqual([
      'look',
      'look',
      'act',
    ]);
    const { observe, perform } = await withPanel();
    await expect(observe({ annotate: 'x' })).rejects.toMatchObject({ code: 'bad-input' });
    await expect(perform(LOOK)).rejects.toMatchObject({ code: 'bad-input' });
  });

  it.each([
    { dashboard: '../admin', panel: 4 },
    { dashboard: 'a/b', panel: 4 },
    { dashboard: '..', panel: 4 },
    { dashboard: '', panel: 4 },
    { dashboard: 'wh' },
    { ...LOOK, panel: 0 },
    { ...LOOK, over: 'long' },
    { ...LOOK, variables: { 'a b': 'x' } },
    { ...LOOK, variables: { a: [] } },
    { ...LOOK, link: 'https://x' },
    { annotate: '' },
    { annotate: 'x', dashboard: '../x' },
    {},
  ])('such as %j are refused', (asked) => {
    expect(grafana.input.safeParse(asked).success).toBe(false);
  });

  it('are found wanting by lint', () => {
    const check = (asked: object) => grafana.check?.(grafana.input.parse(asked), ['pod']);
    expect(check({ ...LOOK, variables: { a: '{pod}', b: ['{nod}'] } })).toEqual([
      expect.stringContaining('{nod}'),
    ]);
    expect(check({ annotate: '{who} {pod}', tags: ['{what}'] })).toHaveLength(2);
    expect(check({ annotate: 'x', panel: 4 })).toEqual(['a panel needs its dashboard']);
    expect(check({ link: 'https://x/{curly}' })).toEqual([expect.stringContaining('is no link to a panel')]);
    expect(check({ link: 'https://x/d/a/b?viewPanel=1' })).toEqual([]);
  });
});
