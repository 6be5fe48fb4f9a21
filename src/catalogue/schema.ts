import { z } from 'zod';

/**
 * The runbook language: what stands in `commands/<service>/service.yml` and `commands/<service>/<runbook>.yml`.
 * Strict, because people write it: an unknown key is an error. What a step kind's input may be is the kind's own
 * schema (steps/<kind>.ts); the loader puts both together.
 */

export const NAME = /^[a-z][a-z0-9-]{0,62}$/;
const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `90s`, `15m`, `1h` as written in YAML -> milliseconds. */
export function durationMs(text: string): number {
  const match = /^(\d+)(ms|s|m|h|d)$/.exec(text);
  if (!match) throw new Error(`not a duration: ${text}`);
  return Number(match[1]) * UNITS[match[2] as keyof typeof UNITS];
}

const name = z.string().regex(NAME, 'use lower case letters, digits and dashes, starting with a letter');
/** One name or several; read as a list. */
const names = z
  .union([name, z.array(name).min(1)])
  .transform((given) => (Array.isArray(given) ? given : [given]));
const duration = z.string().regex(/^\d+(ms|s|m|h|d)$/, 'write a duration such as 90s, 15m or 1h');
const sentence = z.string().min(1).max(1_000);
const title = z.string().min(1).max(70);
const scalar = z.union([z.number(), z.string(), z.boolean(), z.null()]);

/** `> 500`, `replicas < 1`, `!= PONG`, `none`, `some`; a list means any of them. */
const condition = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]);

const parameter = z.strictObject({
  type: z.enum(['string', 'number', 'boolean']),
  about: sentence.optional(),
  /** The alert label that gives its value, when that is not called like the parameter. */
  label: z.string().min(1).optional(),
  default: scalar.optional(),
  /** A regular expression that the whole value must match. */
  pattern: z.string().min(1).max(500).optional(),
  /** The only values allowed. */
  values: z
    .array(z.union([z.string(), z.number()]))
    .min(1)
    .optional(),
  min: z.number().optional(),
  max: z.number().optional(),
});

/** A step is an object with exactly one key, the step kind; beside it stand the keys of whatever it is part of. */
const step = z.record(name, z.unknown()).refine((value) => Object.keys(value).length === 1, {
  message: 'a step has exactly one key: its kind',
});

/** Beside these keys stands the step kind that probes. */
const check = z.looseObject({
  title,
  /** What it means when this check fails, as a sentence for the verdict: "Redis does not answer". */
  means: sentence.optional(),
  unit: z.string().max(20).optional(),
  warning: condition.optional(),
  failing: condition.optional(),
  deadline: duration.optional(),
});

const action = z.strictObject({
  title,
  about: sentence.optional(),
  risk: z.enum(['safe', 'disruptive', 'destructive']),
  /** Offered when one of these checks is failing. */
  'suggest-when': z.array(name).optional(),
  preview: step.optional(),
  steps: z.array(step).min(1),
  verify: z.strictObject({ checks: z.array(name).min(1), within: duration }).optional(),
  /** `none` is said out loud; otherwise a sentence that tells how. */
  undo: sentence.optional(),
  deadline: duration.optional(),
});

const escalation = z.strictObject({
  when: z.strictObject({ check: name, is: z.enum(['failing', 'warning', 'unknown']), for: duration }),
  to: name,
  say: sentence.optional(),
});

/** What a check sees in a drill: a bare value, or with words; or that it cannot answer. */
const seen = z.union([
  scalar,
  z.array(z.string()),
  z.strictObject({ error: sentence }),
  z.strictObject({
    value: z.union([scalar, z.array(z.string()), z.record(z.string(), scalar)]),
    says: sentence.optional(),
    evidence: z.array(z.strictObject({ label: z.string(), text: z.string() })).optional(),
    /** How long the answer takes, so that a slow check can be practised. */
    takes: duration.optional(),
  }),
]);

/** Matches an alert that has all of these labels with these values. */
const matcher = z.object({ alertname: z.string().min(1) }).catchall(z.string());

