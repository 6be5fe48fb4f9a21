import type { Risk } from '../catalogue/schema.ts';
import type { Status } from '../diagnosis/finding.ts';
import type { PlanState } from '../plan/plan.ts';

/** A state is a word; its sign stands beside it and never alone. */
export interface Sign {
  sign: string;
  word: string;
}

export const STATUS: Readonly<Record<Status, Sign>> = {
  failing: { sign: '❌', word: 'Failing' },
  warning: { sign: '⚠️', word: 'Warning' },
  unknown: { sign: '❔', word: 'Unknown' },
  healthy: { sign: '✅', word: 'Healthy' },
};

export const PLAN: Readonly<Record<PlanState, Sign>> = {
  waiting: { sign: '🔶', word: 'Waiting for approval' },
  approved: { sign: '🔷', word: 'Approved' },
  running: { sign: '▶️', word: 'Running' },
  done: { sign: '✅', word: 'Done' },
  failed: { sign: '❌', word: 'Failed' },
  unknown: { sign: '❔', word: 'Unknown' },
  denied: { sign: '⛔', word: 'Denied' },
  cancelled: { sign: '⚪', word: 'Cancelled' },
  expired: { sign: '⌛', word: 'Expired' },
  void: { sign: '⚪', word: 'Void' },
};

const RISK: Readonly<Record<Risk, string>> = {
  safe: 'safe: nobody should notice',
  disruptive: 'disruptive: users may notice',
  destructive: 'destructive',
};
const APPROVED = 'a second person approves it first';

export const RISKS: readonly Risk[] = ['safe', 'disruptive', 'destructive'];

/** What a risk means for whoever clicks: `disruptive: users may notice, and a second person approves it first`. */
export function riskInWords(risk: Risk, needsApproval: boolean): string {
  if (!needsApproval) return RISK[risk];
  return `${RISK[risk]}${risk === 'destructive' ? ': ' : ', and '}${APPROVED}`;
}

/** `❌ Failing` */
export function signed({ sign, word }: Sign): string {
  return `${sign} ${word}`;
}

/** `❌ *Failing*` */
export function bold({ sign, word }: Sign): string {
  return `${sign} *${word}*`;
}
