import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kubeconfig } from './contracts.ts';
import type { Act, Journal, Stage } from './effects.ts';
import { silenceOf, startAlertmanagerApi } from './fakes/alertmanager-api.ts';
import { type Ending, standBetween } from './fakes/between.ts';
import { type DockerCall, type FakeContainer, frame, idOf, json, startDocker } from './fakes/docker-api.ts';
import { startGrafanaApi } from './fakes/grafana-api.ts';
import { startHttp } from './fakes/http-server.ts';
import { podNamed, startKubernetes } from './fakes/kubernetes-api.ts';
import { APPS, BATCH, CORE, clusterWith, settling, workload } from './fakes/kubernetes-objects.ts';
import { httpAnswer } from './fakes/wire.ts';
import { closing } from './harness.ts';

const PAGE = '<!doctype html><html><body>Something went wrong. Try again.</body></html>';
const page = (status: string): Ending => ({
  answers: { bytes: httpAnswer(PAGE, { status, type: 'text/html' }) },
});
const own = (status: string, body: unknown, applied?: false): Ending => ({
  answers: { bytes: httpAnswer(JSON.stringify(body), { status }) },
  ...(applied === false ? { applied } : {}),
});
const half = (head: string, body: string): Ending => ({
  answers: {
    bytes: `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n${head}\r\n\r\n${body}`,
    closes: true,
  },
});

/** Ends of an answer that do not say whether the change was made; `error` is how the API itself words one. */
const unsaid = (error: unknown): Record<string, Ending> => ({
  'status 500': own('500 Internal Server Error', error),
  'status 502': page('502 Bad Gateway'),
  'status 503': own('503 Service Unavailable', error),
  'status 504': own('504 Gateway Timeout', error),
  'status 408': own('408 Request Timeout', error),
  'status 499 of a proxy': own('499 Client Closed Request', error),
  'a web page with status 200': page('200 OK'),
  'a web page with status 404': page('404 Not Found'),
  'half an answer': half('content-length: 1000', '{"kind":'),
  'half a chunk': half('transfer-encoding: chunked', '40\r\n{"kind":'),
  cut: { answers: 'cut' },
  hangs: { answers: 'nothing' },
});

const refused = (error: unknown): Record<string, Ending> => ({
  'status 403 of its own': own('403 Forbidden', error, false),
  'status 409 of its own': own('409 Conflict', error, false),
  'status 422 of its own': own('422 Unprocessable Entity', error, false),
});

const isChange = (data: string) => /^(POST|PUT|PATCH|DELETE) /.test(data);

/** The address of who stands before a server. */
async function before(
  to: Parameters<typeof standBetween>[0]['to'],
  note: Journal,
  ending: Ending | undefined,
  changes: (data: string) => boolean = isChange,
): Promise<string> {
  const between = closing(await standBetween({ to, note, ending, isChange: changes }));
  return `127.0.0.1:${between.port}`;
}

const portOf = (url: string) => ({ host: '127.0.0.1', port: Number(new URL(url).port) });

const http = (method: 'post' | 'put' | 'delete'): Act => ({
  kind: 'http',
  does: `a ${method}`,
  input: { [method]: '/orders', ...(method === 'delete' ? {} : { body: { paused: true } }) },
  unconfirmed: { ...unsaid({ error: 'no' }), 'status 302 to a login': own('302 Found', {}) },
  conclusive: refused({ error: 'no' }),
  async stage(note, ending) {
    const server = closing(await startHttp(() => ({ body: '{}' })));
    const at = await before(portOf(server.url), note, ending);
    return { connections: { http: { kind: 'http', url: `http://${at}` } } };
  },
});

const OF = { service: 'denis' };
const alertmanager = (does: string, input: Record<string, unknown>): Act => ({
  ...{ kind: 'alertmanager', does, input },
  unconfirmed: unsaid('no'),
  conclusive: refused('no'),
  async stage(note, ending) {
    const server = closing(await startAlertmanagerApi());
    server.silences.push(silenceOf(OF, { createdBy: 'guardia' }));
    const at = await before(portOf(server.url), note, ending);
    return { connections: { alertmanager: { kind: 'alertmanager', url: `http://${at}` } } };
  },
});

const grafana: Act = {
  kind: 'grafana',
  does: 'an annotation',
  input: { annotate: 'restarted', dashboard: 'denis' },
  unconfirmed: unsaid({ message: 'no' }),
  conclusive: refused({ message: 'no' }),
  async stage(note, ending) {
    const server = closing(await startGrafanaApi());
    server.dashboards.denis = { uid: 'denis', title: 'Denis', panels: [] };
    const at = await before(portOf(server.url), note, ending);
    return { connections: { grafana: { kind: 'grafana', url: `http://${at}`, token: 'token-4711' } } };
  },
};

/** A kubeconfig that leads to whoever stands before the API server. */
async function clusterBefore(
  connection: { namespace: string; kubeconfig: string },
  note: Journal,
  ending: Ending | undefined,
  changes?: (data: string) => boolean,
): Promise<NonNullable<Stage['connections']>> {
  const server = JSON.parse(await readFile(connection.kubeconfig, 'utf8')).clusters[0].cluster.server;
  const at = await before(portOf(server), note, ending, changes);
  const folder = await mkdtemp(join(tmpdir(), 'guardia-between-'));
  closing({ close: () => rm(folder, { recursive: true }) });
  await writeFile(join(folder, 'config'), kubeconfig(`http://${at}`, 'kube-token-4711'));
  return { kubernetes: { ...connection, kubeconfig: join(folder, 'config') } };
}

