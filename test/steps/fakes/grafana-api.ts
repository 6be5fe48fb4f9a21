import type { HttpFake, Answer as Said } from './http-server.ts';
import { type Asked, startHttp } from './http-server.ts';

type Fields = Record<string, unknown>;

export interface GrafanaFake extends HttpFake {
  /** By uid; what `GET /api/dashboards/uid/<uid>` has under `dashboard`. */
  dashboards: Record<string, Fields>;
  /** Library panels by uid. */
  library: Record<string, Fields>;
  /** Data sources by name, as the settings of its pages have them. */
  datasources: Record<string, { uid: string; type: string }>;
  /** Data sources that only `GET /api/datasources/name/` knows. */
  hidden: Record<string, { uid: string; type: string }>;
  /** What a query answers by its refId. */
  results: Record<string, Fields>;
  /** Whether it has an image renderer, and what that answers. */
  renderer: { picture: Buffer; status?: number } | undefined;
  annotations: Fields[];
  /** What was asked below this path, with its body as JSON. */
  sent(
    path: string,
  ): { query: URLSearchParams; body: Fields & { queries?: Fields[] }; headers: Asked['headers'] }[];
}

export const PNG = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.from([0, 255, 128, 200])]);

/** Grafana's HTTP API as far as it is asked. */
export async function startGrafanaApi(
  instead: (asked: Asked) => Said | 'never' | undefined = () => undefined,
) {
  const fake: Pick<
    GrafanaFake,
    'dashboards' | 'library' | 'datasources' | 'hidden' | 'results' | 'renderer' | 'annotations'
  > = {
    dashboards: {},
    library: {},
    datasources: { Prometheus: { uid: 'prom', type: 'prometheus' } },
    hidden: {},
    results: {},
    renderer: undefined,
    annotations: [],
  };
  const server = await startHttp((asked) => {
    const { pathname } = new URL(asked.path, 'http://fake');
    const path = pathname.slice(pathname.search(/\/(api|render)\//));
    const name = decodeURIComponent(path.split('/').at(-1) ?? '');
    const other = instead(asked);
    if (other) return other;
    if (path.startsWith('/render/')) return rendered(fake.renderer);
    if (path.startsWith('/api/dashboards/uid/'))
      return found(fake.dashboards[name], (dashboard) => ({ dashboard }));
    if (path.startsWith('/api/library-elements/'))
      return found(fake.library[name], (model) => ({ result: { model } }));
    if (path.startsWith('/api/datasources/name/')) return found(fake.hidden[name], (one) => one);
    if (path === '/api/frontend/settings') return json(settingsOf(fake));
    if (path === '/api/ds/query') return answered(fake.results, asked);
    if (path === '/api/annotations')
      return json({ message: 'Annotation added', id: fake.annotations.push(JSON.parse(asked.body)) });
    return json({ message: 'Not found' }, 404);
  });
  return Object.assign(fake, server, {
    sent: (path: string) =>
      server.asked
        .filter((one) => one.path.includes(path))
        .map(({ path: whole, body, headers }) => ({
          query: new URL(whole, 'http://fake').searchParams,
          body: body === '' ? {} : JSON.parse(body),
          headers,
        })),
  }) satisfies GrafanaFake;
}

/** A frame as Prometheus' data source gives it: one series, times in unix milliseconds. */
export function seriesFrame(
  values: readonly (number | null)[],
  {
    labels = {},
    title,
    ...rest
  }: { labels?: Record<string, string>; title?: string; entities?: unknown } = {},
) {
  const times = values.map((_, index) => 1_795_000_000_000 + index * 15_000);
  return {
    schema: {
      fields: [
        { name: 'Time', type: 'time' },
        {
          name: 'Value',
          type: 'number',
          labels,
          config: title === undefined ? {} : { displayNameFromDS: title },
        },
      ],
    },
    data: { values: [times, values], ...rest },
  };
}

/** A frame of columns without anything else, as SQL gives it. */
export function tableFrame(columns: Record<string, { type: string; values: readonly unknown[] }>) {
  const all = Object.entries(columns);
  return {
    schema: { fields: all.map(([name, { type }]) => ({ name, type })) },
    data: { values: all.map(([, { values }]) => values) },
  };
}

function settingsOf({ datasources, renderer }: Pick<GrafanaFake, 'datasources' | 'renderer'>): Fields {
  const names = Object.entries(datasources).map(([name, one]) => [
    name,
    { ...one, name, meta: { id: one.type } },
  ]);
  return {
    datasources: Object.fromEntries(names),
    defaultDatasource: Object.keys(datasources)[0] ?? '',
    rendererAvailable: renderer !== undefined,
  };
}

/** A query that failed makes the whole answer 400, or 207 beside one that did not. */
function answered(results: GrafanaFake['results'], { body }: Asked): Said {
  const { queries } = JSON.parse(body) as { queries: { refId: string }[] };
  const own = queries.map(({ refId }) => [refId, results[refId] ?? { status: 200, frames: [] }] as const);
  const failed = own.filter(([, result]) => 'error' in result).length;
  return json({ results: Object.fromEntries(own) }, failed === 0 ? 200 : failed === own.length ? 400 : 207);
}

function rendered(renderer: GrafanaFake['renderer']): Said {
  if (!renderer) return json({ message: 'No image renderer available/installed' }, 500);
  return { status: renderer.status ?? 200, headers: { 'content-type': 'image/png' }, body: renderer.picture };
}

function found<T>(one: T | undefined, as: (one: T) => unknown): Said {
  return one === undefined ? json({ message: 'Not found' }, 404) : json(as(one));
}

function json(value: unknown, status = 200): Said {
  return { status, body: JSON.stringify(value) };
}
