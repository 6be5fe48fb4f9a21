import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

const ROOT = join(import.meta.dirname, '../../..');
const SETPRIV = '/usr/bin/setpriv';

/** The real bot, `node src/main.ts`, as a process of its own that can be killed. */
export interface BotProcess {
  /** Where it listens, once it does; rejects with what it said when it ends before. */
  up: Promise<string>;
  alive(): boolean;
  /** Resolves when the process is gone. */
  gone: Promise<void>;
  /** `kill -9`, sent before this returns; resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGTERM, as often as this is called; resolves with its exit code. */
  terminate(): Promise<number | null>;
  log(): string;
}

export function spawnBot(settings: Readonly<Record<string, string>>): BotProcess {
  const env = { ...settings, PATH: `${dirname(process.execPath)}:${process.env.PATH ?? ''}` };
  const [program = '', ...rest] = diesWithTest([process.execPath, '--no-warnings', 'src/main.ts']);
  const child = spawn(program, rest, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const exit = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  const lines: string[] = [];
  const up = Promise.withResolvers<string>();
  up.promise.catch(() => {});
  for (const stream of [child.stdout, child.stderr]) {
    createInterface(stream).on('line', (line) => {
      lines.push(line);
      const url = /"url":"([^"]+)".*"msg":"Guardia is up"/.exec(line)?.[1];
      if (url) up.resolve(url);
    });
  }
  const gone = exit.then(([code, signal]) => {
    const said = lines.slice(-20).join('\n');
    up.reject(new Error(`the bot ended before it was up, with ${code ?? signal}; it said:\n${said}`));
  });
  return {
    up: up.promise,
    alive: () => child.exitCode === null && child.signalCode === null && !child.killed,
    gone,
    async kill() {
      child.kill('SIGKILL');
      await gone;
    },
    async terminate() {
      child.kill('SIGTERM');
      return (await exit)[0];
    },
    log: () => lines.join('\n'),
  };
}

/** This command, ended with the test, also when that is killed. */
export function diesWithTest(argv: readonly string[]): readonly string[] {
  return existsSync(SETPRIV) ? [SETPRIV, '--pdeathsig', 'KILL', '--', ...argv] : argv;
}
