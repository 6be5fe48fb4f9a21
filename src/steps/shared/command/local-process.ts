import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { GuardiaError } from '../../../errors.ts';
import type { BeforeEffect, CommandResult } from '../../step-kind.ts';
import { codeOf } from '../failures.ts';
import { boundedOutput } from './output.ts';

export interface LocalTarget {
  environment?: Readonly<Record<string, string>> | undefined;
  cwd?: string | undefined;
}

/**
 * Runs a program of this machine, without a shell, with PATH and what the target gives it as its only environment.
 * It and its children are killed when the signal is aborted.
 */
export async function runLocally(
  target: LocalTarget,
  argv: readonly string[],
  { signal, beforeEffect }: { signal: AbortSignal; beforeEffect?: BeforeEffect },
): Promise<CommandResult> {
  const [program = '', ...rest] = argv;
  await beforeEffect?.();
  signal.throwIfAborted();
  const started = performance.now();
  const child = spawn(program, rest, {
    shell: false,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH ?? '', ...target.environment },
    ...(target.cwd === undefined ? {} : { cwd: target.cwd }),
  });
  const result = await finished(child, program, signal);
  return { ...result, where: 'this machine', durationMs: Math.round(performance.now() - started) };
}

async function finished(child: ChildProcess, program: string, signal: AbortSignal) {
  const [stdout, stderr] = [boundedOutput(), boundedOutput()];
  child.stdout?.on('data', stdout.add);
  child.stderr?.on('data', stderr.add);
  const kill = () => killGroup(child);
  signal.addEventListener('abort', kill, { once: true });
  try {
    const [code, killedBy] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    signal.throwIfAborted();
    if (code === null)
      throw new GuardiaError('unreachable', `${program} was ended by ${killedBy}`, { retryable: true });
    const dropped = stdout.dropped() + stderr.dropped();
    return { exitCode: code, stdout: stdout.text(), stderr: stderr.text(), lines: stdout.lines(), dropped };
  } catch (error) {
    throw signal.aborted ? signal.reason : notStarted(error, program);
  } finally {
    signal.removeEventListener('abort', kill);
  }
}

/** The program leads a group of its own, with everything that it started. */
function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if (codeOf(error) !== 'ESRCH') throw error;
  }
}

function notStarted(error: unknown, program: string): GuardiaError {
  if (error instanceof GuardiaError) return error;
  const reason = isMissing(codeOf(error), program)
    ? 'is not installed, or its folder is missing'
    : `could not be started (${codeOf(error)})`;
  return new GuardiaError('not-found', `${program} ${reason}`, { conclusive: true });
}

/** A folder of PATH that this user may not enter turns "not there" into EACCES. */
function isMissing(code: string, program: string): boolean {
  if (code === 'ENOENT') return true;
  const folders = program.includes('/') ? [''] : (process.env.PATH ?? '').split(delimiter);
  return code === 'EACCES' && !folders.some((folder) => existsSync(join(folder, program)));
}
