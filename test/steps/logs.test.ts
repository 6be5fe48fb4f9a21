import { describe, expect, it } from '@jest/globals';
import { logs } from '../../src/steps/logs.ts';
import { frame, idOf, startDocker } from './fakes/docker-api.ts';
import { type Asked, startHttp } from './fakes/http-server.ts';
import { podNamed, startKubernetes } from './fakes/kubernetes-api.ts';
import { writePrograms } from './fakes/programs.ts';
import { type CallOptions, closing, serviceWith } from './harness.ts';

const LINES = 'GET /a 200\nERROR job 1\nGET /b 200\nERROR job 2\n';

describe('lines of pods', () => {
  async function cluster(written: Record<string, string>) {
    const api = closing(
      await startKubernetes({
        answer: ({ path }) =>
          path.endsWith('/log')
            ? { text: written[path.split('/').at(-2) ?? ''] ?? '' }
            : { body: { items: Object.keys(written).map((name) => podNamed(name)) } },
      }),
    );
    const { observe } = serviceWith({ connections: { kubernetes: api.connection, other: api.connection } });
    const query = (part: string) => api.calls.find(({ path }) => path.endsWith(part))?.query;
    return { observe: (input: object, options?: CallOptions) => observe('logs', input, options), query };
  }

  it('are counted over all pods, and shown by pod and by shape', async () => {
    const { observe } = await cluster({ 'denis-a': LINES, 'denis-b': 'ERROR job 7\n' });
    const { value, says, evidence } = await observe({ pods: 'app=denis', tail: 50, match: '/error/i' });
    expect([value, says]).toEqual([3, '3 of 5 lines with /error/i; 3 like: ERROR job 1']);
    expect(evidence).toEqual([
      { label: 'Logs', text: 'pods with app=denis in denis, the last 50 lines' },
      { label: 'Lines by source', text: '2  denis-a\n1  denis-b' },
      { label: 'Lines by shape, the first of each', text: '3  ERROR job 1' },
      { label: 'Newest lines', text: 'denis-a: ERROR job 1\ndenis-a: ERROR job 2\ndenis-b: ERROR job 7' },
    ]);
  });

  it('are asked for as far back and as many as is said, and a hundred when nothing is', async () => {
    const asked = async (extent: object) => {
      const { observe, query } = await cluster({ 'denis-a': LINES });
      await observe({ pods: 'app=denis', connection: 'other', ...extent });
      return Object.fromEntries(query('/log') ?? []);
    };
    expect(await asked({ since: '8h' })).toEqual({ container: 'main', sinceSeconds: '28800' });
    expect(await asked({ tail: 5 })).toEqual({ container: 'main', tailLines: '5' });
    expect(await asked({ since: '90s', tail: 5 })).toMatchObject({ sinceSeconds: '90', tailLines: '5' });
    expect(await asked({})).toEqual({ container: 'main', tailLines: '100' });
  });

  it('are of those that a parameter names, which cannot widen the choice', async () => {
    const { observe, query } = await cluster({ 'denis-a': LINES });
    const input = { pods: 'app={app}', match: '{what}' };
    expect((await observe(input, { parameters: { app: 'denis', what: 'job 2' } })).says).toBe(
      '1 of 4 lines with job 2; ERROR job 2',
    );
    expect(query('/pods')?.get('labelSelector')).toBe('app=denis');
    const wide = observe(input, { parameters: { app: 'denis,a!=b', what: 'x' } });
    await expect(wide).rejects.toMatchObject({ code: 'bad-input' });
  });

  it('cannot be counted where there is no pod', async () => {
    const { observe } = await cluster({});
    await expect(observe({ pods: 'app=gone' })).rejects.toMatchObject({
      code: 'no-data',
      message: 'there are no pods with app=gone in denis',
    });
  });

  it('are at least so many when there was more than is kept', async () => {
    const line = `ERROR ${'x'.repeat(94)}\n`;
    const { observe } = await cluster({ 'denis-a': line.repeat(15_000) });
    const { value, says } = await observe({ pods: 'app=denis', since: '8h' });
    expect(value).toBeGreaterThan(10_000);
    expect(says).toMatch(/^10,\d{3} lines; there is more than was read; 10,\d{3} like: ERROR xxx/);
  });
});

