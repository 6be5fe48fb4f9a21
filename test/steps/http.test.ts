import { describe, expect, it } from '@jest/globals';
import { http } from '../../src/steps/http.ts';
import { startHttp } from './fakes/http-server.ts';
import { closedPort, startWire } from './fakes/wire.ts';
import { closing, serviceWith } from './harness.ts';
import { serverThat } from './http-service.ts';

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

  it('that is not answered in time fails an expectation, and is unknown without one', async () => {
    const { port } = closing(await startWire(() => {}));
    const hangs = serviceWith({ connections: { http: { kind: 'http', url: `http://127.0.0.1:${port}` } } });
    const soon = { deadlineMs: 200 };
    expect(await hangs.observe('http', { get: '/health', expect: { status: 200 } }, soon)).toMatchObject({
      value: { ok: false },
      says: expect.stringContaining('no answer'),
    });
    await expect(hangs.observe('http', { get: '/health' }, soon)).rejects.toMatchObject({ code: 'deadline' });
  });

  it('picks nothing from an answer of an unexpected status', async () => {
    const { observe } = await serverThat(() => ({ status: 500, body: '{"status":"up"}' }));
    await expect(observe('http', { get: '/x', json: 'status' })).rejects.toMatchObject({
      code: 'refused',
      retryable: true,
      message: expect.stringMatching(/^GET \/x of 127\.0\.0\.1:\d+ answered 500 where 2xx was expected$/),
    });
  });

  it.each([{ post: '/x' }, { put: '/x' }, { delete: '/x' }])('is not done by %j', async (input) => {
    const { observe, server } = await serverThat(() => ({}));
    await expect(observe('http', input)).rejects.toMatchObject({
      code: 'bad-input',
      message: 'a check may only get, or post with changes-nothing: true',
    });
    expect(server.asked).toEqual([]);
  });

  it('may post what changes nothing', async () => {
    const { observe, server } = await serverThat(() => ({ body: '{"hits":{"total":7}}' }));
    const input = { post: '/logs/_search', 'changes-nothing': true, body: { size: 0, q: '{word}' } };
    const { value } = await observe(
      'http',
      { ...input, json: 'hits.total' },
      { parameters: { word: 'a"b' } },
    );
    expect(value).toBe(7);
    expect(server.asked).toMatchObject([
      { method: 'POST', path: '/logs/_search', body: '{"size":0,"q":"a\\"b"}' },
    ]);
  });

  it('sends headers with the parameters in them, over those of the connection', async () => {
    const server = closing(await startHttp(() => ({})));
    const headers = { 'X-Tenant': 'none', 'x-scope': 'all' };
    const { observe } = serviceWith({ connections: { http: { kind: 'http', url: server.url, headers } } });
    const input = { get: '/', headers: { 'x-tenant': 'tenant {id}' } };
    await observe('http', input, { parameters: { id: 7 } });
    expect(server.asked[0]?.headers).toMatchObject({ 'x-tenant': 'tenant 7', 'x-scope': 'all' });
  });

  it.each(['a\r\nx-admin: true', 'a\nb', 'a\0', 'a\u2028b'])(
    'refuses the parameter %j in a header',
    async (tenant) => {
      const { observe, server } = await serverThat(() => ({}));
      const input = { get: '/', headers: { 'x-tenant': '{tenant}' } };
      await expect(observe('http', input, { parameters: { tenant } })).rejects.toMatchObject({
        code: 'bad-input',
        message: 'the header x-tenant would hold a character that no header may have',
      });
      expect(server.asked).toEqual([]);
    },
  );

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

