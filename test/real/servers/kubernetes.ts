import { generateKeyPairSync } from 'node:crypto';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { join } from 'node:path';
import axios from 'axios';
import { stringify } from 'yaml';
import { kubeconfig } from '../../steps/contracts.ts';
import { goTools } from './go-tools.ts';
import { answers, freePort, ownFolder, type Server, startServer } from './process.ts';

const ADMIN = 'kube-admin-4711';

export interface KubernetesCluster {
  adminToken: string;
  /** Asks as an administrator; rejects where the API server does. */
  admin(method: string, path: string, body?: object, type?: string): Promise<Answered>;
  /** Path of a kubeconfig for whoever has this token. */
  kubeconfigFor(token: string): string;
  stop(): Promise<void>;
}

// biome-ignore lint/suspicious/noExplicitAny: objects of Kubernetes
type Answered = any;

export interface ClusterOptions {
  /** What each container has written, by its name: lines of text, one a second up to now. */
  logs?: Readonly<Record<string, readonly string[]>>;
  /** What commands in pods find in their environment, such as another PATH. */
  environment?: Readonly<Record<string, string>>;
}

/**
 * A real API server on a real etcd, with the real controllers for workloads, jobs and endpoints; kwok plays the nodes and
 * their pods as test/real/servers/kwok.yml says. Nobody schedules: a pod names its node, `node-0`.
 */
