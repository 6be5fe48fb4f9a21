import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parentPort } from 'node:worker_threads';

/** The other end of the checks of a bench, in a thread of its own: answers after a moment, and counts who asks at once. */
const SLOW_MS = 20;
const now = new Map<string, number>();
let most = 0;

const METRICS = JSON.stringify({
  status: 'success',
  data: { resultType: 'vector', result: [{ metric: { job: 'denis' }, value: [1_763_000_000, '42'] }] },
});

const server = createServer((request, response) => {
  request.resume();
  const { url = '' } = request;
  const [, connection = ''] = url.split('/');
  now.set(connection, (now.get(connection) ?? 0) + 1);
  most = Math.max(most, now.get(connection) ?? 0);
  const answer = () => {
    now.set(connection, (now.get(connection) ?? 1) - 1);
    response.setHeader('content-type', 'application/json');
    response.end(url.includes('/most') ? JSON.stringify({ most }) : METRICS);
  };
  if (url.includes('/slow')) setTimeout(answer, SLOW_MS);
  else answer();
});

server.listen(0, '127.0.0.1', () => parentPort?.postMessage((server.address() as AddressInfo).port));
