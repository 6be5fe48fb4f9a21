import dns from 'node:dns';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { type Answer, type Asked, startHttp } from './fakes/http-server.ts';
import { closedPort } from './fakes/wire.ts';
import { closing, serviceWith } from './harness.ts';

async function serverThat(answer: (asked: Asked) => Answer) {
  const server = closing(await startHttp(answer));
  return { server, ...serviceWith({ connections: { http: { kind: 'http', url: server.url } } }) };
}

const METRICS = `# HELP http_requests_total Requests
# TYPE http_requests_total counter
http_requests_total{code="200",path="/a b"} 40 1700000000000
http_requests_total{code="500",path="/x\\"y"} 2.5
http_requests_total_bucket{le="+Inf"} 7
rate_limit_fallback 1
broken{ 5
`;

describe('observing', () => {
  it('is status and latency without a pick', async () => {
    const { observe } = await serverThat(() => ({ status: 503 }));
    const { value, says } = await observe('http', { get: '/health' });
    expect(value).toEqual({ status: 503, latency_ms: expect.any(Number) });
    expect(says).toMatch(/^503 in \d+ ms$/);
  });

  it('says whether an expectation holds, also when nobody is there', async () => {
    const { observe } = await serverThat(() => ({ status: 503 }));
    const input = { get: '/health', expect: { status: [200, 204] } };
    expect(await observe('http', input)).toMatchObject({
      value: { ok: false },
      says: expect.stringMatching(/^503 in \d+ ms, expected 200 or 204$/),
    });
    const port = await closedPort();
    const nobody = serviceWith({ connections: { http: { kind: 'http', url: `http://127.0.0.1:${port}` } } });
    expect(await nobody.observe('http', input)).toMatchObject({
      value: { status: null, latency_ms: null, ok: false },
      says: `refused by 127.0.0.1:${port}, three tries`,
    });
    await expect(nobody.observe('http', { get: '/health' })).rejects.toMatchObject({ code: 'unreachable' });
  });

  it.each([
    [{ json: 'status' }, 'up'],
    [{ json: '$.checks[1].ms' }, 12.5],
    [{ json: "['a.b'].c" }, true],
    [{ json: 'names' }, ['a', 'b']],
    [{ json: 'a.b' }, null],
    [{ json: 'checks[1]' }, { ms: 12.5 }],
    [{ header: 'X-Queue-Length' }, 1_243],
    [{ header: 'x-none' }, null],
  ])('picks %j', async (pick, value) => {
    const body = { status: 'up', checks: [{}, { ms: 12.5 }], 'a.b': { c: true }, names: ['a', 'b'] };
    const { observe } = await serverThat(() => ({
      body: JSON.stringify(body),
      headers: { 'x-queue-length': '1243' },
    }));
    expect((await observe('http', { get: '/', ...pick })).value).toEqual(value);
  });

  it.each([
    [{ sum: 'http_requests_total' }, 42.5],
    [{ sum: '/^http_requests_/' }, 49.5],
    [{ count: 'http_requests_total' }, 2],
    [{ sum: 'http_requests_total', labels: { code: '500', path: '/x"y' } }, 2.5],
    [{ sum: 'none' }, null],
    [{ count: 'none' }, 0],
  ])('reads metrics: %j', async (metrics, value) => {
    const { observe } = await serverThat(() => ({ body: METRICS }));
    expect((await observe('http', { get: '/metrics', metrics })).value).toBe(value);
  });

  it('picks nothing from an answer of an unexpected status', async () => {
    const { observe } = await serverThat(() => ({ status: 500, body: '{"status":"up"}' }));
    await expect(observe('http', { get: '/x', json: 'status' })).rejects.toMatchObject({
      code: 'refused',
      retryable: true,
      message: expect.stringMatching(/^GET \/x of 127\.0\.0\.1:\d+ answered 500 where 2xx was expected$/),
    });
  });

  it('is not done by a POST', async () => {
    const { observe, server } = await serverThat(() => ({}));
    await expect(observe('http', { post: '/x' })).rejects.toMatchObject({ code: 'bad-input' });
    expect(server.asked).toEqual([]);
  });

  it('shows what was asked and answered', async () => {
    const { observe, server } = await serverThat(() => ({ body: '{"a":1}' }));
    const { evidence } = await observe(
      'http',
      { get: '/jobs/{id}', json: 'a' },
      { parameters: { id: 'x y' } },
    );
    expect(evidence[0]?.text).toMatch(new RegExp(`^GET /jobs/x%20y of ${server.at}: status 200, \\d+ ms$`));
    expect(evidence[1]).toEqual({ label: 'Answer', text: '{"a":1}' });
  });
});

