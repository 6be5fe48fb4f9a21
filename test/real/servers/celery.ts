import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { builtOnce, CACHE } from './built-once.ts';
import { answers, freePort, ownFolder, type Server, startServer } from './process.ts';

const run = promisify(execFile);
const PACKAGES = ['celery[redis]>=5.5,<6', 'packaging'];
const INSTALL_MS = 300_000;
const SOURCE = join(import.meta.dirname, 'celery-app');

export interface CeleryOptions {
  redisUrl: string;
  /** Folder with `tasks.py`. */
  folder?: string;
  /** Queues that the worker takes jobs from. One that nobody fills lets it answer and leave the others waiting. */
  queues?: readonly string[];
  name?: string;
}

export interface CeleryWorker extends Server {
  /** For `celery -A`. */
  app: string;
  /** What a local target needs to run `celery` for this application. */
  environment: { PATH: string; PYTHONPATH: string; CELERY_BROKER_URL: string };
  /** Puts jobs into a queue; each sleeps so many seconds. */
  enqueue(jobs: number, options?: { queue?: string; seconds?: number; priority?: number }): Promise<void>;
}

/** What it takes to run `celery` for the application: a Python environment that is made once and kept in the cache. */
async function celeryEnvironment({ redisUrl, folder }: CeleryOptions) {
  const python = await pythonWithCelery();
  return {
    PATH: `${join(python, 'bin')}:${process.env.PATH}`,
    PYTHONPATH: folder ?? SOURCE,
    CELERY_BROKER_URL: redisUrl,
    PYTHONDONTWRITEBYTECODE: '1',
  };
}

/** The same for commands in the pods that kwok plays. */
export async function celeryInPods(options: CeleryOptions) {
  const environment = await celeryEnvironment(options);
  const python = await pythonWithCelery();
  return {
    ...environment,
    PATH: `${join(SOURCE, 'bin')}:${environment.PATH}`,
    REAL_CELERY: join(python, 'bin', 'celery'),
  };
}

/** A real Celery worker with Redis as its broker. */
export async function startCelery(options: CeleryOptions): Promise<CeleryWorker> {
  const environment = await celeryEnvironment(options);
  const [python, source] = [await pythonWithCelery(), environment.PYTHONPATH];
  const celery = join(python, 'bin', 'celery');
  const name = options.name ?? 'worker-1@test';
  const queues = (options.queues ?? ['celery']).join(',');
  const folder = await ownFolder('celery');
  const server = await startServer({
    name: 'celery worker',
    command: celery,
    args: ['-A', 'tasks', 'worker', '-c', '1', '-n', name, '-Q', queues, '--loglevel', 'INFO'],
    environment,
    folder,
    ready: async () => / ready\.$/m.test(readFileSync(join(folder, 'server.log'), 'utf8')),
    readyWithinMs: 45_000,
  });
  return {
    ...server,
    /** At once, without waiting for jobs that run. */
    stop: (signal = 'SIGQUIT') => server.stop(signal),
    app: 'tasks',
    environment,
    async enqueue(jobs, { queue = 'celery', seconds = 0, priority = 0 } = {}) {
      const script = [join(source, 'tasks.py'), ...[jobs, seconds, queue, priority].map(String)];
      await run(join(python, 'bin', 'python'), script, { env: environment });
    },
  };
}

/** A page with what workers and broker answer, asked several times a second, under the names of celery-exporter. */
export async function startCeleryExporter(options: {
  redisUrl: string;
  queues: readonly string[];
}): Promise<Server & { target: string }> {
  const python = await pythonWithCelery();
  const target = `127.0.0.1:${await freePort()}`;
  const [, port = ''] = target.split(':');
  const server = await startServer({
    name: 'celery exporter',
    command: join(python, 'bin', 'python'),
    args: [join(SOURCE, 'exporter.py'), port, options.queues.join(',')],
    environment: await celeryEnvironment(options),
    folder: await ownFolder('celery-exporter'),
    ready: () => answers(`http://${target}/metrics`),
  });
  return { ...server, target };
}

/** Its programs name the folder that they are in, so that one is filled where it stays. */
export async function pythonWithCelery(): Promise<string> {
  const folder = join(CACHE, 'celery-5');
  await builtOnce('celery-5.installed', 'Celery from PyPI', async () => {
    await run('python3', ['-m', 'venv', '--clear', folder], { timeout: INSTALL_MS });
    await run(join(folder, 'bin', 'pip'), ['install', '--quiet', ...PACKAGES], { timeout: INSTALL_MS });
  });
  return folder;
}
