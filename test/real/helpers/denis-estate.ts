import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { type CeleryWorker, celeryInPods, startCelery, startCeleryExporter } from '../servers/celery.ts';
import { startMetricsPage } from '../servers/exporter.ts';
import { type KubernetesCluster, startKubernetesCluster } from '../servers/kubernetes.ts';
import { type Neo4jServer, startNeo4j } from '../servers/neo4j.ts';
import { freePort, until } from '../servers/process.ts';
import { type PrometheusServer, type Rule, startPrometheus } from '../servers/prometheus.ts';
import { type RedisServer, redisCommand, startRedis } from '../servers/redis.ts';
import { startVault } from '../servers/vault.ts';
import { type DenisApi, startDenisApi } from './denis-api.ts';
import { rolledOut, template } from './denis-cluster.ts';
import { type Exported, otherFigures } from './denis-figures.ts';
import { type InventoryApi, startInventoryApi } from './inventory-api.ts';
import { type Kubelet, type PodProcess, playKubelet } from './pod-processes.ts';

const RIGHTS = join(import.meta.dirname, '../../../deploy/kubernetes-rights.yml');
const LOG = ['INFO denis.ws websocket accepted', 'INFO denis.gate policy spend allows', 'INFO denis.api 200'];
const AUTHORIZATION = 'Bearer of-guardia-4711';
const QUEUES = ['celery', 'tools_mut', 'nightly'];

/** Over what the runbooks call failing; a restart of the API alone is no alert. */
const RULES: readonly Rule[] = [
  { alert: 'RedisDown', expr: 'redis_up == 0', labels: { severity: 'critical', namespace: 'denis' } },
  {
    alert: 'CeleryQueueNotConsumed',
    expr: 'celery_queue_length > 0 and celery_active_worker_count == 0',
    for: '2s',
    labels: { severity: 'critical', namespace: 'denis' },
  },
  {
    alert: 'CeleryWorkerMemoryHigh',
    expr: 'container_memory_working_set_bytes > 1e9',
    labels: { severity: 'warning', namespace: 'denis' },
  },
  {
    alert: 'InventorySloErrors',
    expr: 'rate(http_requests_total{service="inventory", status="503"}[5s]) > 0',
    labels: { severity: 'critical', team: 'inventory-outbound' },
  },
  {
    alert: 'OutboundSloErrors',
    expr: 'rate(http_requests_total{service="outbound", status="503"}[5s]) > 0',
    labels: { severity: 'critical', team: 'inventory-outbound' },
  },
];

