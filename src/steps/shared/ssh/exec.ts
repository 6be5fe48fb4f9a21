import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClientChannel } from 'ssh2';
import { GuardiaError } from '../../../errors.ts';
import type { BeforeEffect, Clients, CommandResult } from '../../step-kind.ts';
import { boundedOutput } from '../command/output.ts';
import { shellCommand } from '../command/shell-words.ts';
import { untilAborted } from '../deadline.ts';
import { closedEarly } from '../failures.ts';
import { named, type SshServer, sshAt } from './client.ts';

/** How long a host is given to end what nobody waits for any more. */
const KILL_MS = 5_000;
/** A shell may print something of its own before it begins. */
const MOST_BEFORE_MARK = 16_384;

export interface SshTarget {
  /** `host` or `host:port`. */
  ssh: string;
  user: string;
  'host-key': string;
  key: string;
  cwd?: string | undefined;
}

/**
 * Runs an argv on another host. SSH hands one string to the user's shell there, so the argv is quoted for it (POSIX; csh
 * and fish quote otherwise). When the signal is aborted it is killed there, with everything it started.
 */
export async function runOverSsh(
  clients: Clients,
  target: SshTarget,
  argv: readonly string[],
  limits: { signal: AbortSignal; beforeEffect?: BeforeEffect },
): Promise<CommandResult> {
  const { signal } = limits;
  const server = sshServer(target);
  const where = named(server);
  const started = performance.now();
  const output = collected(randomUUID());
  const command = `echo ${output.mark} $$ >&2 && ${shellCommand(argv, target.cwd)}`;
  const exitCode = await sshAt(clients, server).exec(command, limits, async (channel, tell) => {
    try {
      return await ended(channel, output, where, signal);
    } finally {
      if (signal.aborted) kill(channel, output.pid, tell);
    }
  });
  return { ...output.result(), exitCode, where, durationMs: Math.round(performance.now() - started) };
}

export function sshServer({ ssh, user, key, 'host-key': hostKey }: SshTarget): SshServer {
  const { hostname, port } = new URL(`ssh://${ssh}`);
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 22), user, hostKey, key };
}

/** Both streams, and the id of the process: the shell says it after the mark, on the first line of the second. */
function collected(mark: string) {
  const [stdout, stderr] = [boundedOutput(), boundedOutput()];
  const first = new RegExp(`${mark} (\\d+)\\n`);
  const { promise: pid, resolve } = Promise.withResolvers<string>();
  let head: string | undefined = '';
  return {
    mark,
    pid,
    stdout: stdout.add,
    stderr(chunk: Buffer) {
      stderr.add(chunk);
      if (head === undefined) return;
      head += chunk.toString('latin1');
      const found = first.exec(head)?.[1];
      if (found !== undefined) resolve(found);
      if (found !== undefined || head.length > MOST_BEFORE_MARK) head = undefined;
    },
    result: () => ({
      stdout: stdout.text(),
      stderr: stderr.text().replace(first, ''),
      lines: stdout.lines(),
      dropped: stdout.dropped() + stderr.dropped(),
    }),
  };
}

async function ended(
  channel: ClientChannel,
  output: ReturnType<typeof collected>,
  whom: string,
  signal: AbortSignal,
): Promise<number> {
  let exit: [code: number | null, killedBy?: string] | undefined;
  channel.on('data', output.stdout).once('exit', (...how: [number | null, string?]) => {
    exit = how;
  });
  channel.stderr.on('data', output.stderr);
  await untilAborted(signal, () => once(channel, 'close'));
  if (!exit) throw closedEarly(whom, 'the command had ended');
  const [code, killedBy] = exit;
  if (code !== null) return code;
  const message = `the command was ended on ${whom} by ${killedBy}`;
  throw new GuardiaError('unreachable', message, { retryable: true });
}

/**
 * Ends what was begun and everything that it started: each session leads a group of its own. The signal alone is not
 * enough: OpenSSH 9.2 passes none on for root, and some servers pass none on at all.
 */
async function kill(
  channel: ClientChannel,
  pid: Promise<string>,
  tell: (command: string) => Promise<void>,
): Promise<void> {
  channel.signal('KILL');
  const closed = once(channel, 'close');
  const told = pid.then((leader) => tell(`kill -KILL -${leader}`));
  await Promise.race([told, closed, sleep(KILL_MS, undefined, { ref: false })]).catch(() => undefined);
  channel.close();
}
