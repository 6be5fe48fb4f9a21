import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { prometheus, promqlProblems } from '../../src/steps/prometheus.ts';
import { fillQuery } from '../../src/steps/shared/prometheus/promql.ts';
import { type Asked, startHttp } from './fakes/http-server.ts';
import { httpAnswer, startWire } from './fakes/wire.ts';
import { type CallOptions, closing, serviceWith } from './harness.ts';

type Metric = Record<string, string>;

function vector(...series: [Metric, string][]): unknown {
  return {
    resultType: 'vector',
    result: series.map(([metric, value]) => ({ metric, value: [1_700_000_000, value] })),
  };
}

/** Asks a server that answers with this data. */
async function asked(data: unknown, input: Record<string, unknown> = {}, options: CallOptions = {}) {
  const matrix = { resultType: 'matrix', result: [] };
  const server = closing(
    await startHttp(({ path }) => ({
      body: JSON.stringify({
        status: 'success',
        data: path.endsWith('query_range') && !isMatrix(data) ? matrix : data,
      }),
    })),
  );
  const { observe } = serviceWith({ connections: { prometheus: { kind: 'prometheus', url: server.url } } });
  const observation = () => observe('prometheus', { query: 'up', ...input }, options);
  return { observation, server };
}

function isMatrix(data: unknown): boolean {
  return (data as { resultType?: string }).resultType === 'matrix';
}

async function observedValue(data: unknown) {
  const { observation } = await asked(data);
  return (await observation()).value;
}

function parameter(request: Asked | undefined, name: string): string | null {
  return new URLSearchParams(request?.body).get(name);
}

describe('what Prometheus answers', () => {
  it('is a number for a scalar and for one series, labels or not', async () => {
    expect(await observedValue({ resultType: 'scalar', result: [1_700_000_000, '42.5'] })).toBe(42.5);
    expect(await observedValue(vector([{}, '7']))).toBe(7);
    expect(await observedValue(vector([{ __name__: 'up', job: 'app' }, '1']))).toBe(1);
  });

  it('is a record by labels for several series', async () => {
    const data = vector([{ __name__: 'up', job: 'a', pod: 'x"y' }, '1'], [{ job: 'b' }, '0']);
    expect(await observedValue(data)).toEqual({ 'up{job="a", pod="x\\"y"}': 1, '{job="b"}': 0 });
  });

  it('is null, in words, for nothing', async () => {
    const { observation } = await asked(vector());
    expect(await observation()).toMatchObject({ value: null, says: 'Prometheus answered nothing for it' });
  });

  it('is null, in the runbook’s own words, for nothing and for nothing else', async () => {
    const empty = 'no alert of {service} fired in the last 5 min';
    const options = { parameters: { service: 'hotel' } };
    const nothing = await asked(vector(), { empty }, options);
    const says = 'no alert of hotel fired in the last 5 min';
    expect(await nothing.observation()).toMatchObject({ value: null, says });
    const something = await asked(vector([{}, '0']), { empty }, options);
    expect(await something.observation()).toEqual({ value: 0, evidence: expect.anything() });
    const notANumber = await asked(vector([{}, 'NaN']), { empty }, options);
    await expect(notANumber.observation()).rejects.toMatchObject({ code: 'no-data' });
  });

  it('is no data when it is not a number', async () => {
    const { observation } = await asked(vector([{}, 'NaN']));
    await expect(observation()).rejects.toMatchObject({
      code: 'no-data',
      message: 'Prometheus answered NaN: up',
    });
  });

  it('leaves out series that are NaN beside others, and says so', async () => {
    const { observation } = await asked(vector([{ job: 'a' }, 'NaN'], [{ job: 'b' }, '3']));
    const { value, evidence } = await observation();
    expect(value).toEqual({ '{job="b"}': 3 });
    expect(evidence).toContainEqual({ label: 'Left out', text: '1 series that are NaN' });
  });

  it('keeps infinities apart from NaN', async () => {
    expect(await observedValue(vector([{}, '+Inf']))).toBe(Number.POSITIVE_INFINITY);
    expect(await observedValue({ resultType: 'scalar', result: [1, '-Inf'] })).toBe(Number.NEGATIVE_INFINITY);
  });

  it('keeps the extremes of ten thousand series, so that a limit is judged as if all were there', async () => {
    const series = Array.from({ length: 10_000 }, (_, n): [Metric, string] => [
      { pod: `p${n}` },
      String((n * 7_919) % 10_000),
    ]);
    const { observation } = await asked(vector(...series), { chart: '1h' });
    const { value, says, evidence, series: drawn } = await observation();
    const values = Object.values(value as Record<string, number>);
    expect([values.length, Math.max(...values), Math.min(...values)]).toEqual([200, 9_999, 0]);
    expect(says).toBe('10,000 series, of which the 100 highest and lowest are kept');
    expect(drawn).toBeUndefined();
    expect(evidence).toContainEqual({
      label: 'Chart',
      text: 'not drawn: 10,000 series are more than a chart can show',
    });
  });

  it.each([
    ['a range', { resultType: 'matrix', result: [] }],
    ['a string', { resultType: 'string', result: [1, 'x'] }],
  ])('is refused when it is %s', async (what, data) => {
    const { observation } = await asked(data);
    await expect(observation()).rejects.toMatchObject({
      code: 'bad-input',
      message: expect.stringContaining(what),
    });
  });

  it.each([
    [
      400,
      { status: 'error', errorType: 'bad_data', error: 'parse error' },
      'bad-input',
      'refused the query: parse error (bad_data)',
    ],
    [
      422,
      { status: 'error', errorType: 'execution', error: 'too many samples' },
      'refused',
      'too many samples',
    ],
    [503, { status: 'error', errorType: 'timeout', error: 'query timed out' }, 'refused', 'query timed out'],
    [
      200,
      { status: 'success', data: { resultType: 'surprise' } },
      'nonsense',
      'something that is not its API',
    ],
    [401, 'no', 'refused', 'refused the credentials (status 401)'],
    [502, '<html>Bad gateway</html>', 'nonsense', 'an HTML page (status 502)'],
  ])('of status %i becomes an error in words', async (status, body, code, message) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const server = closing(await startHttp(() => ({ status, body: text })));
    const { observe } = serviceWith({ connections: { prometheus: { kind: 'prometheus', url: server.url } } });
    await expect(observe('prometheus', { query: 'up' })).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  });
});

