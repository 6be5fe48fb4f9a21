import type { z } from 'zod';
import type { GuardiaError } from '../errors.ts';
import type { Warning } from '../telemetry/warnings.ts';

/** What a parameter or an observed field may be. */
export type Scalar = number | string | boolean | null;

/** Values of a runbook's declared parameters, by name. Already checked against their declared types. */
export type Parameters = Readonly<Record<string, Scalar>>;

/**
 * What conditions such as `> 500` or `none` compare: one scalar, a list of names, or named fields
 * (series of a vector, fields of a Redis INFO section). `null` is "asked, and there is nothing".
 */
export type ObservedValue = Scalar | readonly string[] | Readonly<Record<string, Scalar>>;

/** One piece of what backs a claim: the query, the command, the lines it printed. Plain text, unescaped. */
export interface Evidence {
  label: string;
  text: string;
}

/** Points over time: `[unix milliseconds, value]`; a gap is a missing point, never a zero. */
export interface Series {
  name: string;
  points: readonly (readonly [number, number])[];
}

/** How what was observed is best looked at, where that is not lines over time. */
export type Drawing =
  /** Big figures, one for each series, each above its own line. */
  | { as: 'figures' }
  /** The latest value of each series on a scale. */
  | { as: 'gauge'; min: number; max: number }
  /** Each row as long as `columns`. */
  | { as: 'table'; columns: readonly string[]; rows: readonly (readonly Scalar[])[] };

/** The answer of a check's probe, before anyone judged it. */
export interface Observation {
  value: ObservedValue;
  /** The value in words, when the number alone does not tell the story: `redis-0 CrashLoopBackOff, 6 restarts`. */
  says?: string;
  evidence: readonly Evidence[];
  /** Only when the input asked for a chart. */
  series?: readonly Series[];
  /** What the other side calls it: a panel's title. */
  title?: string;
  /** The unit of the values, as report/figures.ts knows it, where the other side says so itself. */
  unit?: string;
  /** Limits that the other side keeps, to be drawn; those of the runbook come first. */
  limits?: { warning?: number; failing?: number; side?: 'over' | 'under' };
  drawing?: Drawing;
  /** A PNG in base64 of at most 1 MB, where the other side drew it itself: shown instead of a drawing of ours. */
  image?: string;
}

/** What an action would do, in words and figures, without doing it. */
export interface Preview {
  /** What runs and where: `celery purge, queue celery, on denis-workers-7d4c9 (of 6)`. */
  what: string;
  /** How much it touches: `1,243 jobs waiting, 0 reserved`. Left out when nothing can be counted. */
  amount?: string;
  /** The same as a number, where 0 means that nothing is left to do: a plan that drifts there is void. */
  count?: number;
  evidence: readonly Evidence[];
}

/**
 * The state of the target that a plan was made for. Two fingerprints that differ in substance void an approval;
 * what counts as a difference is the kind's own `drift`.
 */
export interface Fingerprint {
  /** SHA-256 of where the service's connections and targets lead: what runs elsewhere is another plan. */
  at?: string;
  substance: Readonly<Record<string, Scalar>>;
}

/** What a performed step left behind. */
export interface Performed {
  says: string;
  /** How much it touched in the end, as the preview counts it: `0 keys`. */
  amount?: string;
  evidence: readonly Evidence[];
}

/** One call of a step kind: validated input, its connection, typed parameters, and how long it may take. */
export interface StepCall<Input, Connection> {
  input: Input;
  connection: Connection;
  parameters: Parameters;
  /** Aborted at the deadline and when the caller gives up; every client call gets it. */
  signal: AbortSignal;
  /** Milliseconds the call may take from its start. */
  deadlineMs: number;
  /**
   * Asks whether the step may still act. `perform` awaits it directly before each request that changes something: after
   * login, connecting and reads, with nothing in between. It throws when another replica has taken the plan over or
   * people have ended it. From the first one that it lets through, an error means that nobody knows what was changed,
   * unless the error is `conclusive`.
   */
  beforeEffect: BeforeEffect;
  /** Runs an argv on one of the service's targets; there is no shell anywhere. */
  run: RunOnTarget;
  /** Where a target is at this moment, without running anything there. */
  place(target: string): Promise<Place>;
  /** What the plan was made for that this step belongs to: what runs is what people approved, and no more. */
  planned?: Fingerprint;
  /** Another connection of the same service, filled in and validated; for a kind that needs a second system. */
  another<Other>(name: string, schema: z.ZodType<Other>): Promise<Other>;
  clients: Clients;
}

/** Clients that outlive a call: opened when first asked for, one per key, closed with the steps. */
export interface Clients {
  get<Client>(key: string, open: () => PooledClient<Client>): Client;
}

export interface PooledClient<Client> {
  client: Client;
  close(): void | Promise<void>;
}

/** Output of an argv: bounded, stripped of control sequences. `targets` names where it ran and how many there were. */
export interface CommandResult {
  exitCode: number;
  stdout: string;
  stderr: string;
  /** Lines of stdout, also of those that were dropped. */
  lines: number;
  /** Bytes beyond the bound that were dropped. */
  dropped: number;
  where: string;
  durationMs: number;
}

export interface Place {
  /** As an approver reads it: `pod denis-workers-7d4c9 of 6 in denis`, `backup@10.0.0.5:22`, `this machine`. */
  where: string;
  /** What a plan is bound to: another pod, a container made anew, another host key. */
  substance: Readonly<Record<string, Scalar>>;
}

/** With `changes` it asks `beforeEffect` right before the program begins. */
export type RunOnTarget = (
  target: string,
  argv: readonly string[],
  options?: { changes: boolean },
) => Promise<CommandResult>;

