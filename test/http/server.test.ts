import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { turnedAway } from '../../src/http/bearer.ts';
import { readBody, readJson } from '../../src/http/body.ts';
import { notListening } from '../../src/http/listen.ts';
import { answer, type Route } from '../../src/http/route.ts';
import { closeServers, postInPieces, serve } from './serve.ts';

afterEach(closeServers);

function says(path: string, body: unknown, method = 'GET'): Route {
  return { method, path, handle: (_, response) => answer(response, { status: 200, body }) };
}

const echo: Route = {
  method: 'POST',
  path: '/echo',
  async handle(request, response) {
    const body = await readJson(request, 1_000);
    answer(response, body.ok ? { status: 200, body: body.value } : body.answer);
  },
};

function post(url: string, body: string, type = 'application/json'): Promise<Response> {
  return fetch(url, { method: 'POST', body, headers: { 'content-type': type } });
}

describe('the HTTP server', () => {
  it('finds a route by path and method, whatever the query', async () => {
    const { url } = await serve([
      says('/a', 1),
      says('/a', 2, 'PUT'),
      says('/below/*', 3),
      says('/below/it', 4),
    ]);
    const ask = async (path: string, method = 'GET') => (await fetch(url + path, { method })).json();
    expect(
      await Promise.all([ask('/a?x=/y'), ask('/a', 'PUT'), ask('/below/x/y'), ask('/below/it')]),
    ).toEqual([1, 2, 3, 4]);
  });

  it('answers 404 and 405 in JSON', async () => {
    const { url } = await serve([says('/a', 1)]);
    const missing = await fetch(`${url}/b`);
    expect([missing.status, await missing.json()]).toEqual([
      404,
      { error: 'not-found', message: 'Nothing is here.' },
    ]);
    const wrong = await fetch(`${url}/a`, { method: 'DELETE' });
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  it('answers HEAD without a body', async () => {
    const { url } = await serve([says('/a', 1)]);
    const head = await fetch(`${url}/a`, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
  });

  it('hides what went wrong inside, and lives on', async () => {
    const broken: Route = {
      method: 'GET',
      path: '/broken',
      handle: () => Promise.reject(new Error('password=hunter2')),
    };
    const { url } = await serve([broken, says('/a', 1)]);
    const response = await fetch(`${url}/broken`);
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('hunter2');
    expect((await fetch(`${url}/a`)).status).toBe(200);
  });

  it('answers for a handler that does not', async () => {
    const silent: Route = { method: 'GET', path: '/silent', handle: () => undefined, deadlineMs: 20 };
    const { url } = await serve([silent]);
    const response = await fetch(`${url}/silent`);
    expect([response.status, await response.json()]).toEqual([
      503,
      expect.objectContaining({ error: 'deadline' }),
    ]);
  });

  it('says when its port is taken, and how to choose another', async () => {
    const { port } = await serve([]);
    await expect(serve([], { port })).rejects.toMatchObject({
      code: 'config',
      message: `Port ${port} is taken by another program: end that one, or choose another with PORT, such as PORT=3001.`,
    });
  });

  it('says when its address is not one of this machine, or its port is not for it', async () => {
    await expect(serve([], { host: '203.0.113.1' })).rejects.toThrow(/has no address 203.0.113.1/);
    const denied = Object.assign(new Error('listen'), { code: 'EACCES' });
    expect(notListening({ host: '0.0.0.0', port: 80 }, denied).message).toMatch(
      /^Port 80 may not be used by this user: choose .* PORT=3001\.$/,
    );
  });

  it('tells of each response by its route, never by its path', async () => {
    const observe = jest.fn();
    const { url } = await serve([says('/below/*', 1)], { observe });
    await fetch(`${url}/below/secret`);
    await fetch(`${url}/nowhere`);
    const seconds = expect.any(Number);
    expect(observe.mock.calls).toEqual([
      [{ method: 'GET', route: '/below/*', status: 200, seconds }],
      [{ method: 'GET', route: 'other', status: 404, seconds }],
    ]);
  });
});

describe('closing', () => {
  it('lets a request that runs end, and takes no other', async () => {
    const begun = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    const slow: Route = {
      method: 'GET',
      path: '/slow',
      async handle(_, response) {
        begun.resolve();
        await go.promise;
        answer(response, { status: 200, body: 'whole' });
      },
    };
    const server = await serve([slow]);
    const asked = fetch(`${server.url}/slow`);
    await begun.promise;
    const closed = server.close(60_000);
    await expect(fetch(`${server.url}/slow`)).rejects.toThrow();
    go.resolve();
    expect(await (await asked).json()).toBe('whole');
    await closed;
  });

  it('waits for work that goes on after the answer', async () => {
    const go = Promise.withResolvers<void>();
    let ended = false;
    const server = await serve([
      {
        method: 'POST',
        path: '/work',
        async handle(_, response) {
          answer(response, { status: 200, body: 'acknowledged' });
          await go.promise;
          ended = true;
        },
      },
    ]);
    await (await fetch(`${server.url}/work`, { method: 'POST' })).json();
    const closed = server.close(60_000);
    go.resolve();
    await closed;
    expect(ended).toBe(true);
  });

  it('does not wait for connections that are kept open, nor longer than it is given', async () => {
    const server = await serve([says('/a', 1), { method: 'GET', path: '/never', handle: () => undefined }]);
    await (await fetch(`${server.url}/a`)).json();
    const hanging = connect(server.port, '127.0.0.1');
    const cut = new Promise((resolve) => hanging.once('close', resolve).once('error', () => undefined));
    hanging.write('GET /never HTTP/1.1\r\nhost: x\r\n\r\n');
    await new Promise((resolve) => hanging.once('connect', resolve));
    const started = performance.now();
    await server.close(50);
    await cut;
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});

describe('reading a body', () => {
  it('reads JSON', async () => {
    const { url } = await serve([echo]);
    expect(await (await post(`${url}/echo`, '{"a":"ü"}')).json()).toEqual({ a: 'ü' });
    expect((await post(`${url}/echo`, '[]', 'application/vnd.x+json; charset=utf-8')).status).toBe(200);
  });

  it.each([
    [400, '{', 'application/json'],
    [400, '', 'application/json'],
    [415, '{}', 'text/plain'],
    [413, `"${'x'.repeat(1_000)}"`, 'application/json'],
  ])('answers %p to %p as %p', async (status, body, type) => {
    const { url } = await serve([echo]);
    expect((await post(`${url}/echo`, body, type)).status).toBe(status);
  });

  it('refuses a compressed body', async () => {
    const { url } = await serve([echo]);
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    expect((await fetch(`${url}/echo`, { method: 'POST', body: '{}', headers })).status).toBe(415);
  });

  it('refuses a body that turns out too long, without having been told its length', async () => {
    const { url } = await serve([echo]);
    const pieces = Array.from({ length: 30 }, () => 'x'.repeat(100));
    const { status, text } = await postInPieces(
      `${url}/echo`,
      { 'content-type': 'application/json' },
      pieces,
    );
    expect([status, JSON.parse(text)]).toEqual([413, expect.objectContaining({ error: 'bad-input' })]);
  });

  it('ends for a sender that goes away in the middle', async () => {
    const read = Promise.withResolvers<unknown>();
    const server = await serve([
      {
        method: 'POST',
        path: '/raw',
        handle: async (request) => read.resolve(await readBody(request, 1_000)),
      },
    ]);
    const socket = connect(server.port, '127.0.0.1');
    socket.write('POST /raw HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nhalf', () => socket.destroy());
    expect(await read.promise).toMatchObject({ ok: false, answer: { status: 400 } });
  });
});

describe('a bearer token', () => {
  it.each([
    ['Bearer right', true],
    ['bearer   right ', true],
    ['Bearer wrong', false],
    ['Bearer right right', false],
    ['Basic right', false],
    ['right', false],
    ['Bearer ', false],
    [undefined, false],
  ])('%p lets in: %p', (authorization, shown) => {
    const request = { headers: { authorization } } as IncomingMessage;
    const away = turnedAway(request, { token: 'right', setting: 'A_TOKEN', name: 'token of A' });
    expect(away === null).toBe(shown);
  });
});
