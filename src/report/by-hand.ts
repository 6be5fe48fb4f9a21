import type { Verdict } from '../diagnosis/finding.ts';
import { formatFigure } from './figures.ts';
import type { Hands } from './hand-states.ts';
import { type Sign, STATUS } from './signs.ts';
import { safe } from './text.ts';

/** `3 things to look at by hand.`; empty where nothing is. */
export function handsInWords({ left, all }: Hands): string {
  if (all === 0) return '';
  if (left > 0) return `${formatFigure(left, 'things')} to look at by hand.`;
  return 'Everything to look at by hand is done.';
}

/** The verdict and what is left to people; those alone where no check is a machine's. */
export function verdictInWords({ sentence }: Pick<Verdict, 'sentence'>, hands: Hands): string {
  return [hands.only ? '' : safe(sentence, 400), handsInWords(hands)].filter(Boolean).join(' ');
}

/** Where nothing was asked of a machine, nothing is unknown either. */
export function verdictSign({ status }: Pick<Verdict, 'status'>, { only }: Hands): Sign {
  return only ? { sign: '📋', word: 'By hand' } : STATUS[status];
}
