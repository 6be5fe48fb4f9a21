import { z } from 'zod';
import { ANYBODY, duration, escalation, name, sentence, starters, title } from './schema-parts.ts';

/** What stands in `commands/<service>/service.yml`. */

/** A Slack channel's id, usually `${SETTING}`. */
const channel = z
  .string()
  .regex(
    /^(\$\{[A-Z][A-Z0-9_]*\}|[CG][A-Z0-9]+)$/,
    `write a Slack channel id such as C0123456789, or \${A_SETTING}`,
  );

/** The same, or `${SETTING:-}` for one that may be left out. */
const channelIfAny = z
  .string()
  .regex(
    /^(\$\{[A-Z][A-Z0-9_]*(:-)?\}|[CG][A-Z0-9]+)$/,
    `write a Slack channel id such as C0123456789, \${A_SETTING}, or \${A_SETTING:-} for one that may be left out`,
  );

const policy = z.strictObject({
  /** Roles whose Slack groups may approve. */
  by: z.array(name).min(1),
  votes: z.number().int().min(1).default(1),
  /** How long a request waits for its votes. */
  expires: duration.default('15m'),
  /** How long an approved plan may wait for its first step. */
  'begin-within': duration.default('5m'),
  /** Roles whose members may run it without an approval when nobody is there; nobody may without this. */
  'break-glass': z.strictObject({ by: z.array(name).min(1) }).optional(),
  /** Where the approvers are: requests stand there, and their threads lead to them. */
  channel: channelIfAny.optional(),
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
  /** What this role does in an incident. */
  does: sentence.optional(),
});

/** Somebody outside Slack. */
const contact = z.strictObject({ title, reach: sentence });

/** A number, or the setting that gives it, as in `${SLO_TARGET:-99.0}`. */
const figure = z.union([
  z.number(),
  z.string().regex(/^\$\{[A-Z][A-Z0-9_]*(:-\d+(\.\d+)?)?\}$/, `write a number, or \${A_SETTING:-99.0}`),
]);

const slo = z.strictObject({
  title,
  /** Percent of good answers. */
  target: figure,
  /** What the budget is counted over. */
  window: duration.default('30d'),
  /** PromQL: the share of bad answers, from 0 to 1, over `{window}`. */
  errors: sentence,
  /** PromQL: only judged while this holds, such as a floor of traffic; `{name}` is a limit of the service. */
  while: sentence.optional(),
});

const limit = z.strictObject({ title, limit: figure, unit: z.string().max(20).optional() });

/** What the service promises. Checks refer to it by name: `> {name}` in a condition, or `objective:`. */
const objective = z.union([slo, limit]);

const site = z
  .string()
  .regex(/^(\$\{[A-Z][A-Z0-9_]*\}|https?:\/\/.+)$/, `write an http address, or \${A_SETTING}`);

export const serviceSchema = z.strictObject({
  title,
  about: sentence,
  /** Role that owns the service. */
  owner: name,
  channel,
  roles: z.record(
    name.refine(
      (given) => given !== ANYBODY,
      `${ANYBODY} stands for everybody of the workspace: use another name`,
    ),
    role,
  ),
  /** Roles whose members may start what is disruptive or destructive, or `anybody`; every role without this. */
  'run-by': starters.optional(),
  /** Who approves what, by its risk. What is destructive runs nowhere without; what is disruptive runs at once. */
  approval: z.strictObject({ destructive: policy.optional(), disruptive: policy.optional() }).optional(),
  /** Labels by which an alert that no runbook claims is known to belong here. */
  labels: z.record(z.string(), z.string()).optional(),
  contacts: z.record(name, contact).optional(),
  objectives: z.record(name, objective).optional(),
  /** For every alert of the service, whatever its runbook. */
  escalate: z.array(escalation).optional(),
  /** Where links to dashboards and searches lead; usually settings. */
  dashboards: z.strictObject({ grafana: site.optional(), kibana: site.optional() }).optional(),
  connections: z.record(name, z.looseObject({ kind: name })).optional(),
  targets: z.record(name, z.unknown()).optional(),
});

export type ServiceFile = z.output<typeof serviceSchema>;
export type Policy = z.output<typeof policy>;
/** By the risk of what is approved; nobody is ever asked about what is safe. */
export type Policies = NonNullable<ServiceFile['approval']>;
export type Role = z.output<typeof role>;
export type Contact = z.output<typeof contact>;
export type ObjectiveFile = z.output<typeof objective>;
