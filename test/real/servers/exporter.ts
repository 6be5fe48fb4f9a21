import { once } from 'node:events';
import { createServer } from 'node:http';

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
