import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { closeSync, fstatSync, openSync } from 'node:fs';
import { readdir, readFile, readlink, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { fromWithin, serverEnvironment } from './cluster.ts';
import { complaintIn, dataProblem } from './problems.ts';
import type { Programs } from './programs.ts';

const exec = promisify(execFile);
const POLL_MS = 20;
const READY_MS = 60_000;
const STOP_MS = 30_000;
const KILLED_MS = 5_000;
/** The command of a first process; its children have titles of their own. */
const POSTMASTER = /(^|\/)postgres /;

/** The first process of a server, from which all others come. */
export interface Postmaster {
  pid: number;
  port: number;
  ready: boolean;
}

export interface Launch {
  cluster: string;
  programs: Programs;
  /** What the server says goes there. */
  log: string;
  settings: Readonly<Record<string, string>>;
}

/** Starts a server and waits until it is ready. It has a session of its own, so a Ctrl-C for the bot does not reach it. */
export async function launch({ cluster, programs, log, settings }: Launch): Promise<number> {
  const output = openSync(log, 'a', 0o600);
  const before = fstatSync(output).size;
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const child = spawn(programs.postgres, ['-D', fromWithin(cluster), ...flags], {
    ...programs.identity,
    cwd: cluster,
    env: serverEnvironment(),
    detached: true,
    stdio: ['ignore', output, output],
  });
  child.unref();
  closeSync(output);
  const failed = new Promise<string>((done) =>
    child.once('error', (error) => done(error.message)).once('exit', (code) => done(`it ended with ${code}`)),
  );
  const ready = untilReady(cluster, child);
  const ended = await Promise.race([ready, failed]);
  if (ended === true) return child.pid as number;
  child.kill('SIGQUIT');
  const said = (await readFile(log).catch(() => Buffer.alloc(0))).subarray(before).toString();
  throw new Error(complaintIn(said) || ended || 'it was not ready in time');
}

async function untilReady(cluster: string, child: ChildProcess): Promise<boolean> {
  const deadline = Date.now() + READY_MS;
  while (child.exitCode === null && Date.now() < deadline) {
    const noted = await noteOf(cluster);
    if (noted?.ready && noted.pid === child.pid) return true;
    await wait(POLL_MS);
  }
  return false;
}

/**
 * The server that is alive on this data. A note of one that died is taken away where another program has its process
 * id by now, which PostgreSQL takes for a server that still runs.
 */
export async function livingPostmaster(cluster: string): Promise<Postmaster | null> {
  const noted = await noteOf(cluster);
  if (noted === null || !isAlive(noted.pid)) return null;
  const command = await commandOf(noted.pid);
  if (!POSTMASTER.test(command)) {
    await rm(join(cluster, 'postmaster.pid'), { force: true });
    return null;
  }
  const where = await readlink(`/proc/${noted.pid}/cwd`).catch(() => '');
  if (where === cluster || command.includes(cluster)) return noted;
  throw dataProblem(
    `${join(cluster, 'postmaster.pid')} names process ${noted.pid}, a PostgreSQL with other data: if it does not use this folder, remove that file.`,
  );
}

/** Lines 1, 4 and 8 of `postmaster.pid`. */
async function noteOf(cluster: string): Promise<Postmaster | null> {
  const text = await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => '');
  const lines = text.split('\n');
  const pid = Number(lines[0]);
  return pid > 0 ? { pid, port: Number(lines[3]), ready: lines[7]?.trim() === 'ready' } : null;
}

/** The words with which a process was started; empty for one that has ended. */
async function commandOf(pid: number): Promise<string> {
  if (process.platform === 'linux') {
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' ');
  }
  return (await exec('ps', ['-o', 'args=', '-p', String(pid)]).catch(() => ({ stdout: '' }))).stdout;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Ends a server: with `SIGINT` as it should, with `SIGQUIT` at once. One that does not is killed. */
export async function endPostmaster(
  { pid }: Postmaster,
  signal: 'SIGINT' | 'SIGQUIT',
  withinMs = STOP_MS,
): Promise<void> {
  const deadline = Date.now() + withinMs;
  send(pid, signal);
  while (POSTMASTER.test(await commandOf(pid))) {
    if (Date.now() > deadline + KILLED_MS)
      throw dataProblem(`The embedded PostgreSQL, process ${pid}, does not end.`);
    if (Date.now() > deadline) send(pid, 'SIGKILL');
    await wait(POLL_MS);
  }
}

/** Sends a signal to a process that may have ended already. */
export function send(pid: number, signal: NodeJS.Signals): void {
  try {
    if (pid > 1) process.kill(pid, signal);
  } catch {}
}

/**
 * Ends what a killed server left behind: a query that computes does not notice it, and as long as it runs no new server
 * starts on the same data. Only where `/proc` tells who works there.
 */
export async function endOrphans(cluster: string): Promise<void> {
  const processes = await readdir('/proc').catch(() => []);
  for (const pid of processes.map(Number).filter((one) => one > 1)) {
    if ((await readlink(`/proc/${pid}/cwd`).catch(() => '')) !== cluster) continue;
    if ((await commandOf(pid)).startsWith('postgres: ')) send(pid, 'SIGKILL');
  }
}
