import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The systems of the shop at their edge: one real HTTP server that answers, keeps waiting, and counts. */
export interface ShopServer {
  url: string;
  /** How often this was asked for: `POST /purge/a`. */
  count(request: string): number;
  /**
   * Keeps whoever asks for this waiting until it is let go, after `others` who are answered as always. `asked`
   * resolves once somebody waits.
   */
  hold(request: string, others?: number): { asked: Promise<void>; letGo(): void };
  stop(): Promise<void>;
}

const WAITING = 1_243;

interface Hold {
  others: number;
  arrived(): void;
  over: Promise<void>;
}

export async function startShopServer(): Promise<ShopServer> {
  const counts = new Map<string, number>();
  const holds = new Map<string, Hold>();
  const done = new Set<string>();
  const server = createServer((request, response) => void handle(request, response));

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request) body += chunk;
    const asked = `${request.method} ${request.url}`;
    counts.set(asked, (counts.get(asked) ?? 0) + 1);
    await waitFor(holds.get(asked));
    if (response.destroyed) return;
    done.add(asked);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(answerTo(request.url ?? '', new URLSearchParams(body), done)));
  }
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    count: (asked) => counts.get(asked) ?? 0,
    hold(request, others = 0) {
      const asked = Promise.withResolvers<void>();
      const over = Promise.withResolvers<void>();
      holds.set(request, { others, arrived: asked.resolve, over: over.promise });
      return {
        asked: asked.promise,
        letGo() {
          holds.delete(request);
          over.resolve();
        },
      };
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function waitFor(hold: Hold | undefined): Promise<void> {
  if (!hold || hold.others-- > 0) return;
  hold.arrived();
  await hold.over;
}

/** As Prometheus answers over HTTP where it is asked like one; no order waits in a lane that was purged. */
function answerTo(path: string, form: URLSearchParams, done: ReadonlySet<string>): object {
  const lane = /lane="([^"]+)"/.exec(form.get('query') ?? '')?.[1] ?? '';
  const orders = done.has(`POST /purge/${lane}`) ? 0 : WAITING;
  const metric = { __name__: 'orders_waiting', lane };
  const now = Math.floor(Date.now() / 1_000);
  const data = (resultType: string, of: object) => ({
    status: 'success',
    data: { resultType, result: [{ metric, ...of }] },
  });
  if (path === '/api/v1/query') return data('vector', { value: [now, String(orders)] });
  if (path !== '/api/v1/query_range') return { ok: true };
  return data('matrix', { values: [3, 2, 1, 0].map((n) => [now - n * 900, String(WAITING - n * 400)]) });
}