const drill = z.strictObject({
  title: title.optional(),
  alert: z.strictObject({
    alertname: z.string().min(1),
    severity: z.string().min(1),
    labels: z.record(z.string(), z.string()).optional(),
    summary: sentence.optional(),
  }),
  /** What every check sees while the fault lasts. */
  seen: z.record(name, seen),
  /** What every check sees in good times. */
  healthy: z.record(name, seen),
  /** By action, what changes once it has run: checks that see `healthy` from then on, or what each check sees. */
  after: z.record(name, z.union([z.array(name).min(1), z.record(name, seen)])).optional(),
  /** What an approver reads before a destructive action: by action. */
  previews: z
    .record(
      name,
      z.strictObject({ what: sentence, amount: sentence.optional(), output: z.string().optional() }),
    )
    .optional(),
  /** Once all of these actions have run, in any order, the fault is over and every check sees `healthy`. */
  'ends-with': names.optional(),
  expect: z.strictObject({
    failing: z.array(name).optional(),
    warning: z.array(name).optional(),
    unknown: z.array(name).optional(),
    suggests: z.array(name).optional(),
    'escalates-to': names.optional(),
  }),
});

export const runbookSchema = z.strictObject({
  title,
  symptoms: sentence,
  /** Where it comes from: a document and its section. */
  source: sentence.optional(),
  /** The alerts that this runbook claims. */
  alerts: z.array(matcher).optional(),
  parameters: z.record(name, parameter).optional(),
  checks: z.record(name, check),
  actions: z.record(name, action).optional(),
  escalate: z.array(escalation).optional(),
  links: z
    .record(
      z.string().min(1).max(70),
      z.url({ protocol: /^https?$/, error: 'write an http or https address' }),
    )
    .optional(),
  /** Practised faults; at least one. */
  drills: z.record(name, drill),
});

const policy = z.strictObject({
  /** Roles whose Slack groups may approve. */
  by: z.array(name).min(1),
  votes: z.number().int().min(1).default(1),
  /** How long a request waits for its votes. */
  expires: duration.default('15m'),
  /** How long an approved plan may wait for its first step. */
  'begin-within': duration.default('5m'),
});

const role = z.strictObject({
  title,
  /** A Slack user group's id, usually `${SETTING}`. */
  group: z
    .string()
    .regex(
      /^(\$\{[A-Z][A-Z0-9_]*\}|S[A-Z0-9]+)$/,
      `write a Slack user group id such as S0123456789, or \${A_SETTING}`,
    ),
  contact: sentence.optional(),
});

export const serviceSchema = z.strictObject({
  title,
  about: sentence,
  /** Role that owns the service. */
  owner: name,
  /** A Slack channel id, usually `${SETTING}`. */
  channel: z
    .string()
    .regex(
      /^(\$\{[A-Z][A-Z0-9_]*\}|[CG][A-Z0-9]+)$/,
      `write a Slack channel id such as C0123456789, or \${A_SETTING}`,
    ),
  roles: z.record(name, role),
  approval: z.strictObject({ destructive: policy }).optional(),
  /** Labels by which an alert that no runbook claims is known to belong here. */
  labels: z.record(z.string(), z.string()).optional(),
  connections: z.record(name, z.looseObject({ kind: name })).optional(),
  targets: z.record(name, z.unknown()).optional(),
});

/** Keys of a check that are not its step kind. */
export const CHECK_KEYS: readonly string[] = Object.keys(check.shape);

export type RunbookFile = z.output<typeof runbookSchema>;
export type ServiceFile = z.output<typeof serviceSchema>;
export type Check = z.output<typeof check>;
export type Action = z.output<typeof action>;
export type Escalation = z.output<typeof escalation>;
export type Drill = z.output<typeof drill>;
export type Seen = z.output<typeof seen>;
export type Parameter = z.output<typeof parameter>;
export type Policy = z.output<typeof policy>;
export type Role = z.output<typeof role>;
export type Risk = Action['risk'];
