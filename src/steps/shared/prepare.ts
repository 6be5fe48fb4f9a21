import type { z } from 'zod';
import { GuardiaError } from '../../errors.ts';
import type { Step, StepCall, StepEnvironment, StepKind, StepOptions } from '../step-kind.ts';
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
  secrets: ReadonlySet<string>;
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
  const { connection: another, target } = finders(around, env, secrets);
  const connectionName = connectionIn(input) ?? kind.name;
  const connection = kind.connection ? another(connectionName, kind.connection) : undefined;
  const { parameters, deadlineMs } = options;
  const { clients } = around;
  return {
    kind,
    input,
    connection,
    connectionName,
    secrets,
    call: (signal) => ({
      ...{ input, connection, parameters, deadlineMs, signal, clients, another },
      run: async (name, argv) =>
        runOnTarget({ name, target: target(name, targetSchema), argv, signal, clients, another }),
    }),
  };
}

function connectionIn(input: unknown): string | undefined {
  return (input as { connection?: string } | null)?.connection;
}

/** Find a service's connections and targets by name, filled in; what is secret in them is remembered. */
function finders({ settings }: Surroundings, env: StepEnvironment, secrets: Set<string>) {
  const find =
    (what: 'connection' | 'target', all: Readonly<Record<string, unknown>>) =>
    <T>(name: string, schema: z.ZodType<T>): T => {
      if (!Object.hasOwn(all, name)) {
        throw new GuardiaError('not-configured', `not configured: ${env.service} has no ${what} ${name}`);
      }
      const filled = fillSettings(all[name], settings);
      for (const secret of secretsIn(filled)) secrets.add(secret);
      return parsed(schema, filled, `${what} ${name} of ${env.service}`, 'config');
    };
  return { connection: find('connection', env.connections), target: find('target', env.targets) };
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
