import { z } from 'zod';
import { GuardiaError } from '../errors.ts';

/** What dialogs carry in `private_metadata`: ids, and for a question what was asked for. */

const place = z.object({ channel: z.string().min(1), thread: z.string().min(1).optional() });
const scalar = z.union([z.number(), z.string(), z.boolean(), z.null()]);

/** A dialog in which a runbook is chosen; `seen` is the version of the actions that it shows. */
export const choiceMetadata = z.object({ place, origin: z.string().optional(), seen: z.string().optional() });
export type ChoiceMetadata = z.output<typeof choiceMetadata>;

/** The question before an action. */
export const askMetadata = z.object({
  place,
  origin: z.string().optional(),
  /** The version of the action that it shows; absent in one that was opened before there were versions. */
  seen: z.string().optional(),
  service: z.string(),
  runbook: z.string(),
  action: z.string(),
  parameters: z.record(z.string(), scalar),
  /** It showed that nothing calls for it any more, and asked why all the same. */
  allTheSame: z.literal(true).optional(),
});
export type AskMetadata = z.output<typeof askMetadata>;

/** A dialog about a plan: its reference, and the message whose button opened it (none on the home tab). */
export const planMetadata = z.object({
  ref: z.string(),
  message: z.object({ channel: z.string(), ts: z.string(), thread: z.string().optional() }).nullable(),
});
export type PlanMetadata = z.output<typeof planMetadata>;

/** The dialog in which people are called: whom each choice calls and why, as it is shown. */
export const escalateMetadata = planMetadata.extend({ seen: z.record(z.string(), z.string()).optional() });
export type EscalateMetadata = z.output<typeof escalateMetadata>;

/** The same about one of its steps that is done by hand. */
export const handMetadata = planMetadata.extend({ step: z.number() });
export type HandMetadata = z.output<typeof handMetadata>;

export function readMetadata<T>(schema: z.ZodType<T>, text: string): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    throw new GuardiaError('bad-input', 'This dialog cannot be used any more. Open it anew.');
  }
}
