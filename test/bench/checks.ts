import { once } from 'node:events';
import { Agent } from 'node:http';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Worker } from 'node:worker_threads';
import axios from 'axios';
import { createSteps } from '../../src/steps/index.ts';
import type { StepEnvironment, Steps } from '../../src/steps/step-kind.ts';
import { type Bench, type Measured, median, quantile, round, timed } from './bench.ts';

const CALLS = 1_000;
const CONNECTIONS = 10;
const AT_ONCE = 100;
const ROUNDS = 20;
const OPTIONS = { parameters: {}, deadlineMs: 5_000 };
/** As steps/shared/policies.ts has it for what observes. */
const BULKHEAD = 64;

/** What the door adds to a client's call; and a hundred checks at once. */
export const checks: Bench = {
  name: 'checks',
  async run(): Promise<Measured[]> {
    const server = new Worker(new URL('./checks-server.ts', import.meta.url));
    const [port] = await once(server, 'message');
    const url = `http://127.0.0.1:${port}`;
    const steps = createSteps({ settings: {} });
    try {
      return [
        await overhead('http', url, steps, { get: '/health' }, '/health'),
        await overhead('prometheus', url, steps, { query: 'up' }, '/api/v1/query?query=up'),
        ...(await hundred(url, steps)),
      ];
    } finally {
      await steps.close();
      await server.terminate();
    }
  },
};

/** The check and the bare call of the same client in turn, over kept-alive sockets. */
async function overhead(
  kind: string,
  url: string,
  steps: Steps,
  input: unknown,
  path: string,
): Promise<Measured> {
  const env: StepEnvironment = { service: 'bench', connections: { [kind]: { kind, url } }, targets: {} };
  const client = axios.create({ httpAgent: new Agent({ keepAlive: true }), proxy: false });
  const [ours, bare]: [number[], number[]] = [[], []];
  for (let call = 0; call < CALLS; call += 1) {
    ours.push(await timed(() => steps.observe(env, { kind, input }, OPTIONS)));
    bare.push(await timed(() => client.get(url + path)));
  }
  return {
    name: `a check of ${kind}`,
    compared: 'over the bare call of its client, at the median',
    value: round(median(ours) - median(bare), 3),
    limit: 2,
    side: 'at most',
    unit: 'ms',
    details: {
      checkMs: round(median(ours), 3),
      bareMs: round(median(bare), 3),
      checkP95Ms: round(quantile(ours, 0.95), 3),
      bareP95Ms: round(quantile(bare, 0.95), 3),
    },
  };
}

async function hundred(url: string, steps: Steps): Promise<Measured[]> {
  const names = Array.from({ length: CONNECTIONS }, (_, index) => `c${index}`);
  const connections = Object.fromEntries(
    names.map((name) => [name, { kind: 'http', url: `${url}/${name}` }]),
  );
  const env: StepEnvironment = { service: 'bench', connections, targets: {} };
  const ask = (index: number) => {
    const input = { get: '/slow', connection: names[index % CONNECTIONS] };
    return steps.observe(env, { kind: 'http', input }, OPTIONS);
  };
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const all = () => Promise.all(Array.from({ length: AT_ONCE }, (_, index) => ask(index)));
  await all();
  const took: number[] = [];
  delay.enable();
  for (let turn = 0; turn < ROUNDS; turn += 1) took.push(await timed(all));
  delay.disable();
  const { data } = await axios.get<{ most: number }>(`${url}/most`, { proxy: false });
  const details = { allMs: round(median(took)), loopP99Ms: round(delay.percentile(99) / 1e6) };
  const named = `${AT_ONCE} checks at once on ${CONNECTIONS} connections`;
  return [
    {
      name: `${named}: the event loop`,
      compared: 'to nothing: its longest delay',
      value: round(delay.max / 1e6),
      limit: 20,
      side: 'at most',
      unit: 'ms',
      details,
    },
    {
      name: `${named}: the busiest connection`,
      compared: 'to the bulkhead: calls at once',
      value: round(data.most / BULKHEAD),
      limit: 1,
      side: 'at most',
      unit: 'x',
      details: { most: data.most, bulkhead: BULKHEAD },
    },
  ];
}
