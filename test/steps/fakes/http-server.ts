import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';

export interface Asked {
  method: string;
  /** Path and query as they came. */
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface Answer {
  status?: number;
  headers?: Record<string, string>;
  body?: string | Buffer;
}

export interface HttpFake {
  url: string;
  /** `host:port` */
  at: string;
  asked: Asked[];
  /** How many connections were opened. */
  connections(): number;
  stop(): Promise<void>;
}

/** A real HTTP server on the loopback address, in the place of somebody else's. */
export async function startHttp(answer: (asked: Asked) => Answer | 'never'): Promise<HttpFake> {
  const asked: Asked[] = [];
  let connections = 0;
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { method = '', url: path = '', headers } = request;
    const one = { method, path, headers, body };
    asked.push(one);
    const said = answer(one);
    if (said === 'never') return;
    const { status = 200, headers: more = {}, body: text = '' } = said;
    response.writeHead(status, { 'content-type': 'application/json', ...more }).end(text);
  }).listen(0, '127.0.0.1');
  server.on('connection', () => {
    connections += 1;
  });
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${port}`,
    at: `127.0.0.1:${port}`,
    asked,
    connections: () => connections,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