/** All that commands/denis and commands/inventory-outbound look at and change, as far as it can be real here. */
export interface DenisEstate {
  cluster: KubernetesCluster;
  prometheus: PrometheusServer;
  api: DenisApi;
  inventory: InventoryApi;
  /** Those that run now, each in its pod. */
  redis(): RedisServer;
  neo4j(): Neo4jServer;
  workers(): ReadonlyMap<string, CeleryWorker>;
  /** Makes a worker's pod use 1.3 GB in the figures of the kubelet. */
  leak(pod: string): void;
  /** Jobs that wait in a queue. */
  waiting(queue: string): Promise<number>;
  enqueue(jobs: number, queue: string): Promise<void>;
  settings: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

type Kept = <T>(thing: T, stop: (thing: T) => Promise<unknown>) => T;

export async function startDenisEstate(alertmanagerUrl: string): Promise<DenisEstate> {
  const stops: (() => Promise<unknown>)[] = [];
  const kept: Kept = (thing, stop) => {
    stops.unshift(() => stop(thing));
    return thing;
  };
  const [redisPort, neo4jPort] = [await freePort(), await freePort()];
  const redisUrl = `redis://127.0.0.1:${redisPort}`;
  const { cluster, vault, api, inventory } = await startAround(redisUrl, kept);
  const starts = {
    denis: (pod: string) => api.startIn(pod),
    redis: () => startRedis({ port: redisPort }),
    neo4j: () => startGraph(neo4jPort),
    'denis-workers': (pod: string) => startWorker(pod, redisUrl),
  };
  const kubelet = kept(playKubelet(cluster, 'denis', starts), (one) => one.stop());
  const shops = {
    inventory: () => inventory.startNew('inventory'),
    outbound: () => inventory.startNew('outbound'),
  };
  const shopsKubelet = kept(playKubelet(cluster, 'inventory', shops), (one) => one.stop());
  await fill(cluster);
  const leaking = new Set<string>();
  const others = otherFigures();
  const pages = await startPages({ redisUrl, others, memory: () => memoryFigures(kubelet, leaking) }, kept);
  const scrape = { denis: api.target, inventory: inventory.target, ...pages };
  const prometheus = kept(
    await startPrometheus({ scrape, rules: RULES, alertmanagerUrl, history: others.history }),
    (one) => one.stop(),
  );
  await allRun([
    [kubelet, Object.keys(starts)],
    [shopsKubelet, Object.keys(shops)],
  ]);
  const one = <T>(app: string): T => {
    const [first] = kubelet.running(app).values();
    if (!first) throw new Error(`no pod of ${app} runs`);
    return first as T;
  };
  return {
    ...{ cluster, prometheus, api, inventory },
    redis: () => one<RedisServer>('redis'),
    neo4j: () => one<Neo4jServer>('neo4j'),
    workers: () => kubelet.running('denis-workers') as ReadonlyMap<string, PodProcess & CeleryWorker>,
    leak: (pod) => void leaking.add(pod),
    waiting: async (queue) => Number(await redisCommand(redisUrl, ['LLEN', queue])),
    enqueue: (jobs, queue) => one<CeleryWorker>('denis-workers').enqueue(jobs, { queue }),
    settings: {
      PROMETHEUS_URL: prometheus.url,
      DENIS_REDIS_URL: redisUrl,
      DENIS_API_URL: api.url,
      DENIS_JAEGER_URL: api.url,
      DENIS_NEO4J_URL: `bolt://127.0.0.1:${neo4jPort}`,
      DENIS_NEO4J_PASSWORD: one<Neo4jServer>('neo4j').password,
      INVENTORY_PROMETHEUS_URL: prometheus.url,
      INVENTORY_API_URL: inventory.url,
      VAULT_ADDR: vault.url,
      VAULT_TOKEN: vault.rootToken,
      KUBECONFIG: await kubeconfigOfGuardia(cluster),
    },
    async stop() {
      for (const stop of stops) await stop().catch((error: unknown) => console.error(error));
    },
  };
}

/** What does not live in a pod here. */
async function startAround(redisUrl: string, kept: Kept) {
  const environment = await celeryInPods({ redisUrl });
  const cluster = await startKubernetesCluster({
    logs: { denis: LOG, 'denis-workers': LOG },
    environment,
  });
  kept(cluster, (one) => one.stop());
  const vault = kept(await startVault(), (one) => one.stop());
  await vault.api('POST', 'secret/data/inventory-outbound', { data: { AUTHORIZATION } });
  const api = kept(await startDenisApi(), (one) => one.stop());
  const inventory = kept(await startInventoryApi(AUTHORIZATION), (one) => one.stop());
  return { cluster, vault, api, inventory };
}

interface Sources {
  redisUrl: string;
  others: Exported;
  memory(): string;
}

/** What exporters serve, by job. */
async function startPages({ redisUrl, others, memory }: Sources, kept: Kept) {
  const page = async (render: () => string | Promise<string>) =>
    kept(await startMetricsPage(render), (one) => one.stop()).target;
  const celery = kept(await startCeleryExporter({ redisUrl, queues: QUEUES }), (one) => one.stop());
  return {
    redis: await page(() => redisFigures(redisUrl)),
    kubelet: await page(memory),
    others: await page(others.page),
    celery: celery.target,
  };
}

/** Also one that is stopped gets the signal before it goes on. */
async function startWorker(pod: string, redisUrl: string): Promise<CeleryWorker> {
  const worker = await startCelery({ redisUrl, queues: ['celery'], name: `celery@${pod}` });
  return {
    ...worker,
    stop() {
      const ended = worker.stop('SIGQUIT');
      process.kill(worker.pid, 'SIGCONT');
      return ended;
    },
  };
}

async function startGraph(port: number): Promise<Neo4jServer> {
  const server = await startNeo4j({ port });
  const client = server.client('seed');
  const session = client.session();
  await session.run("CREATE (:Policy { name: 'spend' }), (:Decision { n: 1 }), (:Shelf { name: 'one' })");
  await client.close();
  return server;
}

/** The workloads and services that the runbooks name, in their namespaces. */
async function fill(cluster: KubernetesCluster): Promise<void> {
  for (const namespace of ['denis', 'inventory', 'guardia'])
    await cluster.admin('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
  const make = async (namespace: string, kind: 'deployments' | 'statefulsets', app: string) => {
    const spec = { replicas: 1, selector: { matchLabels: { app } }, template: template(app, `${app}:1`) };
    const more = kind === 'statefulsets' ? { serviceName: app } : {};
    const object = { metadata: { name: app, labels: { app } }, spec: { ...spec, ...more } };
    await cluster.admin('POST', `/apis/apps/v1/namespaces/${namespace}/${kind}`, object);
  };
  for (const app of ['redis', 'neo4j']) await make('denis', 'statefulsets', app);
  for (const app of ['denis', 'denis-workers']) await make('denis', 'deployments', app);
  for (const app of ['inventory', 'outbound']) await make('inventory', 'deployments', app);
  for (const name of ['denis-websocket', 'jaeger'])
    await cluster.admin('POST', '/api/v1/namespaces/denis/services', {
      metadata: { name },
      spec: { selector: { app: 'denis' }, ports: [{ port: 80 }] },
    });
  await rolledOut(cluster, 'deployments/denis-workers', 'denis-workers:1');
}

async function allRun(wanted: readonly (readonly [Kubelet, readonly string[]])[]): Promise<void> {
  for (const [where, apps] of wanted)
    for (const app of apps)
      await until(`what runs in the pod of ${app}`, async () => where.running(app).size > 0, 120_000);
}

/** As deploy/README.md says: the account that Guardia runs as, with the rights that were made from the catalogue. */
async function kubeconfigOfGuardia(cluster: KubernetesCluster): Promise<string> {
  const accounts = '/api/v1/namespaces/guardia/serviceaccounts';
  await cluster.admin('POST', accounts, { metadata: { name: 'guardia' } });
  for (const document of parseAllDocuments(readFileSync(RIGHTS, 'utf8'))) {
    const object = document.toJS();
    const kind = `${object.kind.toLowerCase()}s`;
    const path = `/apis/rbac.authorization.k8s.io/v1/namespaces/${object.metadata.namespace}/${kind}`;
    await cluster.admin('POST', path, object);
  }
  const { status } = await cluster.admin('POST', `${accounts}/guardia/token`, { spec: {} });
  return cluster.kubeconfigFor(status.token);
}

/** Test equipment in the place of redis_exporter, from INFO and with its names. */
async function redisFigures(redisUrl: string): Promise<string> {
  const info = await redisCommand(redisUrl, ['INFO']).catch(() => null);
  if (typeof info !== 'string') return 'redis_up 0\n';
  const figure = (name: string) => new RegExp(`^${name}:([\\d.]+)`, 'm').exec(info)?.[1] ?? '0';
  return [
    'redis_up 1',
    `redis_memory_used_bytes ${figure('used_memory')}`,
    `redis_memory_max_bytes ${figure('maxmemory')}`,
    `redis_total_system_memory_bytes ${figure('total_system_memory')}`,
    `redis_cpu_sys_seconds_total ${figure('used_cpu_sys')}`,
    `redis_cpu_user_seconds_total ${figure('used_cpu_user')}`,
    `redis_rejected_connections_total ${figure('rejected_connections')}`,
    `redis_keyspace_hits_total ${figure('keyspace_hits')}`,
    `redis_keyspace_misses_total ${figure('keyspace_misses')}`,
    '',
  ].join('\n');
}

/** Test equipment in the place of cAdvisor: the memory of the worker pods that there are. */
function memoryFigures(kubelet: Kubelet, leaking: ReadonlySet<string>): string {
  const pods = [...kubelet.running('denis-workers').keys()];
  const line = (pod: string) =>
    `container_memory_working_set_bytes{namespace="denis",pod="${pod}",container="worker"} ${leaking.has(pod) ? 1.3e9 : 2e8}\n`;
  return pods.map(line).join('');
}
