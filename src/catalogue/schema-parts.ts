import { z } from 'zod';

/** Words that stand in runbooks and in service files alike. */

export const NAME = /^[a-z][a-z0-9-]{0,62}$/;
const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `90s`, `15m`, `1h` as written in YAML -> milliseconds. */
export function durationMs(text: string): number {
  const match = /^(\d+)(ms|s|m|h|d)$/.exec(text);
  if (!match) throw new Error(`not a duration: ${text}`);
  return Number(match[1]) * UNITS[match[2] as keyof typeof UNITS];
}

export const name = z
  .string()
  .regex(NAME, 'use lower case letters, digits and dashes, starting with a letter');
/** One name or several; read as a list. */
export const names = z
  .union([name, z.array(name).min(1)])
  .transform((given) => (Array.isArray(given) ? given : [given]));
/** Stands for every member of the workspace where roles are named. */
export const ANYBODY = 'anybody';
/** Roles whose members may start something, or `anybody`. */
export const starters = names.refine((given) => given.length === 1 || !given.includes(ANYBODY), {
  message: `write ${ANYBODY} alone, or leave it out`,
});
export const duration = z.string().regex(/^\d+(ms|s|m|h|d)$/, 'write a duration such as 90s, 15m or 1h');
export const sentence = z.string().min(1).max(1_000);
export const title = z.string().min(1).max(70);
export const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);

/** `check` of the same runbook, or `runbook/check` of another one of the service. */
const checkName = z
  .string()
  .regex(/^([a-z][a-z0-9-]{0,62}\/)?[a-z][a-z0-9-]{0,62}$/, 'write check, or runbook/check');

const WAYS = ['check', 'several', 'unresolved', 'person'] as const;

const when = z
  .strictObject({
    /** A check that is in a state … */
    check: checkName.optional(),
    /** … or so many of the checks `of`, … */
    several: z.number().int().min(2).optional(),
    of: z.array(checkName).min(2).optional(),
    is: z.enum(['failing', 'warning', 'unknown']).default('failing'),
    /** … for so long; at once without it. */
    for: duration.default('0s'),
    /** An alert that has not ended after so long. */
    unresolved: duration.optional(),
    /** What only a person can see, as a sentence; a person says so with a button. */
    person: sentence.optional(),
  })
  .refine((given) => WAYS.filter((way) => given[way] !== undefined).length === 1, {
    message: `write one of ${WAYS.join(', ')}`,
  })
  .refine(({ several, of }) => (several === undefined) === (of === undefined), {
    message: 'write several: how many, and of: the checks',
  });

export const escalation = z.strictObject({
  when,
  /** A role or a contact of the service. */
  to: name,
  priority: z.enum(['P1', 'P2', 'P3', 'P4']).optional(),
  say: sentence.optional(),
});

export type EscalationFile = z.output<typeof escalation>;
