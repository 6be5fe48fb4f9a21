import { request as httpRequest } from 'node:http';
import { pino } from 'pino';
import {
  createHttpServer,
  type HttpServer,
  type HttpServerOptions,
  type Route,
} from '../../src/http/server.ts';

const servers: HttpServer[] = [];
export const quiet = pino({ level: 'silent' });

/** A server on a free port of this machine, closed by `closeServers`. */
export async function serve(routes: Route[], options: Partial<HttpServerOptions> = {}): Promise<HttpServer> {
  const server = await createHttpServer({ routes, port: 0, host: '127.0.0.1', logger: quiet, ...options });
  servers.push(server);
  return server;
}

export async function closeServers(): Promise<void> {
  await Promise.all(servers.splice(0).map((server) => server.close(0)));
}

/** A POST whose body is sent in pieces without a length, as `fetch` cannot. */
export function postInPieces(
  url: string,
  headers: Record<string, string>,
  pieces: Iterable<string>,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method: 'POST', headers }, async (response) => {
      let text = '';
      for await (const chunk of response) text += chunk;
      resolve({ status: response.statusCode ?? 0, text });
    });
    request.on('error', reject);
    for (const piece of pieces) request.write(piece);
    request.end();
  });
}