export async function startKubernetesCluster(options: ClusterOptions = {}): Promise<KubernetesCluster> {
  const [kubernetes, kwok] = [await goTools('kubernetes'), await goTools('kwok')];
  const started: Server[] = [];
  const stop = async () => {
    for (const server of started.splice(0).reverse()) await server.stop();
  };
  try {
    const etcd = await startEtcd();
    started.push(etcd);
    const api = await startApiServer(kubernetes, etcd.url);
    started.push(api);
    const cluster = clientOf(api);
    const config = cluster.kubeconfigFor(ADMIN);
    started.push(await startControllers(kubernetes, config), await startKwok(kwok, config, options));
    await cluster.admin('POST', '/api/v1/nodes', { metadata: { name: 'node-0' } });
    // Until a node is ready the API server keeps pods off it; the controller that ends this does not run here.
    await cluster.admin(
      'PATCH',
      '/api/v1/nodes/node-0',
      { spec: { taints: [] } },
      'application/merge-patch+json',
    );
    return { ...cluster, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startEtcd(): Promise<Server & { url: string }> {
  const [client, peer] = [`http://127.0.0.1:${await freePort()}`, `http://127.0.0.1:${await freePort()}`];
  const folder = await ownFolder('etcd');
  const server = await startServer({
    name: 'etcd',
    command: 'etcd',
    args: [
      `--data-dir=${join(folder, 'data')}`,
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=default=${peer}`,
    ],
    folder,
    ready: () => answers(`${client}/health`),
    readyWithinMs: 30_000,
  });
  return { ...server, url: client };
}

interface ApiServer extends Server {
  url: string;
  folder: string;
  agent: Agent;
}

async function startApiServer(programs: string, etcd: string): Promise<ApiServer> {
  const port = await freePort();
  const folder = await ownFolder('kube-apiserver');
  const url = `https://127.0.0.1:${port}`;
  const [key, tokens] = [join(folder, 'accounts.key'), join(folder, 'tokens.csv')];
  const certificate = join(folder, 'apiserver.crt');
  writeFileSync(tokens, `${ADMIN},admin,admin,system:masters\n`);
  writeFileSync(key, rsaKey());
  const trusted = () => new Agent({ ca: readFileSync(certificate), keepAlive: true });
  const server = await startServer({
    name: 'kube-apiserver',
    command: join(programs, 'kube-apiserver'),
    args: [
      `--etcd-servers=${etcd}`,
      '--bind-address=127.0.0.1',
      '--advertise-address=127.0.0.1',
      '--endpoint-reconciler-type=none',
      `--secure-port=${port}`,
      `--cert-dir=${folder}`,
      '--authorization-mode=RBAC',
      `--token-auth-file=${tokens}`,
      '--service-cluster-ip-range=10.96.0.0/24',
      '--service-account-issuer=https://kubernetes.test',
      `--service-account-key-file=${key}`,
      `--service-account-signing-key-file=${key}`,
      '--disable-admission-plugins=ServiceAccount',
      '--kubelet-preferred-address-types=InternalIP',
      // Debian's etcd is older than what that asks for.
      '--feature-gates=WatchList=false',
    ],
    folder,
    ready: async () =>
      axios
        .get(`${url}/readyz`, { httpsAgent: trusted(), headers: { authorization: `Bearer ${ADMIN}` } })
        .then(() => true),
    readyWithinMs: 120_000,
  });
  return { ...server, url, folder, agent: trusted() };
}

function rsaKey(): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  return privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
}

function clientOf({ url, folder, agent }: ApiServer): Omit<KubernetesCluster, 'stop'> {
  const ca = readFileSync(join(folder, 'apiserver.crt'), 'utf8');
  let configs = 0;
  return {
    adminToken: ADMIN,
    async admin(method, path, body, type = 'application/json') {
      const headers = { authorization: `Bearer ${ADMIN}`, 'content-type': type };
      const request = { method, url: `${url}${path}`, data: body, headers, httpsAgent: agent };
      const { status, data } = await axios.request({ ...request, validateStatus: () => true });
      if (status < 400) return data;
      throw new Error(`${method} ${path}: ${status} ${data?.message}`);
    },
    kubeconfigFor(token) {
      configs += 1;
      const path = join(folder, `kubeconfig-${configs}`);
      writeFileSync(path, kubeconfig(url, token, ca));
      return path;
    },
  };
}

const CONTROLLERS = [
  'deployment',
  'replicaset',
  'statefulset',
  'daemonset',
  'job',
  'cronjob',
  'endpointslice',
];

async function startControllers(programs: string, config: string): Promise<Server> {
  const port = await freePort();
  const folder = await ownFolder('kube-controller-manager');
  const controllers = [...CONTROLLERS.map((name) => `${name}-controller`), 'garbage-collector-controller'];
  return startServer({
    name: 'kube-controller-manager',
    command: join(programs, 'kube-controller-manager'),
    args: [
      `--kubeconfig=${config}`,
      `--controllers=${controllers.join(',')}`,
      '--leader-elect=false',
      '--bind-address=127.0.0.1',
      `--secure-port=${port}`,
      `--cert-dir=${folder}`,
    ],
    folder,
    ready: () =>
      axios
        .get(`https://127.0.0.1:${port}/healthz`, { httpsAgent: new Agent({ rejectUnauthorized: false }) })
        .then(() => true),
    readyWithinMs: 60_000,
  });
}

async function startKwok(
  programs: string,
  config: string,
  { logs = {}, environment = {} }: ClusterOptions,
): Promise<Server> {
  const port = await freePort();
  const folder = await ownFolder('kwok');
  const settings = join(folder, 'kwok.yml');
  copyFileSync(join(import.meta.dirname, 'kwok.yml'), settings);
  writeFileSync(
    settings,
    `---\n${[kubelet(folder, logs), commands()].map((one) => stringify(one)).join('---\n')}`,
    { flag: 'a' },
  );
  return startServer({
    name: 'kwok',
    command: join(programs, 'kwok'),
    args: [
      `--kubeconfig=${config}`,
      `--config=${settings}`,
      '--manage-all-nodes=true',
      '--node-ip=127.0.0.1',
      `--node-port=${port}`,
      `--server-address=127.0.0.1:${port}`,
    ],
    environment,
    folder,
    ready: () => answers(`http://127.0.0.1:${port}/healthz`),
    readyWithinMs: 30_000,
  });
}

/** Logs in the form that container runtimes write. */
function kubelet(folder: string, logs: NonNullable<ClusterOptions['logs']>) {
  const files = Object.entries(logs).map(([container, lines]) => {
    const logsFile = join(folder, `${container}.log`);
    const at = (index: number) => new Date(Date.now() - (lines.length - index) * 1_000).toISOString();
    writeFileSync(logsFile, lines.map((line, index) => `${at(index)} stdout F ${line}\n`).join(''));
    return { containers: [container], logsFile };
  });
  return {
    apiVersion: 'kwok.x-k8s.io/v1alpha1',
    kind: 'ClusterLogs',
    metadata: { name: 'logs' },
    spec: { logs: files },
  };
}

/** Commands in pods run on this machine, in the environment of kwok itself. */
function commands() {
  const spec = { execs: [{ local: {} }] };
  return { apiVersion: 'kwok.x-k8s.io/v1alpha1', kind: 'ClusterExec', metadata: { name: 'commands' }, spec };
}