describe('the request', () => {
  it('sends the query with its parameters put in, below the connection’s path, with its credentials', async () => {
    const server = closing(
      await startHttp(() => ({ body: JSON.stringify({ status: 'success', data: vector() }) })),
    );
    const url = `${server.url.replace('//', '//me:p%40ss@')}/prom/`;
    const { observe } = serviceWith({
      connections: { prometheus: { kind: 'prometheus', url, headers: { 'x-scope-orgid': 'denis' } } },
    });
    await observe('prometheus', { query: 'x{queue={queue}} > {n}' }, { parameters: { queue: 'a"b', n: 5 } });
    const [request] = server.asked;
    expect(request).toMatchObject({ method: 'POST', path: '/prom/api/v1/query' });
    expect(parameter(request, 'query')).toBe('x{queue="a\\"b"} > 5');
    expect(request?.headers).toMatchObject({
      authorization: `Basic ${btoa('me:p@ss')}`,
      'x-scope-orgid': 'denis',
    });
  });

  it('keeps its connection for the next one', async () => {
    const { observation, server } = await asked(vector([{}, '1']));
    await observation();
    await observation();
    expect([server.asked.length, server.connections()]).toEqual([2, 1]);
  });

  it.each([
    ['1h', 3_600, 20],
    ['1m', 60, 1],
    ['7d', 604_800, 3_360],
  ])('of a chart over %s has a step for some 180 points', async (chart, span, step) => {
    const { observation, server } = await asked(vector([{}, '1']), { chart });
    await observation();
    const request = server.asked.find(({ path }) => path.endsWith('query_range'));
    expect(Number(parameter(request, 'end')) - Number(parameter(request, 'start'))).toBeCloseTo(span, 2);
    expect(Number(parameter(request, 'step'))).toBe(step);
  });

  it('gives a chart’s points in milliseconds, with gaps where there is no number', async () => {
    const values = [
      [100, '1'],
      [120, 'NaN'],
      [140, '+Inf'],
      [160, '2.5'],
    ];
    const server = closing(
      await startHttp(({ path }) => ({
        body: JSON.stringify({
          status: 'success',
          data: path.endsWith('query_range')
            ? { resultType: 'matrix', result: [{ metric: { queue: 'celery' }, values }] }
            : vector([{ queue: 'celery' }, '2.5']),
        }),
      })),
    );
    const { observe } = serviceWith({ connections: { prometheus: { kind: 'prometheus', url: server.url } } });
    const { series } = await observe('prometheus', { query: 'x', chart: '5m' });
    expect(series).toEqual([
      {
        name: '{queue="celery"}',
        points: [
          [100_000, 1],
          [160_000, 2.5],
        ],
      },
    ]);
  });

  it.each([
    [
      'fails',
      { status: 503, body: '{"status":"error","errorType":"timeout","error":"too slow"}' },
      'too slow',
    ],
    ['does not come in time', undefined, 'the chart: no answer in'],
  ])('of a chart that %s leaves the figure as it is', async (_, range, reason) => {
    const figure = httpAnswer(JSON.stringify({ status: 'success', data: vector([{}, '7']) }));
    const wire = closing(
      await startWire((socket, data) => {
        if (!data.includes('query_range')) socket.write(figure);
        else if (range) socket.write(httpAnswer(range.body, { status: '503 Busy' }));
      }),
    );
    const { observe } = serviceWith({
      connections: { prometheus: { kind: 'prometheus', url: `http://127.0.0.1:${wire.port}` } },
    });
    const { value, series, evidence } = await observe(
      'prometheus',
      { query: 'x', chart: '1h' },
      { deadlineMs: 1_000 },
    );
    expect([value, series]).toEqual([7, undefined]);
    expect(evidence.at(-1)).toEqual({ label: 'Chart', text: expect.stringContaining(reason) });
  });

  it('links to the graph without credentials, at the address that people use', async () => {
    const { observation, server } = await asked(vector([{}, '1']));
    expect((await observation()).evidence).toEqual([
      { label: 'Query', text: 'up' },
      { label: 'Prometheus', text: `${server.url}/graph?g0.expr=up&g0.tab=0&g0.range_input=1h` },
    ]);
    const connection = { kind: 'prometheus', url: server.url, link: 'https://prom.example/x/' };
    const { observe } = serviceWith({ connections: { prometheus: connection } });
    const { evidence } = await observe('prometheus', { query: 'up', chart: '3h' });
    expect(evidence[1]?.text).toBe('https://prom.example/x/graph?g0.expr=up&g0.tab=0&g0.range_input=3h');
  });
});

