import { once } from 'node:events';
import { Agent, type IncomingMessage } from 'node:http';
import { connect, createServer, type LookupFunction } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';
import { describe, expect, it } from '@jest/globals';
import { heldTransport } from '../../src/steps/shared/http/held-request.ts';
import { certificateFor } from './fakes/certificate.ts';
import { startHttp } from './fakes/http-server.ts';
import { httpAnswer } from './fakes/wire.ts';
import { closing } from './harness.ts';

/** Sends a POST with `asking` in its way. */
function post(url: string, asking: () => Promise<void>, options: object = {}) {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const { hostname, port, protocol } = new URL(url);
  const request = heldTransport(new URL(url), asking).request(
    { hostname, port, protocol, method: 'POST', path: '/', ...options },
    resolve,
  );
  request.on('error', reject);
  request.write('{}');
  request.end();
  return promise;
}

describe('a request that changes something', () => {
  it('is asked about once the address of its host is known, and not before', async () => {
    const server = closing(await startHttp(() => ({})));
    const looking = Promise.withResolvers<void>();
    const found = Promise.withResolvers<void>();
    const asked: string[] = [];
    const lookup: LookupFunction = (_, __, callback) => {
      looking.resolve();
      void found.promise.then(() => callback(null, [{ address: '127.0.0.1', family: 4 }]));
    };
    const agent = new Agent({ lookup });
    const answer = post(
      server.url.replace('127.0.0.1', 'orders.shop'),
      async () => void asked.push('asked'),
      { agent },
    );
    await looking.promise;
    expect(asked).toEqual([]);
    found.resolve();
    expect((await answer).statusCode).toBe(200);
    expect(asked).toEqual(['asked']);
    expect(server.asked).toMatchObject([{ method: 'POST', body: '{}' }]);
  });

  it('is asked about once TLS is agreed on, and not before', async () => {
    const asked: string[] = [];
    const seen: string[][] = [];
    const hour = 3_600_000;
    const until = { from: new Date(Date.now() - hour), to: new Date(Date.now() + hour) };
    const { cert, key } = certificateFor('localhost', until);
    const server = createServer((socket) => {
      socket.once('readable', () => {
        // The client has begun to agree on TLS, and waits.
        seen.push([...asked]);
        const secure = new TLSSocket(socket, {
          isServer: true,
          secureContext: createSecureContext({ cert, key }),
        });
        secure.once('data', () => secure.end(httpAnswer('{}', { headers: 'connection: close\r\n' })));
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    closing({ stop: async () => void server.close() });
    const { port } = server.address() as { port: number };
    const options = { rejectUnauthorized: false };
    const answer = await post(`https://127.0.0.1:${port}`, async () => void asked.push('asked'), options);
    expect(answer.statusCode).toBe(200);
    expect([seen, asked]).toEqual([[[]], ['asked']]);
  });

  it('is asked about on a connection that is open already, too', async () => {
    const server = closing(await startHttp(() => ({})));
    const agent = new Agent({ keepAlive: true });
    closing({ stop: async () => agent.destroy() });
    const asked: number[] = [];
    for (const turn of [1, 2]) {
      const answer = await post(server.url, async () => void asked.push(turn), { agent });
      answer.resume();
      await once(answer, 'end');
    }
    expect([asked, server.connections()]).toEqual([[1, 2], 1]);
  });

  it('is not sent where it may not, and ends with the reason', async () => {
    const server = closing(await startHttp(() => ({})));
    const reason = new Error('taken over');
    await expect(post(server.url, () => Promise.reject(reason))).rejects.toBe(reason);
    // Whatever had been sent would have come before this.
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    socket.end('GET /last HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n\r\n').resume();
    await once(socket, 'close');
    expect(server.asked.map(({ path }) => path)).toEqual(['/last']);
  });
});
