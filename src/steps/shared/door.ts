import { type ErrorCode, GuardiaError, messageOf } from '../../errors.ts';
import type {
  BeforeEffect,
  ConnectionHealth,
  Fingerprint,
  Observation,
  Performed,
  Preview,
  Scalar,
  Step,
  StepCall,
  StepEnvironment,
  StepKind,
  StepOptions,
  Steps,
} from '../step-kind.ts';
import { type ClientPool, createClientPool } from './clients.ts';
import { withDeadline } from './deadline.ts';
import { type ConnectionPolicy, createPolicy } from './policies.ts';
import { kindOf, type Prepared, prepare, problemsWith, type Surroundings, whereaboutsOf } from './prepare.ts';
import { redact, redactAll, redactCompared } from './secrets/redaction.ts';
import type { SecretSet } from './secrets/set.ts';
import { createTurns } from './turns.ts';
import { createVault } from './vault/vault.ts';

interface Results {
  observe: Observation;
  preview: Preview;
  fingerprint: Fingerprint;
  perform: Performed;
}
type Operation = keyof Results;
type Work = (call: StepCall<unknown, unknown>) => Promise<unknown>;

/** One call, for metrics. */
export interface StepSample {
  service: string;
  kind: string;
  connection: string;
  operation: Operation;
  outcome: 'ok' | ErrorCode;
  seconds: number;
}

export interface StepMetrics {
  call(sample: StepSample): void;
}

interface Door extends Omit<Surroundings, 'clients'> {
  metrics?: StepMetrics;
  clients: ClientPool;
  policies: Policies;
  turn(): Promise<void>;
}

type DoorOptions = Pick<Surroundings, 'settings' | 'kinds'> & { metrics?: StepMetrics };

const ELSEWHERE = 'a connection or a target of the service leads elsewhere now';

/** Finds the kind, prepares the call, runs it under its connection's policy and against its deadline, hides secrets. */
export function createDoor(options: DoorOptions): Steps {
  const clients = createClientPool();
  const vault = createVault(options.settings);
  const door: Door = { ...options, vault, clients, policies: createPolicies(), turn: createTurns() };
  return {
    observe: (env, step, given) => through(door, 'observe', env, step, given),
    preview: (env, step, given) => through(door, 'preview', env, step, given),
    async fingerprint(env, step, given) {
      const found = await through(door, 'fingerprint', env, step, given);
      return { ...found, at: whereaboutsOf(door, env) };
    },
    async perform(env, step, given) {
      const { at } = step.fingerprint ?? {};
      if (at !== undefined && at !== whereaboutsOf(door, env))
        throw new GuardiaError('conflict', `${ELSEWHERE}; nothing was done`);
      return through(door, 'perform', env, step, given);
    },
    problems: (step) => problemsWith(options.kinds, step),
    drift(step, before, now) {
      const kind = kindOf(options.kinds, step);
      const moved = before.at !== undefined && before.at !== now.at ? [ELSEWHERE] : [];
      return [...moved, ...(kind.drift ? kind.drift(before, now) : everyDifference(before, now))];
    },
    connections: door.policies.health,
    warnings: vault.warnings,
    close: () => clients.close().then(() => vault.close()),
  };
}

interface Policies {
  of(env: StepEnvironment, prepared: Prepared): ConnectionPolicy;
  health(): ConnectionHealth[];
}

/** One policy for each connection; a changed address, but not a changed secret, begins with a clean sheet. */
function createPolicies(): Policies {
  const made = new Map<string, ConnectionPolicy & { is: Pick<ConnectionHealth, Place>; at: string }>();
  return {
    of({ service }, { kind, connection, connectionName }) {
      const name = `${service}/${kind.name}/${connectionName}`;
      const at = JSON.stringify(connection) ?? '';
      const known = made.get(name);
      if (known?.at === at) return known;
      const policy = createPolicy(`${connectionName} of ${service}`);
      const is = { service, kind: kind.name, connection: connectionName };
      made.set(name, { ...policy, is, at });
      return policy;
    },
    health: () => [...made.values()].map(({ is, health }) => ({ ...is, ...health() })),
  };
}

type Place = 'service' | 'kind' | 'connection';