const STATUS = { kind: 'Status', status: 'Failure', message: 'etcdserver: request timed out' };
const CRON = {
  metadata: { name: 'report', uid: 'c-1', generation: 1 },
  spec: { jobTemplate: { spec: { template: workload().spec.template } } },
};
const OBJECTS = {
  [`${APPS}/deployments/denis`]: workload(),
  [`${CORE}/pods/denis-1`]: {
    metadata: { name: 'denis-1', uid: 'p-1', resourceVersion: '7', labels: {}, ownerReferences: [] },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
  },
  [`${BATCH}/cronjobs/report`]: CRON,
};
const SUCCEEDED = {
  succeeded: 1,
  conditions: [{ type: 'Complete', status: 'True', lastTransitionTime: '2026-01-01T00:00:05Z' }],
};

const kubernetes = (does: string, input: Record<string, unknown>): Act => ({
  ...{ kind: 'kubernetes', does, input },
  unconfirmed: unsaid(STATUS),
  conclusive: refused({ ...STATUS, message: 'denied' }),
  async stage(note, ending) {
    const settle = settling(1);
    const { env } = await clusterWith(OBJECTS, (call, objects) => {
      const job = call.method === 'GET' && call.path.startsWith(`${BATCH}/jobs/`) && objects.get(call.path);
      return job ? { body: { ...job, status: SUCCEEDED } } : settle(call, objects);
    });
    const connection = env.connections.kubernetes as { namespace: string; kubeconfig: string };
    return { connections: await clusterBefore(connection, note, ending) };
  },
});

const podExec: Act = {
  kind: 'command',
  does: 'a program in a pod',
  input: { run: ['purge', 'all'], on: 'pod' },
  unconfirmed: {
    'status 500': own('500 Internal Server Error', STATUS),
    'status 502': page('502 Bad Gateway'),
    'status 504': page('504 Gateway Timeout'),
    'a web page with status 200': page('200 OK'),
    cut: { answers: 'cut' },
    hangs: { answers: 'nothing' },
  },
  conclusive: { 'status 403': own('403 Forbidden', STATUS, false) },
  async stage(note, ending) {
    const items = [podNamed('denis-1')];
    const cluster = closing(
      await startKubernetes({ answer: () => ({ body: { items } }), exec: (exec) => exec.exit(0) }),
    );
    const isExec = (data: string) => /^GET \S+\/exec\?/.test(data);
    const connections = await clusterBefore(cluster.connection, note, ending, isExec);
    return { connections, targets: { pod: { pod: 'app=denis' } } };
  },
};

const WEB = { id: idOf('aaaa'), health: 'healthy' };
const MAIL = { id: idOf('bbbb'), health: 'healthy' };
const EXEC = idOf('e4ec');

/** Whoever is restarted begins a second later than before; a program in a container ends well. */
function answersOf(call: DockerCall, response: Parameters<typeof json>[0], found: FakeContainer[]): boolean {
  const restarted = /^\/containers\/(\w+)\/restart$/.exec(call.path)?.[1];
  const container = found.find(({ id }) => id === restarted);
  if (container) {
    container.startedAt = '2026-01-01T04:00:00Z';
    response.writeHead(204).end();
  } else if (call.path.endsWith('/exec')) json(response, 201, { Id: EXEC });
  else if (call.path === `/exec/${EXEC}/start`) response.end(frame(1, 'done\n'));
  else if (call.path === `/exec/${EXEC}/json`) json(response, 200, { Running: false, ExitCode: 0 });
  else return false;
  return true;
}

async function dockerStage(note: Journal, ending: Ending | undefined, changes: RegExp): Promise<Stage> {
  const containers = { web: { ...WEB }, mail: { ...MAIL } };
  const host = closing(
    await startDocker({
      containers,
      answer: (call, response) => answersOf(call, response, Object.values(containers)),
    }),
  );
  const path = host.connection.url.replace('unix://', '');
  const at = await before({ path }, note, ending, (data) => changes.test(data));
  return {
    connections: { docker: { kind: 'docker', url: `tcp://${at}` } },
    targets: { container: { container: 'web' } },
  };
}

const docker: Act = {
  kind: 'docker',
  does: 'a restart of two containers',
  input: { restart: ['web', 'mail'] },
  changes: 2,
  unconfirmed: unsaid({ message: 'no' }),
  conclusive: refused({ message: 'no' }),
  stage: (note, ending) => dockerStage(note, ending, /^POST \S+\/restart/),
};

const containerExec: Act = {
  kind: 'command',
  does: 'a program in a container',
  input: { run: ['purge', 'all'], on: 'container' },
  unconfirmed: unsaid({ message: 'no' }),
  conclusive: refused({ message: 'no' }),
  stage: (note, ending) => dockerStage(note, ending, /^POST \/exec\/\w+\/start/),
};

export const actsOverHttp: readonly Act[] = [
  ...(['post', 'put', 'delete'] as const).map(http),
  alertmanager('a silence', { silence: OF, for: '1h', because: 'repair' }),
  alertmanager('the end of silences', { 'end-silence': OF }),
  grafana,
  kubernetes('a restart', { 'rollout-restart': 'deployment/denis' }),
  kubernetes('a scale', { scale: 'deployment/denis', replicas: 5 }),
  kubernetes('the deletion of a pod', { 'delete-pod': 'denis-1' }),
  kubernetes('a job', { job: 'report' }),
  podExec,
  docker,
  containerExec,
];