describe('the place asked', () => {
  it.each([
    ['a/b?c#d', '/jobs/a%2Fb%3Fc%23d/state'],
    ['@evil.example', '/jobs/%40evil.example/state'],
    ['..%2f..', '/jobs/..%252f../state'],
    ['%2e%2e', '/jobs/%252e%252e/state'],
  ])('keeps the parameter %j in its segment', async (id, path) => {
    const { observe, server } = await serverThat(() => ({}));
    await observe('http', { get: '/jobs/{id}/state' }, { parameters: { id } });
    expect(server.asked[0]?.path).toBe(path);
  });

  it.each(['..', '.'])('is never left through the parameter %j', async (id) => {
    const { observe, server } = await serverThat(() => ({}));
    const call = observe('http', { get: '/jobs/{id}/state' }, { parameters: { id } });
    await expect(call).rejects.toMatchObject({ code: 'bad-input' });
    expect(server.asked).toEqual([]);
  });

  it.each(['//evil.example/x', '/\\evil.example', '/@evil.example:80/'])(
    'stays the connection’s host for %j',
    async (get) => {
      const { observe, server } = await serverThat(() => ({}));
      await observe('http', { get });
      expect(server.asked).toHaveLength(1);
    },
  );

  it('may move on the same host', async () => {
    const { observe } = await serverThat(({ path }) =>
      path === '/a' ? { status: 301, headers: { location: '/b' } } : { body: '{"at":"b"}' },
    );
    expect((await observe('http', { get: '/a', json: 'at' })).value).toBe('b');
  });

  it.each([
    'http://elsewhere.example/',
    'http://127.0.0.1:1/',
    'file:///etc/passwd',
    'https://127.0.0.1/',
    'http://',
  ])('does not move to %s', async (location) => {
    const { observe, server } = await serverThat(() => ({ status: 302, headers: { location } }));
    await expect(observe('http', { get: '/' })).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('is not followed'),
    });
    expect(server.asked).toHaveLength(1);
  });

  it('ends a redirect in circles', async () => {
    const { observe, server } = await serverThat(() => ({ status: 302, headers: { location: '/' } }));
    expect((await observe('http', { get: '/' })).value).toMatchObject({ status: 302 });
    expect(server.asked).toHaveLength(4);
  });

  it.each([
    'http://169.254.169.254',
    'http://2852039166',
    'http://0xa9fea9fe',
    'http://[fd00:ec2::254]',
    'http://[::ffff:169.254.169.254]',
    'http://metadata.google.internal',
    'http://METADATA.google.internal.',
    'http://100.100.100.200',
  ])('is never %s', async (url) => {
    const { observe } = serviceWith({ connections: { http: { kind: 'http', url } } });
    await expect(observe('http', { get: '/latest/meta-data' })).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('is where a cloud hands out credentials'),
    });
  });
});

