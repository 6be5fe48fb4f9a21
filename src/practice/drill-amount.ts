import type { Drill } from '../catalogue/schema.ts';
import { durationMs } from '../catalogue/schema-parts.ts';

type DrillPreview = NonNullable<Drill['previews']>[string];

/** `1,243 jobs` of `1,243 jobs waiting, 0 reserved`. */
const COUNTED = /^([\d,]+)( \w+)?/;

/** How much a drill's action would touch, so long after the drill began: what drains by itself shrinks to nothing. */
export function amountAfter(
  { amount, drains }: DrillPreview,
  sinceMs: number,
): { amount?: string; count?: number } {
  const figure = COUNTED.exec(amount ?? '')?.[1];
  if (amount === undefined || drains === undefined || figure === undefined)
    return amount === undefined ? {} : { amount };
  const share = Math.max(0, 1 - sinceMs / durationMs(drains));
  const count = Math.round(Number(figure.replaceAll(',', '')) * share);
  return { amount: amount.replace(figure, count.toLocaleString('en-US')), count };
}

/** What was touched of it, as a step says it: `900 jobs`. Undefined where the drill does not count. */
export function touchedAfter(preview: DrillPreview, sinceMs: number): string | undefined {
  const { amount = '', count } = amountAfter(preview, sinceMs);
  return count === undefined ? undefined : COUNTED.exec(amount)?.[0];
}
