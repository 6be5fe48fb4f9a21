import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Ends a server with the process that started it, also when that one is killed. */
const SETPRIV = '/usr/bin/setpriv';
const STOP_MS = 5_000;
const POLL_MS = 40;

export interface ServerOptions {
  name: string;
  command: string;
  args: readonly string[];
  environment?: Record<string, string>;
  /** Its own folder: working directory, data and log. */
  folder: string;
  /** Whether it answers; asked again until it does. */
  ready(): Promise<boolean>;
  readyWithinMs?: number;
}

export interface Server {
  pid: number;
  log(): string;
  /** Resolves when the process has ended and its folder is removed; the folder of one that failed stays. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

export async function startServer(options: ServerOptions): Promise<Server> {
  const logFile = join(options.folder, 'server.log');
  const log = () => (existsSync(logFile) ? readFileSync(logFile, 'utf8') : '');
  const child = launch(options, logFile);
  const ended = once(child, 'exit').catch(() => undefined);
  try {
    await untilReady(options, child);
  } catch (error) {
    child.kill('SIGKILL');
    throw new Error(`${options.name} did not start; its log is ${logFile}\n${log().slice(-2_000)}`, {
      cause: error,
    });
  }
  return {
    pid: child.pid as number,
    log,
    async stop(signal = 'SIGTERM') {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill(signal);
        const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
        await ended;
        clearTimeout(late);
      }
      rmSync(options.folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function launch({ command, args, environment, folder }: ServerOptions, logFile: string): ChildProcess {
  const log = openSync(logFile, 'a');
  const tied = existsSync(SETPRIV)
    ? [SETPRIV, '--pdeathsig', 'KILL', '--', command, ...args]
    : [command, ...args];
  const [program = command, ...rest] = tied;
  const env = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? folder, ...environment };
  const child = spawn(program, rest, { cwd: folder, env, stdio: ['ignore', log, log] });
  closeSync(log);
  return child;
}

async function untilReady(
  { ready, readyWithinMs = 15_000 }: ServerOptions,
  child: ChildProcess,
): Promise<void> {
  const deadline = Date.now() + readyWithinMs;
  while (!(await ready().catch(() => false))) {
    if (child.exitCode !== null) throw new Error(`it ended with exit code ${child.exitCode}`);
    if (Date.now() > deadline) throw new Error(`it was not ready within ${readyWithinMs} ms`);
    await sleep(POLL_MS);
  }
}

export function ownFolder(name: string): Promise<string> {
  return mkdtemp(join(tmpdir(), `guardia-${name}-`));
}

/** A port of the loopback address that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

export async function answers(url: string): Promise<boolean> {
  return (await fetch(url, { signal: AbortSignal.timeout(1_000) })).ok;
}

/** Asks again until it is so; the message says what was waited for. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined | false>,
  withinMs = 20_000,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (Date.now() > deadline) throw new Error(`waited ${withinMs} ms in vain: ${what}`);
    await sleep(POLL_MS);
  }
}