describe('the targets', () => {
  const one = (instance: string, health: string, more: Record<string, unknown> = {}) => ({
    labels: { job: 'denis', instance },
    scrapeUrl: `http://${instance}/metrics`,
    lastError: '',
    health,
    ...more,
  });

  async function targets(activeTargets: unknown[]) {
    const server = closing(
      await startHttp(() => ({ body: JSON.stringify({ status: 'success', data: { activeTargets } }) })),
    );
    const { observe } = serviceWith({ connections: { prometheus: { kind: 'prometheus', url: server.url } } });
    return {
      server,
      look: (labels: Metric, options?: CallOptions) => observe('prometheus', { targets: labels }, options),
    };
  }

  it('are counted by how they fare, those that carry every label and no other', async () => {
    const other = one('d:1', 'down', { labels: { job: 'other', instance: 'd:1' } });
    const { server, look } = await targets([
      one('a:1', 'up'),
      one('b:1', 'up'),
      one('c:1', 'unknown'),
      other,
    ]);
    const { value, says } = await look({ job: '{job}' }, { parameters: { job: 'denis' } });
    expect(value).toEqual({ targets: 3, up: 2, down: 0 });
    expect(says).toBe('2 of 3 up; c:1 not scraped yet');
    expect((await look({ job: 'denis', instance: 'a:1' })).value).toEqual({ targets: 1, up: 1, down: 0 });
    expect(server.asked[0]).toMatchObject({ method: 'GET', path: '/api/v1/targets?state=active' });
  });

  it('that are down are named with the reason, the first three', async () => {
    const lastError = 'Get "http://me:hidden@a:1/metrics": connection refused';
    const down = ['a:1', 'b:1', 'c:1', 'd:1'].map((at) => one(at, 'down', { lastError }));
    const { look } = await targets([one('z:1', 'up'), ...down]);
    const { value, says, evidence } = await look({ job: 'denis' });
    expect(value).toEqual({ targets: 5, up: 1, down: 4 });
    expect(says).toMatch(/^1 of 5 up; a:1 down: Get "http.+refused; b:1 .+; c:1 .+; and 1 more$/);
    expect(says).not.toContain('d:1');
    expect(evidence[1]?.text.split('\n')).toHaveLength(5);
    expect(JSON.stringify([says, evidence])).not.toContain('hidden');
  });

  it('that are not there are a finding', async () => {
    const { look } = await targets([one('a:1', 'up')]);
    const { value, says } = await look({ job: 'gone' });
    expect([value, says]).toEqual([{ targets: 0, up: 0, down: 0 }, 'no target has job=gone']);
  });

  it('cannot be had from what has only the queries of Prometheus', async () => {
    const server = closing(await startHttp(() => ({ status: 404, body: '404 page not found' })));
    const { observe } = serviceWith({ connections: { prometheus: { kind: 'prometheus', url: server.url } } });
    await expect(observe('prometheus', { targets: { job: 'denis' } })).rejects.toMatchObject({
      code: 'nonsense',
      message: `Prometheus at ${server.at} answered something that is not JSON (status 404)`,
    });
  });

  it.each([
    { targets: {} },
    { targets: { 'job"': 'x' } },
    { targets: { job: 'x' }, query: 'up' },
    { targets: { job: 'x' }, empty: 'none' },
  ])('refuse %j', (input) => {
    expect(prometheus.input.safeParse(input).success).toBe(false);
  });
});

describe('the rules', () => {
  const alerting = (name: string, state: string, more: Record<string, unknown> = {}) => ({
    ...{ name, state, type: 'alerting', health: 'ok', query: 'up == 0', alerts: [] },
    ...more,
  });

  async function rules(groups: unknown[]) {
    const server = closing(
      await startHttp(() => ({ body: JSON.stringify({ status: 'success', data: { groups } }) })),
    );
    const { observe } = serviceWith({ connections: { prometheus: { kind: 'prometheus', url: server.url } } });
    return {
      server,
      look: (wanted: Metric, options?: CallOptions) => observe('prometheus', { rules: wanted }, options),
    };
  }

  const broken = {
    ...{ name: 'slo:errors', type: 'recording', health: 'err' },
    lastError: 'http://me:hidden@p:1 found duplicate series',
  };
  const slo = {
    name: 'slo',
    rules: [broken, { ...broken, name: 'slo:new', health: 'unknown', lastError: '' }],
  };
  const redis = {
    name: 'redis',
    rules: [
      alerting('RedisDown', 'firing'),
      alerting('RedisFull', 'pending'),
      alerting('RedisSlow', 'inactive'),
    ],
  };

  it('are counted by what they do, and the broken ones are named with the reason', async () => {
    const { server, look } = await rules([slo, redis]);
    const { value, says, evidence } = await look({});
    expect(value).toEqual({ rules: 5, unhealthy: 2, pending: 1, firing: 1 });
    expect(says).toMatch(
      /^2 of 5 rules not evaluated: slo:errors \(http.+duplicate series\), slo:new \(not yet\); 1 firing: RedisDown; 1 pending: RedisFull$/,
    );
    expect(evidence[1]?.text.split('\n')).toHaveLength(4);
    expect(JSON.stringify([says, evidence])).not.toContain('hidden');
    expect(server.asked[0]).toMatchObject({ method: 'GET', path: '/api/v1/rules' });
  });

  it('are those of a group and a name', async () => {
    const { look } = await rules([slo, redis]);
    expect(await look({ group: '{what}' }, { parameters: { what: 'redis' } })).toMatchObject({
      value: { rules: 3, unhealthy: 0, pending: 1, firing: 1 },
      says: '3 rules evaluated; 1 firing: RedisDown; 1 pending: RedisFull',
    });
    expect((await look({ name: 'RedisSlow' })).says).toBe('1 rule evaluated');
    expect((await look({ group: 'slo', name: 'RedisSlow' })).value).toMatchObject({ rules: 0 });
  });

  it('that are not there are a finding', async () => {
    expect((await (await rules([])).look({})).says).toBe('Prometheus has no rules');
    const { look } = await rules([redis]);
    expect(await look({ group: 'gone' })).toMatchObject({
      value: { rules: 0, unhealthy: 0, pending: 0, firing: 0 },
      says: 'no rule has group gone',
    });
  });

  it('names three of many', async () => {
    const many = Array.from({ length: 60 }, (_, index) => alerting(`A${index}`, 'firing'));
    const { says, evidence } = await (await rules([{ name: 'many', rules: many }])).look({});
    expect(says).toBe('60 rules evaluated; 60 firing: A0, A1, A2 and 57 more');
    expect(evidence[1]?.text.split('\n')).toHaveLength(50);
  });

  it.each([{ rules: { who: 'x' } }, { rules: {}, query: 'up' }])('refuse %j', (input) => {
    expect(prometheus.input.safeParse(input).success).toBe(false);
  });
});

describe('placeholders in PromQL', () => {
  it('become one string literal, whatever the parameter says', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (queue) => {
        const filled = fillQuery('x{queue={queue}, job="a"} > 5', { queue });
        const written = /^x\{queue=("(?:[^"\\]|\\.)*"), job="a"\} > 5$/s.exec(filled)?.[1];
        expect(JSON.parse(written ?? 'null')).toBe(queue.toWellFormed());
      }),
    );
  });

  it('become one number where a number stands', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (limit) => {
        const filled = fillQuery('x > {limit}', { limit });
        expect(Number(filled.replace(/^x > \(?|\)$/g, ''))).toBe(limit + 0);
      }),
    );
  });

  it.each([
    ['a number where a label’s value stands is quoted', 'x{shard={n}}', { n: 5 }, 'x{shard="5"}'],
    [
      'a text in a regular expression matches itself only',
      'x{queue=~{q}}',
      { q: 'a.*|b' },
      'x{queue=~"a\\\\.\\\\*\\\\|b"}',
    ],
    ['both kinds side by side', 'x{queue={q}} > {n}', { q: 'celery', n: -3 }, 'x{queue="celery"} > (-3)'],
    ['an argument of a function', 'count_values({q}, x)', { q: 'v' }, 'count_values("v", x)'],
  ])('%s', (_, query, parameters, filled) => {
    expect(fillQuery(query, parameters)).toBe(filled);
  });

  it.each([
    [
      'inside quotes',
      'x{queue="{q}"}',
      { q: 'a' },
      'line 1, column 10: {q} stands inside quotes; write it without them',
    ],
    ['as a metric name', '{q} > 5', { q: 'up' }, '{q} can only stand where'],
    ['as a label name', 'sum by ({q}) (x)', { q: 'job' }, '{q} can only stand where'],
    ['in a comment', 'x # {q}', { q: 'a\nor up' }, '{q} can only stand where'],
    ['as a text where a number stands', 'x > {q}', { q: '5 or vector(1)' }, '{q} can only stand where'],
    ['as a second operand out of nowhere', 'x {n}', { n: -5 }, '{n} can only stand where'],
    ['as a number that is none', 'x > {n}', { n: Number.NaN }, 'the parameter n is not a finite number'],
    ['that no parameter fills', 'x > {n}', {}, '{n} names no parameter of this runbook'],
  ])('are refused %s', (_, query, parameters, message) => {
    expect(() => fillQuery(query, parameters as Record<string, string>)).toThrow(message);
  });
});

