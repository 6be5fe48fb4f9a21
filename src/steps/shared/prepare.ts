import { hash } from 'node:crypto';
import type { z } from 'zod';
import { GuardiaError } from '../../errors.ts';
import type {
  BeforeEffect,
  Clients,
  Step,
  StepCall,
  StepEnvironment,
  StepKind,
  StepOptions,
} from '../step-kind.ts';
import { redactAll, secretsIn, withoutSecrets } from './secrets/redaction.ts';
import { createSecretSet, type SecretSet } from './secrets/set.ts';
import { fillSettings, type Settings } from './settings.ts';
import { placeOf, runOnTarget, type TargetCall, targetSchema } from './targets.ts';
import { fillSecrets, type SecretReference } from './vault/references.ts';
import type { UsedSecret, Vault } from './vault/vault.ts';

/** How much of a call's time may pass until its secrets are there. */
const SHARE_FOR_SECRETS = 0.5;

/** A step made ready: everything validated that can be before the outside is touched. */
export interface Prepared {
  kind: StepKind;
  input: unknown;
  /** The connection without its secrets, which are replaced while it stays the same. */
  connection: unknown;
  /** For policies and metrics: the connection's name, or the kind's own; without connections the target's. */
  connectionName: string;
  /** Grows while the call resolves further connections and targets. */
  secrets: readonly SecretSet[];
  /** With its connection filled in; again when that may be another one by now. */
  call(signal: AbortSignal): Promise<StepCall<unknown, unknown>>;
  /** Whether a secret that the call was given last has been replaced since. */
  isOutdated(): Promise<boolean>;
  /** Whether a request that changes something may have been sent. */
  mayHaveActed(): boolean;
}

export interface Surroundings {
  settings: Settings;
  vault: Vault;
  kinds: readonly StepKind[];
  clients: Clients;
}

export function kindOf(kinds: readonly StepKind[], step: Step): StepKind {
  const kind = kinds.find(({ name }) => name === step.kind);
  if (kind) return kind;
  const known = kinds.map(({ name }) => name).join(', ');
  throw new GuardiaError('bad-input', `there is no step kind ${step.kind}; there are ${known}`);
}

/** What is wrong with a step without parameters: the shape of its input, and what its kind finds in it. */
export function problemsWith(kinds: readonly StepKind[], step: Step): string[] {
  const kind = kindOf(kinds, step);
  const read = kind.input.safeParse(step.input);
  if (read.success) return kind.check?.(read.data, []) ?? [];
  return read.error.issues.map(inWords);
}

export function prepare(
  around: Surroundings,
  env: StepEnvironment,
  step: Step,
  options: StepOptions & { beforeEffect?: BeforeEffect },
): Prepared {
  const kind = kindOf(around.kinds, step);
  const input = parsed(kind.input, step.input, `input of ${kind.name}`, 'bad-input');
  const named = kind.connectionFor?.(input)?.name ?? connectionIn(input);
  const connectionName = named ?? (kind.connection ? undefined : targetIn(input)) ?? kind.name;
  const own = kind.connection ? written(around, env, 'connection', connectionName) : undefined;
  const secrets = [createSecretSet(), around.vault.given];
  const used: UsedSecret[] = [];
  const { parameters, deadlineMs } = options;
  const { clients } = around;
  const effects = gateOfEffects(options.beforeEffect ?? refuseToAct);
  return {
    kind,
    input,
    connection: own,
    connectionName,
    secrets,
    async call(signal) {
      used.length = 0;
      const fill = filler({ around, env, secrets, used, signal, deadlineMs });
      const another = <T>(name: string, schema: z.ZodType<T>) => fill('connection', name, schema);
      const connection = kind.connection ? await another(connectionName, kind.connection) : undefined;
      const beforeEffect = () => effects.pass(signal);
      const targetCall = async (name: string): Promise<TargetCall> => ({
        ...{ name, target: await fill('target', name, targetSchema), signal, clients, another },
      });
      return {
        ...{ input, connection, parameters, deadlineMs, signal, clients, another, beforeEffect },
        ...(step.fingerprint ? { planned: step.fingerprint } : {}),
        // Before a kind shortens it: of a secret that was cut in two a part would be left.
        run: async (name, argv, { changes } = { changes: false }) => {
          const on = { ...(await targetCall(name)), ...(changes ? { beforeEffect } : {}) };
          return redactAll(await runOnTarget(on, argv), ...secrets);
        },
        place: async (name) => placeOf(await targetCall(name)),
      };
    },
    isOutdated: () => around.vault.isReplaced(used),
    mayHaveActed: effects.passed,
  };
}