async function through<O extends Operation>(
  door: Door,
  operation: O,
  env: StepEnvironment,
  step: Step,
  options: StepOptions & { beforeEffect?: BeforeEffect },
): Promise<Results[O]> {
  const started = performance.now();
  const clients = door.clients.borrow();
  let prepared: Prepared | undefined;
  let outcome: StepSample['outcome'] = 'ok';
  try {
    await door.turn();
    prepared = prepare({ ...door, clients }, env, step, options);
    const result = await underPolicy(door, operation, env, prepared, options);
    const hide = operation === 'fingerprint' ? redactCompared : redactAll;
    return hide(result, ...prepared.secrets) as Results[O];
  } catch (error) {
    const clean = presentable(
      error,
      prepared?.secrets ?? [door.vault.given],
      prepared?.mayHaveActed() ?? false,
    );
    const finding = operation === 'observe' ? foundUnreachable(prepared, clean) : undefined;
    outcome = clean.code;
    if (finding) return finding as Results[O];
    throw clean;
  } finally {
    clients.done();
    const seconds = (performance.now() - started) / 1_000;
    door.metrics?.call({
      service: env.service,
      kind: step.kind,
      connection: prepared?.connectionName ?? step.kind,
      operation,
      outcome,
      seconds,
    });
  }
}

function underPolicy(
  door: Door,
  operation: Operation,
  env: StepEnvironment,
  prepared: Prepared,
  options: StepOptions,
) {
  const policy = door.policies.of(env, prepared);
  const { kind, connectionName } = prepared;
  const name = connectionName === kind.name ? kind.name : `${kind.name} ${connectionName}`;
  const limits = {
    what: `${name} of ${env.service}`,
    deadlineMs: options.deadlineMs,
    ...(options.signal ? { signal: options.signal } : {}),
  };
  const work = operationOf(kind, operation);
  return withDeadline<unknown>(limits, (signal) =>
    withNewSecrets(operation, prepared, async () => {
      const call = await prepared.call(signal);
      return operation === 'observe'
        ? policy.observe(() => work(call), signal)
        : policy.act(() => work(call), signal);
    }),
  );
}

/**
 * Who is turned away may have come with a secret that was replaced since, and comes once more with the new one; but
 * what acts is never done twice, whatever came of it.
 */
async function withNewSecrets(operation: Operation, prepared: Prepared, attempt: () => Promise<unknown>) {
  const first = await attempt().then(
    (answer) => ({ answer, turnedAway: isTurnedAway(operation, prepared, answer) }),
    (error) => ({ error, turnedAway: error instanceof GuardiaError && error.code === 'refused' }),
  );
  const outdated = first.turnedAway && (await prepared.isOutdated().catch(() => false));
  if (outdated && operation !== 'perform') return attempt();
  if ('answer' in first) return first.answer;
  throw outdated ? withNote(first.error) : first.error;
}

function isTurnedAway(operation: Operation, { kind, input }: Prepared, answer: unknown): boolean {
  return operation === 'observe' && (kind.isTurnedAway?.(input, answer as Observation) ?? false);
}

function withNote(error: GuardiaError): GuardiaError {
  const note = 'its secret in Vault had been replaced, and the next call uses the new one';
  return error.saying(`${error.message} (${note})`, { retryable: true });
}

function operationOf(kind: StepKind, operation: Operation): Work {
  const work: Work | undefined = kind[operation];
  if (!work) throw new GuardiaError('bad-input', `${kind.name} cannot ${operation}`);
  return work.bind(kind);
}

function foundUnreachable(prepared: Prepared | undefined, error: GuardiaError): Observation | undefined {
  return (error.code === 'unreachable' || error.code === 'deadline') && prepared
    ? prepared.kind.whenUnreachable?.(prepared.input, error)
    : undefined;
}

/** A GuardiaError without a secret and without a cause, whose fields could carry one. */
function presentable(error: unknown, secrets: readonly SecretSet[], acted: boolean): GuardiaError {
  const message = redact(messageOf(error), ...secrets);
  const known = error instanceof GuardiaError ? error : new GuardiaError('internal', message);
  return known.saying(message, { unconfirmed: acted && !known.conclusive });
}

function everyDifference(before: Fingerprint, now: Fingerprint): string[] {
  const keys = new Set([...Object.keys(before.substance), ...Object.keys(now.substance)]);
  return [...keys]
    .filter((key) => before.substance[key] !== now.substance[key])
    .map((key) => `${key} changed from ${shown(before.substance[key])} to ${shown(now.substance[key])}`);
}

function shown(value: Scalar | undefined): string {
  if (value === undefined || value === null) return 'nothing';
  return typeof value === 'number' ? value.toLocaleString('en-US') : String(value);
}
