import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { GuardiaError } from '../../../errors.ts';
import type { BeforeEffect, Clients, CommandResult } from '../../step-kind.ts';
import { boundedOutput } from '../command/output.ts';
import { askDocker, type DockerConnection, inspectContainer, streamFromDocker } from './client.ts';
import { readFrames } from './frames.ts';

const POLL_MS = 50;

export interface ContainerTarget {
  /** Name of a container. */
  container: string;
  cwd?: string | undefined;
}

interface ContainerCall {
  clients: Clients;
  connection: DockerConnection;
  target: ContainerTarget;
  signal: AbortSignal;
  /** Of a command that changes something. */
  beforeEffect?: BeforeEffect;
}

const created = z.object({ Id: z.string().regex(/^[0-9a-f]{12,64}$/) });
const ended = z.object({ Running: z.boolean(), ExitCode: z.number().nullable() });

/**
 * Runs an argv in a running container, without a shell and without a terminal. When the signal is aborted its output is
 * let go of; Docker has no way to end what was begun in a container.
 */
export async function runInContainer(call: ContainerCall, argv: readonly string[]): Promise<CommandResult> {
  const { clients, connection, target, signal } = call;
  const started = performance.now();
  const { Id, State } = await inspectContainer(clients, connection, target.container, signal);
  if (State.Status !== 'running')
    throw new GuardiaError('unreachable', `${target.container} is ${State.Status}`, { retryable: true });
  const body = {
    ...{ Cmd: argv, AttachStdout: true, AttachStderr: true, AttachStdin: false, Tty: false },
    ...(target.cwd === undefined ? {} : { WorkingDir: target.cwd }),
  };
  const request = { method: 'POST', path: `/containers/${Id}/exec`, body, signal } as const;
  const exec = await askDocker(clients, connection, request, created);
  const output = await outputOf(call, exec.Id);
  const exitCode = await exitOf(call, exec.Id);
  return {
    ...output,
    exitCode,
    where: target.container,
    durationMs: Math.round(performance.now() - started),
  };
}

/** The command begins with this request, and not before. */
async function outputOf({ clients, connection, signal, beforeEffect }: ContainerCall, id: string) {
  const [stdout, stderr] = [boundedOutput(), boundedOutput()];
  const body = { Detach: false, Tty: false };
  const request = { method: 'POST', path: `/exec/${id}/start`, body, signal, beforeEffect } as const;
  const stream = await streamFromDocker(clients, connection, request);
  const take = { stdout, stderr };
  await readFrames(stream.body, stream.whom, (name, data) => take[name].add(data), signal);
  const dropped = stdout.dropped() + stderr.dropped();
  return { stdout: stdout.text(), stderr: stderr.text(), lines: stdout.lines(), dropped };
}

/** Docker may need a moment from the end of the output to the exit code. */
async function exitOf({ clients, connection, signal }: ContainerCall, id: string): Promise<number> {
  for (;;) {
    const { Running, ExitCode } = await askDocker(
      clients,
      connection,
      { path: `/exec/${id}/json`, signal },
      ended,
    );
    if (!Running && ExitCode !== null) return ExitCode;
    await sleep(POLL_MS, undefined, { signal });
  }
}
