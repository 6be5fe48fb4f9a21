import { once } from 'node:events';
import { createServer } from 'node:http';
import type { PodProcess } from './pod-processes.ts';

type Service = 'inventory' | 'outbound';

/** Test equipment: the two services behind their gateway, with the figures and the paths that the runbooks ask for. */
export interface InventoryApi {
  url: string;
  target: string;
  /** With a new process a service is well again. */
  startNew(service: Service): Promise<PodProcess>;
  /** From now on it answers slowly, and every second request with an error. */
  degrade(service: Service): void;
  stop(): Promise<void>;
}

/** How it goes, and how many answers more there are at each look, good ones and bad ones. */
const PACES = {
  calm: [10, 0],
  degraded: [10_000, 10_000],
  /** So many good ones that they soon outweigh the bad ones of five minutes. */
  restarted: [10_000_000, 0],
} as const;

interface Counts {
  ok: number;
  failed: number;
  pace: keyof typeof PACES;
}

/** `authorization` is what it wants to be shown where it is asked for more than figures. */
export async function startInventoryApi(authorization: string): Promise<InventoryApi> {
  const counts: Record<Service, Counts> = {
    inventory: { ok: 0, failed: 0, pace: 'calm' },
    outbound: { ok: 0, failed: 0, pace: 'calm' },
  };
  const services = Object.entries(counts);
  const degraded = () => services.filter(([, { pace }]) => pace === 'degraded').map(([name]) => name);
  const server = createServer(({ url = '', headers }, response) => {
    const { pathname, searchParams } = new URL(url, 'http://api');
    if (pathname === '/metrics') return response.end(services.map(figures).join(''));
    if (headers.authorization !== authorization) return response.writeHead(401).end();
    const ill = degraded().filter((name) => [null, name].includes(searchParams.get('service')));
    const answers: Record<string, string> = {
      '/monitoring/metrics': services.map(figures).join(''),
      '/monitoring/alerts': JSON.stringify({ active: ill }),
      '/monitoring/signals': JSON.stringify({ signals: ill }),
      '/monitoring/health': JSON.stringify({ sloStatuses: services.map(statusOf) }),
      '/audit/events': JSON.stringify({ events: [] }),
    };
    return response.writeHead(pathname in answers ? 200 : 404).end(answers[pathname]);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${port}`,
    target: `127.0.0.1:${port}`,
    async startNew(service) {
      if (counts[service].pace === 'degraded') counts[service].pace = 'restarted';
      return { stop: async () => undefined };
    },
    degrade(service) {
      counts[service].pace = 'degraded';
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function statusOf([service, { pace }]: [string, Counts]) {
  return { service, status: pace === 'degraded' ? 'breached' : 'healthy' };
}

function figures([service, counts]: [string, Counts]): string {
  const [ok, failed] = PACES[counts.pace];
  counts.ok += ok;
  counts.failed += failed;
  const all = counts.ok + counts.failed;
  const bucket = (le: string, answers: number) =>
    `http_request_duration_seconds_bucket{service="${service}",le="${le}"} ${answers}`;
  const requests = (status: number, answers: number) =>
    `http_requests_total{service="${service}",method="POST",warehouse="north",status="${status}"} ${answers}`;
  return [
    ...[requests(200, counts.ok), requests(503, counts.failed)],
    ...[bucket('0.1', counts.ok), bucket('0.5', counts.ok), bucket('2', all), bucket('+Inf', all)],
    ...(service === 'outbound'
      ? [`outbound_pending_tasks 3`, `outbound_downstream_requests_total ${all}`]
      : []),
    '',
  ].join('\n');
}
