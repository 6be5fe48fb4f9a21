import type { z } from 'zod';
import { GuardiaError } from '../../errors.ts';
import type { RunOnTarget, Step, StepCall, StepEnvironment, StepKind, StepOptions } from '../step-kind.ts';
import type { ClientPool } from './clients.ts';
import { secretsIn } from './redaction.ts';
import { fillSettings } from './settings.ts';
import { runOnTarget, targetSchema } from './targets.ts';

/** A step made ready: everything validated that can be before the outside is touched. */
export interface Prepared {
  kind: StepKind;
  input: unknown;
  connection: unknown;
  /** For policies and metrics: the connection's name, or the kind's own. */
  connectionName: string;
  /** Grows while the call resolves further connections and targets. */
  secrets: Set<string>;
  call(signal: AbortSignal): StepCall<unknown, unknown>;
}

export interface Surroundings {
  settings: Readonly<Record<string, string>>;
  kinds: readonly StepKind[];
  clients: ClientPool;
}

export function kindOf(kinds: readonly StepKind[], step: Step): StepKind {
  const kind = kinds.find(({ name }) => name === step.kind);
  if (kind) return kind;
  const known = kinds.map(({ name }) => name).join(', ');
  throw new GuardiaError('bad-input', `there is no step kind ${step.kind}; there are ${known}`);
}

export function prepare(
  around: Surroundings,
  env: StepEnvironment,
  step: Step,
  options: StepOptions,
): Prepared {
  const kind = kindOf(around.kinds, step);
  const input = parsed(kind.input, step.input, `input of ${kind.name}`, 'bad-input');
  const secrets = new Set<string>();
  const another = <T>(name: string, schema: z.ZodType<T>) =>
    connectionNamed(around, env, name, schema, secrets);
  const connectionName = connectionIn(input) ?? kind.name;
  const connection = kind.connection ? another(connectionName, kind.connection) : undefined;
  const { parameters, deadlineMs } = options;
  return {
    kind,
    input,
    connection,
    connectionName,
    secrets,
    call: (signal) => {
      const run = targetRunner(around, env, secrets, signal);
      return { input, connection, parameters, deadlineMs, signal, another, run, clients: around.clients };
    },
  };
}

function connectionIn(input: unknown): string | undefined {
  return (input as { connection?: string } | null)?.connection;
}

function connectionNamed<T>(
  { settings }: Surroundings,
  env: StepEnvironment,
  name: string,
  schema: z.ZodType<T>,
  secrets: Set<string>,
): T {
  const raw = Object.hasOwn(env.connections, name) ? env.connections[name] : undefined;
  if (raw === undefined)
    throw new GuardiaError('not-configured', `not configured: ${env.service} has no connection ${name}`);
  const filled = fillSettings(raw, settings);
  for (const secret of secretsIn(filled)) secrets.add(secret);
  return parsed(schema, filled, `connection ${name} of ${env.service}`, 'config');
}

function targetRunner(
  around: Surroundings,
  env: StepEnvironment,
  secrets: Set<string>,
  signal: AbortSignal,
): RunOnTarget {
  return async (name, argv) => {
    const raw = Object.hasOwn(env.targets, name) ? env.targets[name] : undefined;
    if (raw === undefined)
      throw new GuardiaError('not-configured', `not configured: ${env.service} has no target ${name}`);
    const filled = fillSettings(raw, around.settings);
    for (const secret of secretsIn(filled)) secrets.add(secret);
    const target = parsed(targetSchema, filled, `target ${name} of ${env.service}`, 'config');
    return runOnTarget({ name, target, argv, signal });
  };
}

/** Messages name the keys that are wrong and never the values. */
function parsed<T>(schema: z.ZodType<T>, value: unknown, what: string, code: 'bad-input' | 'config'): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) =>
    path.length ? `${path.join('.')}: ${message}` : message,
  );
  throw new GuardiaError(code, `${what} is not valid: ${problems.join('; ')}`);
}