describe('lint of PromQL', () => {
  it('finds nothing in a sound query', () => {
    expect(
      promqlProblems('sum by (queue) (rate(x{queue={queue}}[5m])) > {limit}', ['queue', 'limit']),
    ).toEqual([]);
    expect(prometheus.check?.({ query: 'up' }, [])).toEqual([]);
  });

  it('finds parameters that nobody declared in what stands beside the query', () => {
    const unknown = '{who} names no declared parameter; the runbook declares none';
    expect(prometheus.check?.({ query: 'up', empty: 'nothing for {who}' }, [])).toEqual([unknown]);
    expect(prometheus.check?.({ targets: { job: '{who}' } }, [])).toEqual([unknown]);
    expect(prometheus.check?.({ rules: { group: '{who}' } }, [])).toEqual([unknown]);
  });

  it.each([
    ['sum(', 'line 1, column 5: the query is not valid PromQL here\n  sum(\n      ^'],
    ['up ==\n  foo bar', 'line 2, column 7: the query is not valid PromQL here\n    foo bar\n        ^^^'],
    [
      'x{a={queue}} y',
      'line 1, column 14: the query is not valid PromQL here\n  x{a={queue}} y\n               ^',
    ],
    ['x{a={who}}', 'line 1, column 5: {who} names no declared parameter\n  x{a={who}}\n      ^^^^^'],
  ])('points at the place in %j', (query, problem) => {
    expect(promqlProblems(query, ['queue'])).toEqual([problem]);
  });
});
