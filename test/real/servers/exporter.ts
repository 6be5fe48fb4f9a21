import { once } from 'node:events';
import { createServer } from 'node:http';
import { redisCommand } from './redis.ts';

export interface MetricsPage {
  /** `host:port`, as a scrape target names it. */
  target: string;
  url: string;
  stop(): Promise<void>;
}

/** Test equipment: a `/metrics` page whose text is made anew at each scrape. */
export async function startMetricsPage(render: () => string | Promise<string>): Promise<MetricsPage> {
  const server = createServer(async (_request, response) => {
    const text = await Promise.resolve(render()).catch((error) => `# ${error}\n`);
    response.setHeader('content-type', 'text/plain; version=0.0.4').end(text);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  return {
    target: `127.0.0.1:${port}`,
    url: `http://127.0.0.1:${port}/metrics`,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/**
 * Test equipment, in the place of redis_exporter and celery-exporter: PING and LLEN as `redis_up` and
 * `celery_queue_length{queue=…}`.
 */
export function startExporter({
  redisUrl,
  queues = ['celery'],
}: {
  redisUrl: string;
  queues?: readonly string[];
}) {
  return startMetricsPage(async () => {
    const pong = await redisCommand(redisUrl, ['PING']).catch(() => 'refused');
    const lines = [
      `# TYPE redis_up gauge`,
      `redis_up ${pong === 'PONG' ? 1 : 0}`,
      '# TYPE celery_queue_length gauge',
    ];
    if (pong !== 'PONG') return `${lines.join('\n')}\n`;
    for (const queue of queues) {
      lines.push(`celery_queue_length{queue="${queue}"} ${await redisCommand(redisUrl, ['LLEN', queue])}`);
    }
    return `${lines.join('\n')}\n`;
  });
}
