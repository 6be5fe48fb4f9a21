import { safe } from './text.ts';

/** How much an action touches, at each moment at which that was counted; null where it was not. */
export interface Amounts {
  asked: string | null;
  approved: string | null;
  /** Right before the first step. */
  begun: string | null;
  /** As the steps say themselves. */
  done: string | null;
}

const MOMENTS = [
  ['asked', 'when it was asked for'],
  ['approved', 'when it was approved'],
  ['begun', 'right before it ran'],
  ['done', 'done'],
] as const;

/**
 * Side by side where they differ: `40 keys when it was asked for → 41 keys when it was approved → 0 keys done`. One figure
 * where they do not; null where nothing was counted.
 */
export function amountsInWords(amounts: Amounts): string | null {
  const counted = MOMENTS.flatMap(([key, when]) => {
    const amount = amounts[key];
    return amount === null || amount === '' ? [] : [{ amount, when }];
  });
  const [first, ...others] = counted;
  if (!first) return null;
  if (others.every(({ amount }) => amount === first.amount)) return safe(first.amount, 300);
  return inRows(counted)
    .map(({ amount, whens }) => `${safe(amount, 300)} ${whens.join(' and ')}`)
    .join(' → ');
}

/** What stays the same from one moment to the next is told once. */
function inRows(counted: readonly { amount: string; when: string }[]): { amount: string; whens: string[] }[] {
  const rows: { amount: string; whens: string[] }[] = [];
  for (const { amount, when } of counted) {
    const last = rows.at(-1);
    if (last?.amount === amount) last.whens.push(when);
    else rows.push({ amount, whens: [when] });
  }
  return rows;
}