/** Throws when the step must not act any more; then nothing is sent. */
export type BeforeEffect = () => Promise<void>;

/**
 * An integration. It touches the outside, keeps the deadline, honours the signal, returns data and never
 * formats Slack text. Errors are `GuardiaError`s that say what was asked of whom, without secrets.
 */
export interface StepKind<Input = unknown, Connection = unknown> {
  name: string;
  /** One line for docs and editors. */
  about: string;
  /** Strict: an unknown key is an error. */
  input: z.ZodType<Input>;
  /** Strict; absent when the kind needs no connection of its own. */
  connection?: z.ZodType<Connection>;
  /** Further kinds of connections, by name, that are no step kinds themselves: `logs` reads from Elasticsearch. */
  connections?: Readonly<Record<string, z.ZodType>>;
  /** The connection that an input uses, where it is not simply one of the kind's own; undefined for none. */
  connectionFor?(input: Input): { kind: string; name: string } | undefined;
  /** A person does it, and ticks it off: the kind has no functions of its own. */
  byPerson?: true;
  /** What an input is for, where the kind does both; without it an input is good for whatever the kind can. */
  asks?(input: Input): 'look' | 'act';
  /** Whether an input takes something away for good: an action with it is destructive, whatever its file says. */
  destroys?(input: Input): boolean;
  /** Finds what is wrong with an input beyond its shape (PromQL grammar, an unknown command); for lint. */
  check?(input: Input, parameterNames: readonly string[]): string[];
  observe?(call: StepCall<Input, Connection>): Promise<Observation>;
  /**
   * What it means when the other side could not be reached, or did not answer in time, for inputs where that is the finding and not a
   * failure to find out: `refused by redis.denis:6379` is what PING saw. Undefined leaves the error as it is.
   */
  whenUnreachable?(input: Input, error: GuardiaError): Observation | undefined;
  /**
   * Whether an answer says that the other side did not take who asks, as a status 401 does. It is asked once more when
   * its secret turns out to have been replaced; so it is after every error 'refused'.
   */
  isTurnedAway?(input: Input, answer: Observation): boolean;
  preview?(call: StepCall<Input, Connection>): Promise<Preview>;
  fingerprint?(call: StepCall<Input, Connection>): Promise<Fingerprint>;
  /**
   * How the target differs in substance from what a plan was made for, as sentences such as
   * `queue grew from 1,243 to 48,000`; empty when it does not. Pure. Without it every key that differs counts.
   */
  drift?(before: Fingerprint, now: Fingerprint): string[];
  perform?(call: StepCall<Input, Connection>): Promise<Performed>;
}

/** `{ prometheus: { query: … } }` taken apart. */
export interface Step {
  kind: string;
  input: unknown;
  /** Of a step of a plan: the state of its target that it was made for. */
  fingerprint?: Fingerprint;
}

/** What a service's file gives to its steps: connections and targets, with `${NAME}` not yet filled in. */
export interface StepEnvironment {
  service: string;
  connections: Readonly<Record<string, unknown>>;
  targets: Readonly<Record<string, unknown>>;
}

export interface StepOptions {
  parameters: Parameters;
  deadlineMs: number;
  signal?: AbortSignal;
}

/**
 * The door to the outside as flows see it: real step kinds (steps/index.ts) or, in practice, the simulated
 * estate. Each call rejects with a GuardiaError; `deadline` when the time is over.
 */
export interface Steps {
  observe(
    env: StepEnvironment,
    step: Step,
    options: StepOptions & { check?: CheckRef; action?: ActionRef },
  ): Promise<Observation>;
  preview(env: StepEnvironment, step: Step, options: StepOptions & { action?: ActionRef }): Promise<Preview>;
  fingerprint(
    env: StepEnvironment,
    step: Step,
    options: StepOptions & { action?: ActionRef },
  ): Promise<Fingerprint>;
  /** An error is `unconfirmed` when nobody knows whether the step changed something; otherwise it has failed. */
  perform(
    env: StepEnvironment,
    step: Step,
    options: StepOptions & { action?: ActionRef; beforeEffect: BeforeEffect },
  ): Promise<Performed>;
  /** What is wrong with a step's input, found without asking anybody; empty when nothing is. */
  problems(step: Step): string[];
  /** A person has done a manual step of an action. Nothing to do for real systems; the simulated estate takes note. */
  done?(env: StepEnvironment, action: ActionRef): void;
  /** Differences in substance between two fingerprints of one step, as sentences; empty when the plan still holds. */
  drift(step: Step, before: Fingerprint, now: Fingerprint): string[];
  /** Every connection that was used since the start, as it fares now. Absent where there are none. */
  connections?(): ConnectionHealth[];
  /** What somebody should mend before calls fail. */
  warnings?(): Warning[];
  close(): Promise<void>;
}

/** How one connection of a service fares: whether its circuit breaker lets calls through, and how busy it is. */
export interface ConnectionHealth {
  service: string;
  kind: string;
  /** As service.yml names it; the kind's name where there is one connection of it, or the target's. */
  connection: string;
  /** `open`: it is not asked at all; `half-open`: the next call shows whether it can be again. */
  state: 'closed' | 'open' | 'half-open';
  /** Since when, ISO 8601 in UTC, and why it is not closed. */
  since?: string;
  why?: string;
  /** Calls that run, and that wait for their turn. */
  running: number;
  waiting: number;
}

/** Which check or action a call is for: the real kinds do not look at it, the simulated estate answers by it. */
export interface CheckRef {
  runbook: string;
  check: string;
}
export interface ActionRef {
  runbook: string;
  action: string;
  /** Index of the step within the action. */
  index: number;
}
