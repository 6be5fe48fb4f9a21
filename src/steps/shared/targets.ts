import { z } from 'zod';
import { GuardiaError } from '../../errors.ts';
import type { CommandResult } from '../step-kind.ts';
import { runLocally } from './local-process.ts';

const local = z.strictObject({
  /** Programs of this machine that may run, by name; off unless a service's file names them. */
  local: z.array(z.string().min(1)).min(1),
  environment: z.record(z.string(), z.string()).optional(),
  cwd: z.string().optional(),
});

/** Where an argv can run. */
export const targetSchema = z.union([local]);

export type Target = z.output<typeof targetSchema>;

export interface TargetCall {
  name: string;
  target: Target;
  argv: readonly string[];
  signal: AbortSignal;
}

export async function runOnTarget(call: TargetCall): Promise<CommandResult> {
  if (call.argv.length === 0) throw new GuardiaError('bad-input', `nothing to run on ${call.name}`);
  const result = await runLocally(call.target, call.argv, call.signal);
  return { ...result, where: call.name };
}
