import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { alertRoutes } from '../../src/alerts/webhook.ts';
import { createHttpServer } from '../../src/http/server.ts';
import { keepInbox } from '../../src/store/alerts.ts';
import { type Bench, type Measured, median, round, timed } from './bench.ts';
import { benchDatabase } from './database.ts';

const REQUESTS = 1_500;
const AT_ONCE = 16;
const ROUNDS = 5;
const TOKEN = 'bench';

/** The webhook with its durable write against bare HTTP with the same insert, in turn. */
export const webhook: Bench = {
  name: 'webhook',
  async run(): Promise<Measured[]> {
    const database = await benchDatabase();
    const body = JSON.stringify(group());
    const ours = await createHttpServer({
      port: 0,
      host: '127.0.0.1',
      logger: pino({ level: 'silent' }),
      routes: alertRoutes({
        token: TOKEN,
        store: (given) => keepInbox(database.pool, given),
        logger: pino({ level: 'silent' }),
      }),
    });
    const bare = createServer((req, res) => {
      const chunks: Buffer[] = [];
      req.on('data', (chunk) => chunks.push(chunk));
      req.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        void database.pool
          .query('insert into alert_inbox (body) values ($1)', [text])
          .then(() => res.end('{}'));
      });
    });
    await new Promise<void>((up) => bare.listen(0, '127.0.0.1', up));
    const [a, b]: [number[], number[]] = [[], []];
    await load(ours.port, body);
    for (let turn = 0; turn < ROUNDS; turn += 1) {
      a.push(REQUESTS / (await timed(() => load(ours.port, body))));
      b.push(REQUESTS / (await timed(() => load((bare.address() as AddressInfo).port, body))));
    }
    await ours.close();
    bare.close();
    await database.close();
    return [
      {
        name: 'a webhook with its durable write',
        compared: 'to the rate of bare HTTP and the same insert',
        value: round(median(a) / median(b), 3),
        limit: 0.6,
        side: 'at least',
        unit: 'x',
        details: {
          oursPerSecond: Math.round(median(a) * 1_000),
          barePerSecond: Math.round(median(b) * 1_000),
        },
      },
    ];
  },
};

async function load(port: number, body: string): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  let left = REQUESTS;
  const one = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await post(agent, port, body);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
  agent.destroy();
}

function post(agent: Agent, port: number, body: string): Promise<void> {
  return new Promise((done, failed) => {
    const headers = {
      'content-type': 'application/json',
      authorization: `Bearer ${TOKEN}`,
      'content-length': Buffer.byteLength(body),
    };
    const sent = request(
      { agent, port, host: '127.0.0.1', path: '/alerts/alertmanager', method: 'POST', headers },
      (response) => {
        response.resume();
        response.on('end', () =>
          response.statusCode === 200 ? done() : failed(new Error(`answered ${response.statusCode}`)),
        );
      },
    );
    sent.on('error', failed);
    sent.end(body);
  });
}

function group(): object {
  const labels = { alertname: 'RedisDown', severity: 'critical', namespace: 'denis', pod: 'redis-0' };
  const annotations = {
    summary: 'Redis does not answer',
    description: 'PING has not been answered for a minute',
  };
  const alert = {
    status: 'firing',
    labels,
    annotations,
    startsAt: '2026-01-01T03:12:00Z',
    endsAt: '0001-01-01T00:00:00Z',
    generatorURL: 'http://prometheus/graph',
    fingerprint: 'abc',
  };
  return {
    version: '4',
    groupKey: '{}:{alertname="RedisDown"}',
    truncatedAlerts: 0,
    status: 'firing',
    receiver: 'guardia',
    groupLabels: { alertname: 'RedisDown' },
    commonLabels: labels,
    commonAnnotations: annotations,
    externalURL: 'http://alertmanager',
    alerts: [alert, alert, alert],
  };
}