describe('lines of a container', () => {
  it('are those of its name', async () => {
    const host = closing(
      await startDocker({
        containers: { 'agente-api': { id: idOf('aaaa') } },
        answer({ path }, response) {
          if (!path.includes('/logs?')) return undefined;
          response.write(frame(1, LINES));
          response.end(frame(2, 'ERROR from the other stream\n'));
          return true;
        },
      }),
    );
    const { observe } = serviceWith({ connections: { docker: host.connection } });
    const input = { container: '{name}', since: '15m', match: 'ERROR' };
    const { value, evidence } = await observe('logs', input, { parameters: { name: 'agente-api' } });
    expect(value).toBe(3);
    expect(evidence[0]?.text).toBe('container agente-api, since 15 min ago');
    const query = new URL(host.calls.at(-1)?.path ?? '', 'http://docker').searchParams;
    expect(Number(query.get('since'))).toBeCloseTo(Date.now() / 1_000 - 900, -1);
    await expect(observe('logs', { container: 'gone' })).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('lines of a unit', () => {
  async function host(script: string) {
    const programs = await writePrograms({
      journalctl: `for a in "$@"; do printf '%s\\n' "$a" >> "$HERE/argv"; done\n${script}`,
    });
    closing({ close: programs.remove });
    const backend = { local: ['journalctl'], environment: { PATH: programs.path } };
    const { observe } = serviceWith({ targets: { backend } });
    return {
      programs,
      argv: () => programs.read('argv').trim().split('\n'),
      observe: (input: object, options?: CallOptions) =>
        observe('logs', { on: 'backend', ...input }, options),
    };
  }

  it('are asked of journalctl with an argument each', async () => {
    const { observe, argv } = await host(`printf '${LINES.replaceAll('\n', '\\n')}'`);
    const input = { unit: 'eleven{part}.service', since: '10m', tail: 100, match: 'ERROR' };
    const { value, evidence } = await observe(input, { parameters: { part: 'labs' } });
    expect(value).toBe(2);
    expect(argv()).toEqual([
      '--unit',
      'elevenlabs.service',
      '--since',
      '600 seconds ago',
      '-n',
      '100',
      '--no-pager',
      '-o',
      'short-iso',
    ]);
    expect(evidence[0]?.text).toBe(
      'unit elevenlabs.service on backend, the last 100 lines, since 10 min ago',
    );
  });

  it('are none where the journal has none, whatever journalctl remarks', async () => {
    const { observe, argv } = await host("echo '-- No entries --'");
    expect(await observe({ unit: 'x', since: '1h' })).toMatchObject({ value: 0, says: '0 lines' });
    expect(argv()).toEqual([
      '--unit',
      'x',
      '--since',
      '3600 seconds ago',
      '-n',
      '5000',
      '--no-pager',
      '-o',
      'short-iso',
    ]);
  });

  it('are at least so many when as many came as were asked for', async () => {
    const { observe } = await host("printf 'a\\nb\\n'");
    expect((await observe({ unit: 'x', tail: 2 })).says).toMatch(/^2 lines; there is more than was read/);
    expect((await observe({ unit: 'x', tail: 3 })).says).not.toContain('there is more');
  });

  it.each([
    ['echo "No journal files were found." >&2; echo "-- No entries --"', 'No journal files were found.'],
    [
      'echo "Hint: You are currently not seeing messages from other users and the system." >&2; echo "-- No entries --"',
      'Hint: You are currently not seeing messages from other users',
    ],
    [
      'echo "Failed to add filter for units: Invalid argument" >&2; exit 1',
      'exit code 1: Failed to add filter',
    ],
  ])('are not said to be none when journalctl may not see them: %s', async (script, message) => {
    const { observe } = await host(script);
    await expect(observe({ unit: 'x' })).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining(message),
    });
  });

  it.each(['-f', 'a b', 'x*', '', 'a\nb', 'a/b'])('are of one unit, and %j is none', async (unit) => {
    const { observe, programs } = await host('echo x');
    await expect(observe({ unit: '{unit}' }, { parameters: { unit } })).rejects.toMatchObject({
      code: 'bad-input',
    });
    expect(programs.ran()).toBe(false);
  });
});

describe('lines of an index', () => {
  const hit = (message: string, more: object = {}) => ({ _index: 'denis-1', _source: { message, ...more } });

  async function search(answer: object | string, status = 200) {
    const body = typeof answer === 'string' ? answer : JSON.stringify(answer);
    const server = closing(await startHttp(() => ({ status, body })));
    const { observe } = serviceWith({
      connections: { elasticsearch: { kind: 'elasticsearch', url: server.url } },
    });
    return { server, observe: (input: object, options?: CallOptions) => observe('logs', input, options) };
  }

  function hits(total: number, all: object[], more: object = {}) {
    return { _shards: { failed: 0 }, hits: { total: { value: total, relation: 'eq' }, hits: all }, ...more };
  }

  function sent({ asked }: { asked: Asked[] }) {
    return { path: asked[0]?.path, body: JSON.parse(asked[0]?.body ?? '{}') };
  }

  it('are counted by Elasticsearch, and the newest are fetched', async () => {
    const { server, observe } = await search(hits(1_243, [hit('redis error 2'), hit('redis error 1')]));
    const { value, says, evidence } = await observe(
      { index: 'denis*', query: 'redis error' },
      { deadlineMs: 10_000 },
    );
    expect([value, says]).toEqual([1_243, '1,243 lines; 2 like: redis error 1']);
    expect(evidence[0]?.text).toBe(
      `redis error in denis* at ${server.at}, since 10 min ago; read are the newest 2`,
    );
    expect(evidence.at(-1)?.text).toBe('redis error 1\nredis error 2');
    const { path, body } = sent(server);
    expect(path).toBe('/denis*/_search?allow_no_indices=false&ignore_unavailable=true');
    expect(body).toMatchObject({
      size: 200,
      track_total_hits: 1_000_000,
      timeout: '8000ms',
      query: {
        bool: {
          must: [{ query_string: { query: 'redis error', lenient: true } }],
          filter: [{ range: { '@timestamp': { gte: 'now-600s' } } }],
        },
      },
    });
  });

  it('that also have to match are counted among those that were fetched, which is said', async () => {
    const { observe } = await search(hits(3, [hit('a'), hit('b')]));
    const { value, says } = await observe({ index: 'x', query: 'y', tail: 2, match: 'a' });
    expect([value, says]).toEqual([1, '1 of 2 lines with a; there is more than was read; a']);
  });

  it.each([
    ['after a time', hits(2, [], { timed_out: true })],
    ['on some shards', hits(2, [], { _shards: { failed: 1 } })],
    ['at a number', { hits: { total: { value: 2, relation: 'gte' }, hits: [] } }],
  ])('are at least so many when Elasticsearch stopped %s', async (_, answer) => {
    const { observe } = await search(answer);
    expect(await observe({ index: 'x', query: 'y' })).toMatchObject({
      value: 2,
      says: '2 lines; there is more than was read',
    });
  });

  it('show the time, the level and the message of a document, or the document', async () => {
    const at = { '@timestamp': '2026-11-21T10:39:04Z' };
    const { observe } = await search(
      hits(4, [
        hit('', { code: 7 }),
        { _source: { ...at, log: { level: 'error' }, message: 'two\nlines' } },
        { _source: { ...at, level: 'warn', msg: 'one' } },
        { _source: { code: 7 } },
      ]),
    );
    const { evidence } = await observe({ index: 'x', query: 'y' });
    expect(evidence.at(-1)?.text.split('\n')).toEqual([
      '{"code":7}',
      '2026-11-21T10:39:04Z warn one',
      '2026-11-21T10:39:04Z error two lines',
    ]);
  });

  it.each([
    ['a "b" (c) OR d:*', 'x:a\\ \\"b\\"\\ \\(c\\)\\ OR\\ d\\:\\*'],
    ['OR', 'x:\\OR'],
    ['a<b>c', 'x:a\\ b\\ c'],
    ['../_all/_search?q=', 'x:..\\/_all\\/_search\\?q\\='],
  ])('are searched for a parameter as it stands: %j', async (value, query) => {
    const { server, observe } = await search(hits(0, []));
    await observe({ index: 'x', query: 'x:{value}' }, { parameters: { value } });
    expect(sent(server).body.query.bool.must[0].query_string.query).toBe(query);
  });

  it.each(['../x', '_all', '-x', 'A B', '', 'x/_doc', '.kibana', 'x?y'])(
    'are of an index, and %j is none',
    async (index) => {
      const { server, observe } = await search(hits(0, []));
      const call = observe({ index: '{index}', query: 'y' }, { parameters: { index } });
      await expect(call).rejects.toMatchObject({ code: 'bad-input' });
      expect(server.asked).toEqual([]);
    },
  );

  it('are not of every index when a parameter says so', async () => {
    const { server, observe } = await search(hits(0, []));
    await observe({ index: '{index}-*', query: 'y' }, { parameters: { index: 'a*,b' } });
    expect(sent(server).path).toMatch(/^\/ab-\*\/_search/);
  });

  it.each([
    [
      400,
      { error: { root_cause: [{ reason: 'Failed to parse query [a:(]' }], reason: 'all shards failed' } },
      'bad-input',
      'refused: Failed to parse query [a:(]',
    ],
    [
      404,
      { error: { root_cause: [{ reason: 'no such index [x]' }] } },
      'not-found',
      'refused: no such index [x]',
    ],
    [401, { error: 'x' }, 'refused', 'refused the credentials (status 401)'],
    [429, 'slow down', 'refused', 'refused: status 429'],
    [200, { hits: [] }, 'nonsense', 'answered something that is not its API (status 200)'],
  ])('of an answer of status %i are an error in words', async (status, answer, code, message) => {
    const { server, observe } = await search(answer, status);
    await expect(observe({ index: 'x', query: 'y' })).rejects.toMatchObject({
      code,
      retryable: status === 429,
      message: `Elasticsearch at ${server.at} ${message}`,
    });
  });
});

describe('inputs', () => {
  it.each([
    { pods: 'a=b', container: 'x' },
    { unit: 'x' },
    { unit: 'x', on: 'y', connection: 'z' },
    { index: 'x' },
    { query: 'x' },
    { container: 'x', since: 'soon' },
    { container: 'x', tail: 0 },
    { container: 'x', match: 'x'.repeat(201) },
    {},
  ])('name exactly one source, and %j is refused', (input) => {
    expect(logs.input.safeParse(input).success).toBe(false);
  });

  it('use the connection of their source', () => {
    const used = (input: object) => logs.connectionFor?.(logs.input.parse(input));
    expect(used({ pods: 'a=b' })).toEqual({ kind: 'kubernetes', name: 'kubernetes' });
    expect(used({ container: 'a', connection: 'edge' })).toEqual({ kind: 'docker', name: 'edge' });
    expect(used({ index: 'a', query: 'b' })).toEqual({ kind: 'elasticsearch', name: 'elasticsearch' });
    expect(used({ unit: 'a', on: 'b' })).toBeUndefined();
  });

  it('count as calls of the connection or the target that they go to', async () => {
    const samples: string[] = [];
    const { observe } = serviceWith({
      connections: { elasticsearch: { kind: 'elasticsearch', url: 'http://127.0.0.1:1' } },
      metrics: { call: ({ kind, connection }) => samples.push(`${kind} ${connection}`) },
    });
    await observe('logs', { index: 'a', query: 'b' }).catch(() => undefined);
    await observe('logs', { unit: 'a', on: 'b' }).catch(() => undefined);
    expect(samples).toEqual(['logs elasticsearch', 'logs b']);
  });

  it('are found wanting by lint when a pattern or a parameter is', () => {
    const check = (input: object) => logs.check?.(logs.input.parse(input), ['name']);
    expect(check({ container: '{name}', match: '/{name}/i' })).toEqual([]);
    expect(check({ container: '{who}', match: '/(a+)+/' })).toEqual([
      expect.stringContaining('{who}'),
      expect.stringContaining('take the repetition off'),
    ]);
  });
});