/** Nothing passes once the call is over: whoever waited for it has been told that nothing was done. */
function gateOfEffects(ask: BeforeEffect) {
  let passed = false;
  return {
    async pass(signal: AbortSignal) {
      signal.throwIfAborted();
      await ask();
      signal.throwIfAborted();
      passed = true;
    },
    passed: () => passed,
  };
}

async function refuseToAct(): Promise<never> {
  throw new GuardiaError('internal', 'only a step that is performed may change something');
}

function connectionIn(input: unknown): string | undefined {
  return (input as { connection?: string } | null)?.connection;
}

/** A kind without connections of its own is as well as the target that it goes to. */
function targetIn(input: unknown): string | undefined {
  return (input as { on?: string } | null)?.on;
}

type What = 'connection' | 'target';

/** A service's connection or target by name, with its settings filled in. */
function written({ settings }: Surroundings, env: StepEnvironment, what: What, name: string): unknown {
  const all = what === 'connection' ? env.connections : env.targets;
  if (Object.hasOwn(all, name)) return fillSettings(all[name], settings);
  throw new GuardiaError('not-configured', `not configured: ${env.service} has no ${what} ${name}`);
}

/**
 * Where a service's steps go: SHA-256 over its connections and targets as they are filled in, without their secrets,
 * which may be replaced while the place stays the same.
 */
export function whereaboutsOf({ settings }: Pick<Surroundings, 'settings'>, env: StepEnvironment): string {
  const { connections, targets } = env;
  return hash(
    'sha256',
    JSON.stringify(withoutSecrets([connections, targets].map((all) => filled(all, settings)))),
  );
}

/** What has no setting yet stays as it is written. */
function filled(all: Readonly<Record<string, unknown>>, settings: Settings) {
  return Object.entries(all).map(([name, value]) => {
    try {
      return { name, as: fillSettings(value, settings) };
    } catch {
      return { name, as: value };
    }
  });
}

interface Filling {
  around: Surroundings;
  env: StepEnvironment;
  secrets: readonly SecretSet[];
  used: UsedSecret[];
  signal: AbortSignal;
  deadlineMs: number;
}

/** The same with its secrets, too, validated; what is secret in it is remembered. */
function filler({ around, env, secrets, used, signal, deadlineMs }: Filling) {
  const limits = { deadlineMs: deadlineMs * SHARE_FOR_SECRETS, signal };
  const secretOf = async (reference: SecretReference) => {
    const value = await around.vault.secret(reference, limits);
    used.push({ ...reference, value });
    return value;
  };
  return async <T>(what: What, name: string, schema: z.ZodType<T>): Promise<T> => {
    const filled = await fillSecrets(written(around, env, what, name), secretOf);
    secrets[0]?.add(secretsIn(filled));
    return parsed(schema, filled, `${what} ${name} of ${env.service}`, 'config');
  };
}

/** Messages name the keys that are wrong and never the values. */
function parsed<T>(schema: z.ZodType<T>, value: unknown, what: string, code: 'bad-input' | 'config'): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new GuardiaError(code, `${what} is not valid: ${result.error.issues.map(inWords).join('; ')}`);
}

function inWords({ path, message }: z.core.$ZodIssue): string {
  return path.length ? `${path.join('.')}: ${message}` : message;
}
