import { z } from 'zod';
import { unknownPlaceholders } from './shared/placeholders.ts';
import type { StepKind } from './step-kind.ts';

const duration = z.string().regex(/^\d+(s|m|h|d)$/, 'write a duration such as 15m or 1h');

const input = z.strictObject({
  /** What to do, as one sentence. */
  do: z.string().min(1).max(500),
  /** The role whose work it is; anyone may tick it off. */
  by: z.string().min(1).optional(),
  /** In an action: how long the run waits for it. */
  within: duration.default('1h'),
});

export type Manual = z.output<typeof input>;

/**
 * What only a person can see or do. It reaches nothing: people are asked in Slack, and tick it off there
 * (flows/checklist.ts, flows/by-hand.ts).
 */
export const manual: StepKind<Manual> = {
  name: 'manual',
  about: 'Asks a person to look or to do something; they tick it off in Slack.',
  input,
  byPerson: true,
  check: unknownPlaceholders,
};
