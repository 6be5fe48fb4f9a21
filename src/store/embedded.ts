import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { createCluster, prepareCluster } from './embedded/cluster.ts';
import { alwaysThere, answers, ensureDatabase, urlOf, usedByOthers } from './embedded/connection.ts';
import {
  type DataFolder,
  giveToOwner,
  openDataFolder,
  placeCluster,
  serverIdentities,
} from './embedded/data-folder.ts';
import { keepRunning } from './embedded/keeper.ts';
import { type FolderLock, holderOf, LOCK_FILES, lockFolder } from './embedded/lock.ts';
import {
  endOrphans,
  endPostmaster,
  launch,
  livingPostmaster,
  type Postmaster,
  send,
} from './embedded/postmaster.ts';
import { dataProblem, storageProblem } from './embedded/problems.ts';
import { findPrograms, type Programs } from './embedded/programs.ts';

/** A PostgreSQL server of Guardia's own: its data in one folder, on loopback, behind a random password. */
export interface EmbeddedServer {
  url: string;
  /** False when a server that an earlier process left behind was found and taken over. */
  started: boolean;
  /** Stops the server, unless another process still uses it. */
  stop(): Promise<void>;
}

export interface EmbeddedOptions {
  /** Settings of PostgreSQL, by their names. */
  flags?: Readonly<Record<string, string>>;
  /** Data that cannot be used may be thrown away. */
  disposable?: boolean;
  /** Told when the server ended and when it is up again. */
  report?: (what: string, error?: unknown) => void;
}

interface Server {
  data: DataFolder;
  cluster: string;
  programs: Programs;
  password: string;
  port: number;
  /** Of the first process, while it runs. */
  pid: number;
  options: EmbeddedOptions;
}

/** How long a server that was found may take until it answers. */
const ANSWER_MS = 10_000;
const PASSWORD = 'postgres.password';
const LOG = 'postgres.log';

/**
 * Starts the server whose data is under `folder`, creating it the first time, and again whenever it ends. One that
 * outlived a killed process is adopted. Rejects while another process has the folder: two never share one.
 */
