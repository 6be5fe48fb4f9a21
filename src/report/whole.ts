import type { KnownBlock } from '@slack/types';
import type { Plan } from '../plan/plan.ts';
import { section } from './blocks.ts';
import { asWritten, safe } from './text.ts';

/** What an approver decides on, whole: a message may have to cut it, and a dialog shows all of it. */
export interface Whole {
  what: string;
  /** Each step in its own words, where there are several. */
  steps: readonly string[];
  amount: string;
}

/** What one block of a dialog holds, in characters, and how many of them a dialog has for this. */
const PIECE = 2_900;
const PIECES = 40;
const UNCUT = 1_000_000;

export function wholeOf({ steps, preview }: Pick<Plan, 'steps' | 'preview'>): Whole {
  return {
    what: preview.what,
    steps: steps.length > 1 ? steps.map(({ what }) => what) : [],
    amount: preview.amount ?? '',
  };
}

export function wholeBlocks(whole: Whole): (KnownBlock | null)[] {
  const [first = '', ...rest] = piecesOf(whole, PIECE);
  return [
    section(rest.length === 0 ? [`*What runs*  ${first}`] : ['*What runs*', first]),
    ...rest.map((piece) => section([piece])),
    section([`*How much*  ${safe(whole.amount, PIECE) || 'nothing that can be counted'}`]),
  ];
}

/** Whether there is a way to read all of it: what nobody could read, nobody may approve. */
export function isReadable(whole: Whole): boolean {
  const pieces = piecesOf(whole, PIECE);
  const uncut = piecesOf(whole, UNCUT);
  return (
    pieces.length <= PIECES &&
    pieces.every((piece, index) => piece === uncut[index]) &&
    safe(whole.amount, PIECE) === safe(whole.amount, UNCUT)
  );
}

function piecesOf({ what, steps }: Whole, limit: number): string[] {
  if (steps.length === 0) return [asWritten(what, limit)];
  return steps.map((step, index) => `${index + 1}. ${asWritten(step, limit)}`);
}