describe('a name', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  type Callback = (error: Error | null, found: object) => void;

  /** Asks a server of ours by a name that resolves to these addresses, or that nobody knows. */
  async function askedBy(name: string, ...addresses: string[]) {
    const { server } = await serverThat(() => ({}));
    const found = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    const unknown = Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' });
    const lookup = (_host: unknown, _options: unknown, callback: Callback) =>
      callback(found.length === 0 ? unknown : null, found);
    jest.spyOn(dns, 'lookup').mockImplementation(lookup as never);
    const url = server.url.replace('127.0.0.1', name);
    const { observe } = serviceWith({ connections: { http: { kind: 'http', url } } });
    return { server, answer: observe('http', { get: '/' }) };
  }

  it.each([['169.254.169.254'], ['10.0.0.1', 'fd00:ec2::254'], ['::ffff:169.254.169.254']])(
    'that turns out to be %s is not asked',
    async (...addresses) => {
      const { answer } = await askedBy('innocent.example', ...addresses);
      await expect(answer).rejects.toMatchObject({
        code: 'refused',
        message: expect.stringContaining('is where a cloud hands out credentials'),
      });
    },
  );

  it('that turns out to be this machine is not asked', async () => {
    const { answer, server } = await askedBy('innocent.example', '127.0.0.1');
    await expect(answer).rejects.toMatchObject({
      code: 'refused',
      message:
        'innocent.example was not asked: 127.0.0.1 is this machine itself; write localhost in the connection if that is meant',
    });
    expect(server.connections()).toBe(0);
  });

  it('that says localhost is asked', async () => {
    const { answer } = await askedBy('localhost', '127.0.0.1');
    expect((await answer).value).toMatchObject({ status: 200 });
  });

  it('that nobody knows is said to be unknown', async () => {
    const { answer } = await askedBy('nobody.example');
    const message = expect.stringMatching(/^no address is known for nobody\.example:\d+, three tries$/);
    await expect(answer).rejects.toMatchObject({ code: 'unreachable', message });
  });
});

describe('acting', () => {
  const input = { post: '/queues/{queue}/drain', body: { limit: '{limit}', by: 'guardia for {queue}' } };
  const parameters = { queue: 'celery', limit: 5 };

  it('posts once, with parameters as JSON', async () => {
    const { perform, server } = await serverThat(() => ({ status: 202 }));
    const { says } = await perform('http', input, { parameters });
    expect(says).toMatch(/^POST \/queues\/celery\/drain answered 202 in \d+ ms$/);
    expect(server.asked).toMatchObject([{ method: 'POST', path: '/queues/celery/drain' }]);
    expect(JSON.parse(server.asked[0]?.body ?? '')).toEqual({ limit: 5, by: 'guardia for celery' });
  });

  it('fails when the answer is not the expected one', async () => {
    const { perform } = await serverThat(() => ({ status: 409 }));
    await expect(perform('http', input, { parameters })).rejects.toThrow(
      'answered 409 where 2xx was expected',
    );
  });

  it('previews without asking anybody', async () => {
    const { preview, fingerprint, server } = await serverThat(() => ({}));
    expect(await preview('http', input, { parameters })).toEqual({
      what: `POST /queues/celery/drain to ${server.at}`,
      evidence: [{ label: 'Body', text: '{"limit":5,"by":"guardia for celery"}' }],
    });
    expect((await fingerprint('http', input, { parameters })).substance).toMatchObject({
      path: '/queues/celery/drain',
    });
    expect(server.asked).toEqual([]);
  });
});

describe('an input', () => {
  it.each([
    [{}, 'write either get or post'],
    [{ get: '/a', post: '/b' }, 'write either get or post'],
    [{ get: 'a' }, 'a path begins with /'],
    [{ get: '/a', json: 'x', header: 'y' }, 'write at most one of'],
    [{ get: '/a', json: 'a..b' }, 'write a path such as'],
    [{ get: '/a', metrics: {} }, 'write either sum or count'],
  ])('%j is refused', async (input, message) => {
    const { observe } = await serverThat(() => ({}));
    await expect(observe('http', input)).rejects.toMatchObject({
      code: 'bad-input',
      message: expect.stringContaining(message),
    });
  });
});