export async function startEmbedded(folder: string, options: EmbeddedOptions = {}): Promise<EmbeddedServer> {
  const data = await openDataFolder(folder);
  const lock = take(data);
  try {
    const server = await prepare(data, options);
    const adopted = await run(server).catch((error: unknown) => abandon(server, error));
    return serve(server, lock, !adopted);
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** For who only looks at the data: uses the server of the process that has the folder, or starts it for now. */
export async function visitEmbedded(folder: string): Promise<EmbeddedServer> {
  try {
    return await startEmbedded(folder);
  } catch (error) {
    const url = await urlOfHolder(folder);
    if (url === null) throw error;
    return { url, started: false, stop: async () => {} };
  }
}

async function urlOfHolder(folder: string): Promise<string | null> {
  const { path } = await openDataFolder(folder);
  const postmaster = await livingPostmaster(join(path, 'postgres'));
  if (!postmaster?.ready) return null;
  return urlOf((await readFile(join(path, PASSWORD), 'utf8')).trim(), postmaster.port);
}

function take(data: DataFolder): FolderLock {
  let lock: FolderLock | null;
  try {
    lock = lockFolder(data.path);
  } catch (cause) {
    throw storageProblem(data.path, cause);
  }
  if (lock) return lock;
  throw dataProblem(
    `The data folder ${data.path} is in use by another Guardia, ${holderOf(data.path)}: end that one, or run this one beside it with a folder and a port of its own, such as GUARDIA_DATA=./data-2 PORT=3001.`,
  );
}

async function prepare(data: DataFolder, options: EmbeddedOptions): Promise<Server> {
  const programs = await findPrograms(await serverIdentities(data, join(data.path, 'postgres')));
  const cluster = await placeCluster(data, programs.identity);
  if (!cluster.startsWith(data.path)) options.report?.(`the data of ${data.path} lies in ${cluster}`);
  const isNew = !existsSync(join(cluster, 'PG_VERSION'));
  const password = await passwordIn(data, cluster, isNew);
  await giveToOwner(data, [...LOCK_FILES, PASSWORD]);
  if (isNew) await createCluster(cluster, password, programs, options.flags?.fsync !== 'off');
  try {
    await prepareCluster(cluster, programs);
  } catch (error) {
    if (!options.disposable) throw error;
    await rm(cluster, { recursive: true });
    return prepare(data, options);
  }
  return { data, cluster, programs, password, port: await freePort(), pid: 0, options };
}

async function passwordIn(data: DataFolder, cluster: string, isNew: boolean): Promise<string> {
  const file = join(data.path, PASSWORD);
  try {
    const known = isNew && !existsSync(file) ? '' : (await readFile(file, 'utf8')).trim();
    if (known || !isNew) return known;
    const password = randomBytes(24).toString('base64url');
    await writeFile(file, password, { mode: 0o600 });
    return password;
  } catch (cause) {
    if (isNew || existsSync(file)) throw storageProblem(data.path, cause);
    throw dataProblem(
      `${file} is missing, without which the data beside it cannot be opened: bring it back, or move ${cluster} away to start empty.`,
      cause,
    );
  }
}

/** Sees to it that the server runs and answers; true when it was found running. */
async function run(server: Server): Promise<boolean> {
  const found = await livingPostmaster(server.cluster);
  const adopted = found !== null && (await adopt(server, found));
  if (!adopted) await start(server);
  await ensureDatabase(urlOf(server.password, server.port));
  return adopted;
}

/** Leaves no server behind that cannot be used. */
async function abandon({ cluster }: Server, error: unknown): Promise<never> {
  const living = await livingPostmaster(cluster).catch(() => null);
  if (living) await endPostmaster(living, 'SIGQUIT').catch(() => {});
  throw error;
}

/** Takes over a server that answers; ends one that does not. */
async function adopt(server: Server, found: Postmaster): Promise<boolean> {
  const deadline = Date.now() + ANSWER_MS;
  let living: Postmaster | null = found;
  while (living !== null && Date.now() < deadline) {
    if (living.ready && (await answers(urlOf(server.password, living.port)))) {
      server.port = living.port;
      server.pid = living.pid;
      return true;
    }
    await wait(50);
    living = await livingPostmaster(server.cluster);
  }
  if (living !== null) await endPostmaster(living, 'SIGQUIT', 5_000);
  return false;
}

async function start(server: Server): Promise<void> {
  const { data, cluster, programs, port, options } = server;
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    port: String(port),
    // Makes no difference to the server: its processes can be told by it.
    'guardia.data': cluster,
    ...options.flags,
  };
  await endOrphans(cluster);
  try {
    server.pid = await launch({ cluster, programs, log: join(data.path, LOG), settings });
    await giveToOwner(data, [LOG]);
  } catch (cause) {
    const { message } = storageProblem(data.path, cause);
    throw dataProblem(`The embedded PostgreSQL did not start. ${message}`, cause);
  }
}

function serve(server: Server, lock: FolderLock, started: boolean): EmbeddedServer {
  const url = urlOf(server.password, server.port);
  const keeper = keepRunning({
    url: alwaysThere(url),
    start: async () => void (await run(server)),
    report: server.options.report ?? (() => {}),
  });
  // A process that ends in the middle leaves no server behind, unless it is killed.
  const told = () => send(server.pid, 'SIGINT');
  process.once('exit', told);
  return {
    url,
    started,
    async stop() {
      process.off('exit', told);
      await keeper.stop();
      const living = await livingPostmaster(server.cluster);
      if (living && !(await usedByOthers(url))) await endPostmaster(living, 'SIGINT');
      lock.release();
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((done, failed) => {
    const probe = createServer().once('error', failed);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => done(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
