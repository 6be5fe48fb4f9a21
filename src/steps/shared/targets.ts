import { z } from 'zod';
import { GuardiaError } from '../../errors.ts';
import type { Clients, CommandResult } from '../step-kind.ts';
import { kubernetesConnection } from './kubernetes-client.ts';
import { runLocally } from './local-process.ts';
import { runInPod } from './pod-exec.ts';

const pod = z.strictObject({
  /** Label selector; the first ready pod by name is taken. */
  pod: z.string().min(1),
  container: z.string().min(1).optional(),
  /** Name of a kubernetes connection. */
  connection: z.string().default('kubernetes'),
});

const local = z.strictObject({
  /** Programs of this machine that may run, by name; off unless a service's file names them. */
  local: z.array(z.string().min(1)).min(1),
  environment: z.record(z.string(), z.string()).optional(),
  cwd: z.string().optional(),
});

/** Where an argv can run. */
export const targetSchema = z.union([pod, local]);

export interface TargetCall {
  name: string;
  target: z.output<typeof targetSchema>;
  argv: readonly string[];
  signal: AbortSignal;
  clients: Clients;
  another<Other>(name: string, schema: z.ZodType<Other>): Other;
}

export async function runOnTarget(call: TargetCall): Promise<CommandResult> {
  const { name, target, argv, signal, clients } = call;
  if (argv.length === 0) throw new GuardiaError('bad-input', `nothing to run on ${name}`);
  if ('local' in target) return { ...(await runLocally(target, argv, signal)), where: name };
  const connection = call.another(target.connection, kubernetesConnection);
  return runInPod(clients, connection, target, argv, signal);
}
