import { z } from 'zod';
import { duration, escalation, name, names, scalar, sentence, starters, title } from './schema-parts.ts';

/**
 * The runbook language: what stands in `commands/<service>/<runbook>.yml`. Strict, because people write it: an unknown
 * key is an error. What a step kind's input may be is the kind's own schema (steps/<kind>.ts); the loader puts both
 * together.
 */

const DAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;

function isZone(text: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: text });
    return true;
  } catch {
    return false;
  }
}

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

const windows = z
  .union([duration, z.array(duration).length(2)])
  .transform((given) => (Array.isArray(given) ? given : [given]));

/** What a check shows of an objective of the service. */
const shown = z.strictObject({
  of: name,
  /** Percent of good answers; how many times faster than allowed the budget burns; percent of the budget that is left. */
  show: z.enum(['success-rate', 'burn-rate', 'budget-left']),
  /** The window; of two windows the lower burn rate counts, so that both have to be over a limit. */
  over: windows.optional(),
  chart: duration.optional(),
  connection: name.optional(),
});

/** Beside these keys stands the step kind that probes, or the objective that the check shows. */
const check = z.looseObject({
  title,
  /** What it means when this check fails, as a sentence for the verdict: "Redis does not answer". */
  means: sentence.optional(),
  unit: z.string().max(20).optional(),
  warning: condition.optional(),
  failing: condition.optional(),
  deadline: duration.optional(),
  objective: shown.optional(),
});

const action = z.strictObject({
  title,
  about: sentence.optional(),
  risk: z.enum(['safe', 'disruptive', 'destructive']),
  /** Roles whose members may start it, or `anybody`: instead of what the service says for its risk. */
  'run-by': starters.optional(),
  /** Offered when one of these checks is failing. */
  'suggest-when': z.array(name).optional(),
  /** Checks that justify it: shown with their figures to whoever asks for it and whoever approves it. */
  criteria: z.array(name).min(1).optional(),
  /** Refused as long as an incident of the service is open, with this reason. */
  'never-during-incident': sentence.optional(),
  preview: step.optional(),
  steps: z.array(step).min(1),
  verify: z.strictObject({ checks: z.array(name).min(1), within: duration }).optional(),
  /** What it wants beyond the service's policy for its risk: other roles, more people, no break-glass. */
  approval: z
    .strictObject({
      by: z.array(name).min(1).optional(),
      votes: z.number().int().min(1).optional(),
      'break-glass': z.literal(false).optional(),
    })
    .optional(),
  /** `none` is said out loud; otherwise a sentence that tells how, or the action that does it. */
  undo: z.union([sentence, z.strictObject({ action: name })]).optional(),
  deadline: duration.optional(),
});

/** By the clock: at a time of day, on some days of the week or daily. */
const schedule = z.strictObject({
  at: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'write hours and minutes, such as "08:00"'),
  on: z.array(z.enum(DAYS)).min(1).optional(),
  /** An IANA time zone, such as America/Argentina/Buenos_Aires. */
  zone: z.string().refine(isZone, { message: 'write a time zone such as Europe/Madrid or UTC' }),
  /** Safe actions that it asks for by itself once the checks are done. */
  runs: z.array(name).min(1).optional(),
});

/** A part of the work, in its order; people find their way by it. */
const phase = z.strictObject({
  title: title.optional(),
  about: sentence.optional(),
  checks: z.array(name).optional(),
  actions: z.array(name).optional(),
});

const url = z.url({ protocol: /^https?$/, error: 'write an http or https address' });
const variables = z.record(z.string().min(1), z.string());

/** An address, or a dashboard or a search with its query filled in; `{name}` is a parameter. */
const link = z.union([
  url,
  z.strictObject({
    /** A dashboard by its title; with `uid` it opens at once, with `panel` on that panel. */
    grafana: title,
    uid: z.string().min(1).optional(),
    panel: z.number().int().min(1).optional(),
    variables: variables.optional(),
  }),
  z.strictObject({ kibana: sentence, index: z.string().min(1).optional() }),
]);

/** A test of the procedure that was made before Guardia kept the record of them. */
const tested = z.strictObject({
  date: z.iso.date({ error: 'write a date such as 2025-03-31' }),
  by: title,
  scenario: sentence,
  result: sentence,
  notes: sentence.optional(),
});

/** What a check sees in a drill: a bare value, or with words; or that it cannot answer. */
const seen = z.union([
  ...scalar.options,
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
  /** The alert that begins it; without one the clock does where there is a schedule, else a person who asks. */
  alert: z
    .strictObject({
      alertname: z.string().min(1),
      severity: z.string().min(1),
      labels: z.record(z.string(), z.string()).optional(),
      summary: sentence.optional(),
    })
    .optional(),
  /** What every check that is not a person's sees while the fault lasts. */
  seen: z.record(name, seen),
  /** What every check sees in good times. */
  healthy: z.record(name, seen),
  /** By action, what changes once it has run: checks that see `healthy` from then on, or what each check sees. */
  after: z.record(name, z.union([z.array(name).min(1), z.record(name, seen)])).optional(),
  /** What an approver reads before a destructive action: by action. */
  previews: z
    .record(
      name,
      z
        .strictObject({
          what: sentence,
          amount: sentence.optional(),
          /** How long until nothing is left of it, where it drains by itself: the amount begins with a number then. */
          drains: duration.optional(),
          output: z.string().optional(),
        })
        .refine(({ amount = '', drains }) => drains === undefined || /^\d/.test(amount), {
          message: 'what drains has an amount that begins with a number',
        }),
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

/** Nobody reads more in one go, and each of them is asked at once. */
const MOST_CHECKS = 100;

export const runbookSchema = z.strictObject({
  title,
  symptoms: sentence,
  /** Where it comes from: a document and its section. */
  source: sentence.optional(),
  /** The alerts that this runbook claims. */
  alerts: z.array(matcher).optional(),
  parameters: z.record(name, parameter).optional(),
  checks: z
    .record(name, check)
    .refine(
      (checks) => Object.keys(checks).length <= MOST_CHECKS,
      `split it: a runbook has at most ${MOST_CHECKS} checks`,
    ),
  actions: z.record(name, action).optional(),
  escalate: z.array(escalation).optional(),
  schedule: schedule.optional(),
  /** The order of the work; every check and action then stands in one of them. */
  phases: z.record(name, phase).optional(),
  links: z.record(title, link).optional(),
  history: z.array(tested).optional(),
  /** Practised faults; at least one. */
  drills: z.record(name, drill),
});

/** Keys of a check that are not its step kind. */
export const CHECK_KEYS: readonly string[] = Object.keys(check.shape);

export type RunbookFile = z.output<typeof runbookSchema>;
export type Check = z.output<typeof check>;
export type Action = z.output<typeof action>;
export type Drill = z.output<typeof drill>;
export type Seen = z.output<typeof seen>;
export type Parameter = z.output<typeof parameter>;
export type ShownObjective = z.output<typeof shown>;
export type Schedule = z.output<typeof schedule>;
export type Phase = z.output<typeof phase>;
export type Link = z.output<typeof link>;
export type Tested = z.output<typeof tested>;
export type Risk = Action['risk'];