describe('acting', () => {
  it('takes a web page for an answer only where it is said that there is one', async () => {
    const { perform } = await serverThat(() => ({
      headers: { 'content-type': 'text/html; charset=utf-8' },
      body: '<html>Saved</html>',
    }));
    await expect(perform('http', { post: '/forms/1' })).rejects.toMatchObject({
      ...{ code: 'nonsense', unconfirmed: true },
      message: expect.stringMatching(/with a web page, .*; where that is its own answer, write expect$/),
    });
    const { says } = await perform('http', { post: '/forms/1', expect: { status: 200 } });
    expect(says).toMatch(/^POST \/forms\/1 answered 200 in /);
  });

  const input = { post: '/queues/{queue}/drain', body: { limit: '{limit}', by: 'guardia for {queue}' } };
  const parameters = { queue: 'celery', limit: 5 };

  it('posts once, with parameters as JSON', async () => {
    const { perform, server } = await serverThat(() => ({ status: 202 }));
    const { says } = await perform('http', input, { parameters });
    expect(says).toMatch(/^POST \/queues\/celery\/drain answered 202 in \d+ ms$/);
    expect(server.asked).toMatchObject([{ method: 'POST', path: '/queues/celery/drain' }]);
    expect(JSON.parse(server.asked[0]?.body ?? '')).toEqual({ limit: 5, by: 'guardia for celery' });
  });

  it.each([
    [{ put: '/mode', body: { mode: 'read-only' } }, 'PUT /mode'],
    [{ delete: '/tenants/{tenant}' }, 'DELETE /tenants/a%2Fb'],
  ])('does %j once', async (input, said) => {
    const { perform, server } = await serverThat(() => ({ status: 204 }));
    const { says } = await perform('http', input, { parameters: { tenant: 'a/b' } });
    expect(says).toMatch(new RegExp(`^${said} answered 204 in \\d+ ms$`));
    expect(server.asked.map(({ method, path }) => `${method} ${path}`)).toEqual([said]);
  });

  it.each([{ get: '/x' }, { post: '/x', 'changes-nothing': true }])('is not done by %j', async (input) => {
    const { perform, server } = await serverThat(() => ({}));
    await expect(perform('http', input)).rejects.toMatchObject({ code: 'bad-input' });
    expect(server.asked).toEqual([]);
  });

  it('is not led elsewhere by the answer', async () => {
    const { perform, server } = await serverThat(() => ({
      status: 307,
      headers: { location: '/elsewhere' },
    }));
    await expect(perform('http', { put: '/x' })).rejects.toMatchObject({ code: 'refused' });
    expect(server.asked).toHaveLength(1);
  });

  it('is bound to its headers as well as to its place and body', async () => {
    const { preview, fingerprint, steps } = await serverThat(() => ({}));
    const withMode = (mode: string) => ({ put: '/mode', headers: { 'x-mode': mode } });
    expect((await preview('http', withMode('calm'))).evidence).toEqual([
      { label: 'Headers', text: 'x-mode: calm' },
    ]);
    const [before, now] = [
      await fingerprint('http', withMode('calm')),
      await fingerprint('http', withMode('loud')),
    ];
    expect(steps.drift({ kind: 'http', input: withMode('calm') }, before, now)).toHaveLength(1);
    const deletion = await fingerprint('http', { delete: '/mode' });
    const put = await fingerprint('http', { put: '/mode' });
    expect(steps.drift({ kind: 'http', input: {} }, put, deletion)).toEqual([
      'method changed from PUT to DELETE',
    ]);
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
    [{}, 'write one of get, post, put and delete'],
    [{ get: '/a', post: '/b' }, 'write one of get, post, put and delete'],
    [{ get: 'a' }, 'a path begins with /'],
    [{ get: '/a', body: { a: 1 } }, 'body: a get has no body'],
    [{ post: '/a', body: { a: { b: 1 } } }, 'body.a: Invalid input'],
    [{ get: '/a', 'changes-nothing': true }, 'changes-nothing: is for post alone'],
    [{ put: '/a', 'changes-nothing': true }, 'changes-nothing: is for post alone'],
    [{ get: '/a', json: 'x', header: 'y' }, 'write at most one of header, json, count, metrics, latency and'],
    [{ get: '/a', count: 'x', certificate: true }, 'write at most one of'],
    [{ post: '/a', json: 'x' }, 'only what changes nothing picks a value out of the answer'],
    [{ post: '/a', 'changes-nothing': true, certificate: true }, 'certificate: stands beside get'],
    [{ get: '/a', json: 'a..b' }, 'write a path such as'],
    [{ get: '/a', json: 'a[b=c' }, 'write a path such as'],
    [{ get: '/a', json: 'a[b=]' }, 'write a path such as'],
    [{ get: '/a', metrics: {} }, 'write one of sum, count and max'],
    [{ get: '/a', metrics: { sum: 'a', max: 'b' } }, 'write one of sum, count and max'],
    [{ get: '/a', metrics: { sum: '/(/' } }, 'is not a regular expression'],
    [{ get: '/a', headers: { Host: 'evil.example' } }, 'is set by the connection'],
    [{ get: '/a', headers: { 'Proxy-Authorization': 'x' } }, 'is set by the connection'],
    [{ get: '/a', headers: { 'a b': 'x' } }, 'is not the name of a header'],
  ])('%j is refused', async (input, message) => {
    const { observe } = await serverThat(() => ({}));
    await expect(observe('http', input)).rejects.toMatchObject({
      code: 'bad-input',
      message: expect.stringContaining(message),
    });
  });

  it.each([
    [{ get: '/a' }, 'look'],
    [{ post: '/a', 'changes-nothing': true }, 'look'],
    [{ post: '/a' }, 'act'],
    [{ put: '/a' }, 'act'],
    [{ delete: '/a' }, 'act'],
  ])('%j is there to %s', (asked, what) => {
    expect(http.asks?.(http.input.parse(asked))).toBe(what);
  });
});
