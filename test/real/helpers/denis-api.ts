import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { PodProcess } from './pod-processes.ts';

/** What ails the API until its process is replaced. */
export type ApiFault = 'stuck' | 'silent' | 'dropping' | 'graph-legacy' | 'pool-dry';

export interface DenisApi {
  url: string;
  /** `host:port`, for a scrape. */
  target: string;
  /** As a process of this pod: with a new one every fault is gone, and counters begin at 0. */
  startIn(pod: string): Promise<PodProcess>;
  fails(fault: ApiFault): void;
  stop(): Promise<void>;
}

/**
 * Test equipment in the place of the Denis API: its health, and its figures under the names that its runbooks give. It
 * answers while one of its pods runs.
 */
export async function startDenisApi(): Promise<DenisApi> {
  const pods = new Set<string>();
  let [fault, began]: [ApiFault | null, number] = [null, Date.now()];
  const server = createServer(({ url = '' }, response) => {
    if (pods.size === 0) return response.destroy();
    if (url === '/health') return answer(response, fault === 'stuck' ? 503 : 200, '{}');
    if (url === '/metrics') return answer(response, fault === 'silent' ? 500 : 200, figures(fault, began));
    return answer(response, url === '/api/traces' ? 405 : 404, '');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${port}`,
    target: `127.0.0.1:${port}`,
    async startIn(pod) {
      pods.add(pod);
      [fault, began] = [null, Date.now()];
      return { stop: async () => pods.delete(pod) };
    },
    fails(one) {
      fault = one;
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function answer(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; version=0.0.4' }).end(text);
}

/** Ten chats a second since it began. */
function figures(fault: ApiFault | null, began: number): string {
  const chats = Math.round((Date.now() - began) / 100);
  const when = (one: ApiFault, then: number, otherwise = 0) => (fault === one ? then : otherwise);
  return [
    `http_requests_total{handler="/chat",method="POST",status="200"} ${chats}`,
    `http_requests_total{handler="/metrics",method="GET",status="200"} ${chats}`,
    `http_requests_total{handler="/chat",method="POST",status="503"} ${when('stuck', chats)}`,
    `http_requests_total{handler="/tools",method="POST",status="403"} 0`,
    'inference_provider_up{provider="a"} 1',
    'inference_provider_up{provider="b"} 1',
    'inference_latency_p99 2.4',
    'circuit_breaker_open{of="graph"} 0',
    `chat_latency_p99 ${when('stuck', 41, 3.1)}`,
    'chat_latency_p99{step="graph"} 0.4',
    'chat_latency_p50 0.9',
    'chat_latency_p95 2.2',
    `chat_timeout_total ${when('stuck', chats)}`,
    `decision_trace_writes_total ${chats}`,
    `neo4j_query_timeout_total ${when('pool-dry', chats)}`,
    `neo4j_pool_exhausted_total ${when('pool-dry', chats)}`,
    `graph_legacy ${when('graph-legacy', 1)}`,
    `ws_disconnect_rate ${when('dropping', 4, 0.2)}`,
    'ws_reconnect_rate 0.1',
    `ws_clients ${when('dropping', 0, 530)}`,
    'ws_message_queue_length 3',
    'ws_latency_ms 40',
    'rate_limit_fallback_total 0',
    'gate_policy_block_total{policy="spend"} 0',
    'gate_budget_exceeded_total 0',
    'gate_injection_detected_total 0',
    'celery_worker_utilization 40',
    '',
  ].join('\n');
}
