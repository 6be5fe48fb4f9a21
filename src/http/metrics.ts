import type { Route } from './route.ts';

/** `GET /metrics` for Prometheus, from any registry of prom-client. */
export function metricsRoute(registry: { contentType: string; metrics(): Promise<string> }): Route {
  return {
    method: 'GET',
    path: '/metrics',
    async handle(_, response) {
      const text = await registry.metrics();
      response.writeHead(200, {
        'content-type': registry.contentType,
        'content-length': Buffer.byteLength(text),
      });
      response.end(text);
    },
  };
}
