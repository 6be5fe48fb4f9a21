import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { readJson } from '../../src/http/body.ts';
import { answer, type Route } from '../../src/http/route.ts';
import { createReceiver } from '../../src/slack/receiver.ts';
import { closeServers, quiet, serve } from './serve.ts';

const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await closeServers();
});

const LIMITS = { headersMs: 200, requestMs: 400, idleMs: 300 };
const HEADERS = 'host: x\r\ncontent-type: application/json\r\n';

const takes: Route = {
  method: 'POST',
  path: '/takes',
  async handle(request, response) {
    const body = await readJson(request, 1_000);
    answer(response, body.ok ? { status: 200, body: body.value } : body.answer);
  },
};
const says: Route = {
  method: 'GET',
  path: '/says',
  handle: (_, response) => answer(response, { status: 200, body: 'well' }),
};

interface Client {
  socket: Socket;
  /** What was answered until the connection closed, and after how long that was. */
  closed: Promise<{ said: string; afterMs: number }>;
}

/** Sends `first`, and then `drop` every 20 ms. */
function client(port: number, first: string, drop = ''): Client {
  const socket = connect(port, '127.0.0.1').on('error', () => undefined);
  sockets.push(socket);
  const began = performance.now();
  let said = '';
  socket.on('data', (data) => {
    said += data.toString();
  });
  if (first !== '') socket.write(first);
  const dripping = drop === '' ? undefined : setInterval(() => socket.write(drop), 20);
  const closed = new Promise<{ said: string; afterMs: number }>((resolve) => {
    socket.once('close', () => {
      clearInterval(dripping);
      resolve({ said, afterMs: performance.now() - began });
    });
  });
  return { socket, closed };
}

describe('a client that takes too long', () => {
  it('is closed with 408 when its body drips, be it a hundred at once, while others are answered', async () => {
    const observe = jest.fn();
    const limits = { ...LIMITS, requestMs: 2_000 };
    const { port, url } = await serve([takes, says], { limits, observe });
    const head = `POST /takes HTTP/1.1\r\n${HEADERS}content-length: 900\r\n\r\n`;
    const dripping = Array.from({ length: 100 }, () => client(port, head, 'x'));
    await Promise.all(dripping.map(({ socket }) => new Promise((up) => socket.once('connect', up))));
    const began = performance.now();
    expect((await fetch(`${url}/says`)).status).toBe(200);
    expect(performance.now() - began).toBeLessThan(limits.requestMs);
    for (const { said, afterMs } of await Promise.all(dripping.map(({ closed }) => closed))) {
      expect(said).toMatch(/^HTTP\/1\.1 408 [\s\S]*connection: close[\s\S]*"error":"deadline"/);
      expect(afterMs).toBeGreaterThanOrEqual(limits.requestMs);
      expect(afterMs).toBeLessThan(limits.requestMs + 3_000);
    }
    const samples = observe.mock.calls.map(([sample]) => (sample as { status: number }).status);
    expect(samples.filter((status) => status === 408)).toHaveLength(100);
  });

  it('is closed with 408 when its body drips to where nothing is', async () => {
    const { port } = await serve([], { limits: LIMITS });
    const { closed } = client(port, `POST /nowhere HTTP/1.1\r\n${HEADERS}content-length: 900\r\n\r\n`, 'x');
    const { said, afterMs } = await closed;
    expect(said).toMatch(/^HTTP\/1\.1 404 /);
    expect(afterMs).toBeLessThan(LIMITS.requestMs + 3_000);
  });

  it.each([
    ['its headers drip', 'GET /says HTTP/1.1\r\n', 'x: y\r\n', '408'],
    ['it sends nothing at all', '', '', '408'],
  ])('is closed when %s', async (_, first, drop, status) => {
    const { port } = await serve([says], { limits: LIMITS });
    const { said, afterMs } = await client(port, first, drop).closed;
    expect(said).toContain(`HTTP/1.1 ${status} `);
    expect(afterMs).toBeLessThan(LIMITS.headersMs + 3_000);
  });

  it('is closed when it keeps a connection without asking anything', async () => {
    const { port } = await serve([says], { limits: LIMITS });
    const { said, afterMs } = await client(port, 'GET /says HTTP/1.1\r\nhost: x\r\n\r\n').closed;
    expect(said).toContain('HTTP/1.1 200 ');
    expect(afterMs).toBeGreaterThanOrEqual(LIMITS.idleMs);
    expect(afterMs).toBeLessThan(LIMITS.idleMs + 3_000);
  });

  it('is closed when it does not read its answer', async () => {
    const text = 'x'.repeat(16 * 1_024 * 1_024);
    const large: Route = { method: 'GET', path: '/large', handle: (_, response) => void response.end(text) };
    const closed = Promise.withResolvers<number>();
    const { port } = await serve([large], {
      deadlineMs: 300,
      observe: ({ seconds }) => closed.resolve(seconds),
    });
    const { socket } = client(port, 'GET /large HTTP/1.1\r\nhost: x\r\n\r\n');
    socket.pause();
    expect(await closed.promise).toBeLessThan(5);
  });

  it('is closed when it asks and asks, and reads nothing, where nothing is', async () => {
    const closed = Promise.withResolvers<void>();
    const server = await serve([], { limits: LIMITS, deadlineMs: 300 });
    const relay = await reading(server.port, closed.resolve);
    const { socket } = client(relay, '');
    socket.pause();
    const asked = 'GET /nowhere HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(20_000);
    for (let round = 0; round < 10; round += 1) socket.write(asked);
    await closed.promise;
    expect(socket.bytesRead).toBeLessThan(asked.length * 10);
  });
});

/** A port that hands on to another, and says when that one closed the connection. */
async function reading(port: number, closed: () => void): Promise<number> {
  const relay = createServer((near) => {
    const far = connect(port, '127.0.0.1')
      .on('error', () => undefined)
      .on('close', closed);
    sockets.push(near, far);
    near
      .on('error', () => undefined)
      .pipe(far)
      .pipe(near);
  });
  await new Promise<void>((up) => relay.listen(0, '127.0.0.1', up));
  const { port: at } = relay.address() as AddressInfo;
  relay.unref();
  return at;
}

describe('a request of Slack', () => {
  it('is answered at once while a hundred others drip', async () => {
    const receiver = createReceiver({ signingSecret: 's', logger: quiet, acknowledged: () => undefined });
    const { port, url } = await serve(
      [takes, { method: 'POST', path: '/slack/events', handle: receiver.handle }],
      { limits: { ...LIMITS, requestMs: 2_000 } },
    );
    const head = `POST /slack/events HTTP/1.1\r\n${HEADERS}content-length: 900\r\n\r\n`;
    const dripping = Array.from({ length: 100 }, () => client(port, head, 'x'));
    await Promise.all(dripping.map(({ socket }) => new Promise((up) => socket.once('connect', up))));
    const began = performance.now();
    const body = new URLSearchParams({ ssl_check: '1' });
    const answered = await fetch(`${url}/slack/events`, { method: 'POST', body });
    expect(answered.status).toBe(200);
    expect(performance.now() - began).toBeLessThan(1_000);
    const all = await Promise.all(dripping.map(({ closed }) => closed));
    expect(all.filter(({ said }) => said.startsWith('HTTP/1.1 408 '))).toHaveLength(100);
  });
});
