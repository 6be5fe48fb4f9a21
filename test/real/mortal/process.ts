import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { build } from 'esbuild';
import { diesWithTest } from '../helpers/bot-process.ts';
import type { Doom, Effect, LastWords } from './injector.ts';

export interface Home {
  url: string;
  replica: string;
}

export interface Command {
  id: number;
  does: string;
  args: readonly unknown[];
}

export type FromParent = Command | { answers: number; with: unknown };
export type FromChild =
  | { up: true }
  | { asleep: string }
  | { ask: number; what: string; args: readonly unknown[] }
  | { did: number; answer?: unknown; failed?: string };

/** Answers what a house asks of systems and people. */
export type Outside = (what: string, args: readonly unknown[]) => Promise<unknown>;

/** A house in a process of its own. Whatever is asked of it rejects with `Died` when it ends before it has answered. */
export interface MortalHouse {
  /** Doomed from its first breath, or not at all. */
  start(home: Home, doom?: Doom): Promise<void>;
  /** Doomed from here on. */
  arm(doom: Doom | null): Promise<void>;
  /** Its effects since it was armed. */
  effects(): Promise<Effect[]>;
  call<Answer>(does: string, ...args: readonly unknown[]): Promise<Answer>;
  /** Resolves once this flow waits for somebody to tell it something. */
  asleep(flow: string): Promise<void>;
  whileAlive<Result>(wait: Promise<Result>): Promise<Result>;
  /** What it ended itself at; null when somebody else ended it. */
  gone: Promise<LastWords | null>;
  kill(): Promise<void>;
  /** SIGSTOP: it stands still as a whole, until it is thawed by SIGCONT. */
  freeze(): void;
  thaw(): void;
}

const PATIENCE_MS = 20_000;

/** The program of a house in one file, and what V8 made of it before: a house is born every half second. */
export interface Bundle {
  program: string;
  cache: string;
}

export class Died extends Error {}

export async function bundleHouse(folder: string): Promise<Bundle> {
  const program = join(folder, 'house.cjs');
  await build({
    entryPoints: [join(import.meta.dirname, 'house.ts')],
    outfile: program,
    bundle: true,
    platform: 'node',
    // DBOS asks for these only where they are configured.
    external: ['@opentelemetry/*', 'winston', 'winston-transport'],
    logLevel: 'error',
  });
  return { program, cache: join(folder, 'cache') };
}

export function spawnHouse(outside: Outside, bundle: Bundle): MortalHouse {
  const child = spawnProgram(bundle);
  const gone = lastWords(child);
  const died = gone.then((words) => Promise.reject(new Died(words?.what ?? 'it was killed')));
  died.catch(() => {});
  const up = Promise.withResolvers<void>();
  const answers: PromiseWithResolvers<unknown>[] = [];
  const asleep = namedPromises();
  const send = (message: FromParent) => child.connected && child.send(message, () => {});

  child.on('message', (message: FromChild) => {
    if ('up' in message) up.resolve();
    else if ('asleep' in message) asleep(message.asleep).resolve();
    else if ('ask' in message) {
      void outside(message.what, message.args).then((answer) => send({ answers: message.ask, with: answer }));
    } else if (message.failed !== undefined) answers[message.did]?.reject(new Error(message.failed));
    else answers[message.did]?.resolve(message.answer);
  });

  async function call<Answer>(does: string, ...args: readonly unknown[]): Promise<Answer> {
    await Promise.race([up.promise, died]);
    const answer = Promise.withResolvers<unknown>();
    send({ id: answers.push(answer) - 1, does, args });
    return Promise.race([answer.promise, died]) as Promise<Answer>;
  }

  return {
    start: (...args) => call('start', ...args),
    arm: (doom) => call('arm', doom),
    effects: () => call('effects'),
    call,
    asleep: (flow) => Promise.race([asleep(flow).promise, died]),
    whileAlive: (wait) => Promise.race([wait, died]),
    gone,
    async kill() {
      child.kill('SIGKILL');
      await gone;
    },
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
  };
}

function spawnProgram({ program, cache }: Bundle) {
  const [command = '', ...args] = diesWithTest([process.execPath, '--no-warnings', program]);
  const env = { NODE_COMPILE_CACHE: cache };
  return spawn(command, args, { env, stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
}

async function lastWords(child: ReturnType<typeof spawnProgram>): Promise<LastWords | null> {
  let said = '';
  child.stdout?.on('data', (chunk) => {
    said += chunk;
  });
  await once(child, 'close');
  return said ? JSON.parse(said) : null;
}

/** A promise for each name, made when somebody first waits for it or keeps it. */
export function namedPromises(): (name: string) => PromiseWithResolvers<void> {
  const known = new Map<string, PromiseWithResolvers<void>>();
  return (name) => {
    const promise = known.get(name) ?? Promise.withResolvers<void>();
    known.set(name, promise);
    return promise;
  };
}

/** What nothing comes of has failed. */
export async function within<Result>(
  what: string,
  work: Promise<Result>,
  patienceMs = PATIENCE_MS,
): Promise<Result> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`nothing came of it: ${what}`)), patienceMs);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
