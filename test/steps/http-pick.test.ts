import { describe, expect, it } from '@jest/globals';
import { serverThat } from './http-service.ts';

const METRICS = `# HELP http_requests_total Requests
# TYPE http_requests_total counter
http_requests_total{code="200",path="/a b"} 40 1700000000000
http_requests_total{code="500",path="/x\\"y"} 2.5
http_requests_total_bucket{le="+Inf"} 7
rate_limit_fallback 1
sometimes_nan{quantile="0.5"} NaN
sometimes_nan{quantile="0.9"} 3
never_a_number NaN
broken{ 5
`;

describe('what is picked out of an answer', () => {
  it.each([
    [{ json: 'status' }, 'up'],
    [{ json: '$.checks[1].ms' }, 12.5],
    [{ json: "['a.b'].c" }, true],
    [{ json: 'names' }, ['a', 'b']],
    [{ json: 'a.b' }, null],
    [{ json: 'checks[1]' }, { ms: 12.5 }],
    [{ json: 'slos[service=inventory].p95' }, 480],
    [{ json: "slos[service='out bound'].ok" }, false],
    [{ json: 'slos[ok=false]' }, { service: 'out bound', p95: 900, ok: false }],
    [{ json: 'slos[service=none].p95' }, null],
    [{ json: 'a.b[x=y]' }, null],
    [{ count: 'checks' }, 2],
    [{ count: 'slos[p95=480]' }, 1],
    [{ count: 'slos[kept=yes]' }, 2],
    [{ count: 'slos[service=none]' }, 0],
    [{ count: 'nil' }, 0],
    [{ header: 'X-Queue-Length' }, 1_243],
    [{ header: 'x-none' }, null],
  ])('picks %j', async (pick, value) => {
    const slos = [
      { service: 'inventory', p95: 480, ok: true },
      { service: 'out bound', p95: 900, ok: false },
      { kept: 'yes' },
      { kept: 'yes' },
      null,
      'text',
    ];
    const checks = [{}, { ms: 12.5 }];
    const body = { status: 'up', checks, 'a.b': { c: true }, names: ['a', 'b'], slos, nil: null };
    const { observe } = await serverThat(() => ({
      body: JSON.stringify(body),
      headers: { 'x-queue-length': '1243' },
    }));
    expect((await observe('http', { get: '/', ...pick })).value).toEqual(value);
  });

  it.each([
    [{ json: 'items[kind=a].x' }, 'nonsense', 'items[kind=a].x: 2 entries have kind=a, and one was expected'],
    [{ json: 'items' }, 'nonsense', 'items is neither a value nor a list of words nor a flat object'],
    [{ count: 'none' }, 'no-data', 'none is not there'],
    [{ count: 'word' }, 'nonsense', 'word is no list'],
  ])('does not make a value of %j', async (pick, code, message) => {
    const body = JSON.stringify({ items: [{ kind: 'a' }, { kind: 'a' }], word: 'x' });
    const { observe, server } = await serverThat(() => ({ body }));
    await expect(observe('http', { get: '/', ...pick })).rejects.toMatchObject({
      code,
      message: `GET / of ${server.at}: ${message}`,
    });
  });

  it.each([
    ['inventory', 480],
    ['out bound', 900],
    ["x'].p95", null],
    ['inventory].ok', null],
  ])('puts the parameter %j into a filter as one value', async (service, value) => {
    const slos = [
      { service: 'inventory', p95: 480 },
      { service: 'out bound', p95: 900 },
    ];
    const { observe } = await serverThat(() => ({ body: JSON.stringify({ slos }) }));
    const input = { get: '/', json: 'slos[service={service}].p95' };
    expect((await observe('http', input, { parameters: { service } })).value).toBe(value);
  });

  it.each([
    [{ sum: 'http_requests_total' }, 42.5],
    [{ max: 'http_requests_total' }, 40],
    [{ max: '/^http_requests_/', labels: { code: '{code}' } }, 2.5],
    [{ max: 'sometimes_nan' }, 3],
    [{ max: '/^{name}_total$/' }, 40],
    [{ max: 'none' }, null],
    [{ sum: '/^http_requests_/' }, 49.5],
    [{ count: 'http_requests_total' }, 2],
    [{ sum: 'http_requests_total', labels: { code: '500', path: '/x"y' } }, 2.5],
    [{ sum: 'none' }, null],
    [{ count: 'none' }, 0],
  ])('reads metrics: %j', async (metrics, value) => {
    const { observe } = await serverThat(() => ({ body: METRICS }));
    const parameters = { code: '500', name: 'http_requests' };
    expect((await observe('http', { get: '/metrics', metrics }, { parameters })).value).toBe(value);
  });

  it.each([{ sum: 'sometimes_nan' }, { max: 'never_a_number' }])(
    'has no data for NaN: %j',
    async (metrics) => {
      const { observe } = await serverThat(() => ({ body: METRICS }));
      await expect(observe('http', { get: '/metrics', metrics })).rejects.toMatchObject({
        code: 'no-data',
        message: expect.stringContaining('is not a number (NaN)'),
      });
    },
  );

  it('takes a parameter in a metric’s expression as it is', async () => {
    const { observe } = await serverThat(() => ({ body: METRICS }));
    const input = { get: '/metrics', metrics: { count: '/{name}/' } };
    expect((await observe('http', input, { parameters: { name: '.*' } })).value).toBe(0);
  });

  it('shows the lines of metrics that it read, and no others', async () => {
    const { observe } = await serverThat(() => ({ body: METRICS }));
    const input = { get: '/metrics', metrics: { sum: 'http_requests_total', labels: { code: '200' } } };
    expect((await observe('http', input)).evidence[1]).toEqual({
      label: 'Answer',
      text: 'http_requests_total{code="200",path="/a b"} 40 1700000000000',
    });
  });
});
