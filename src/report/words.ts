import { durationMs } from '../catalogue/schema-parts.ts';
import type { Verdict } from '../diagnosis/finding.ts';
import { formatDuration, formatFigure } from './figures.ts';
import { PLAN } from './signs.ts';
import type { Escalates, OfferedAction, Remedy } from './states.ts';
import { asWritten, between, code, joinWithin, mention, mentions, moment, safe, time } from './text.ts';

type Counts = Verdict['counts'];

/** What a person is to do takes up to 500 characters. */
const STEP = 520;
const STEPS = 2_400;

/** `2 failing · 1 unknown · 2 healthy`: only what there is, worst first. */
export function countsInWords(counts: Counts): string {
  const order = ['failing', 'warning', 'unknown', 'healthy'] as const;
  return order
    .filter((status) => counts[status] > 0)
    .map((status) => `${counts[status]} ${status}`)
    .join(' · ');
}

/** `2 of 5 checks fail.`; empty when all is well, which the verdict's sentence says itself. */
export function shareInWords({ status, counts }: Pick<Verdict, 'status' | 'counts'>): string {
  const total = counts.failing + counts.warning + counts.unknown + counts.healthy;
  if (status === 'healthy' || total === 0) return '';
  const share = `${counts[status]} of ${formatFigure(total, 'checks')}`;
  const one = counts[status] === 1;
  if (status === 'failing') return `${share} ${one ? 'fails' : 'fail'}.`;
  return status === 'warning' ? `${share} ${one ? 'warns' : 'warn'}.` : `${share} could not answer.`;
}

/** `queue=celery`, each as code. */
export function parametersInWords(parameters: Readonly<Record<string, unknown>>): string {
  const pairs = Object.entries(parameters).map(([name, value]) => code(`${name}=${String(value)}`, 120));
  return joinWithin(pairs, 600, ' ');
}

export function escalationInWords({ to, at, title }: Escalates, now: string): string {
  return `Escalates to ${safe(to, 70)} at ${moment(at, now)} (${time(at, 'ago')}) unless “${safe(title, 90)}” recovers.`;
}

/** `✅ Done · *Restart the StatefulSet* · 03:19 · disruptive` */
export function remedyInWords({ title, risk, state, at }: Remedy, now: string): string {
  const { sign, word } = PLAN[state];
  return `${sign} ${word} · *${safe(title, 90)}* · ${moment(at, now)} · ${risk}`;
}

/** `Restart the workers (disruptive, needs an approval)` */
export function offeredInWords({ title, risk, needsApproval }: OfferedAction): string {
  const needs = needsApproval && risk !== 'destructive' ? ', needs an approval' : '';
  return `${safe(title, 90)} (${risk}${needs})`;
}

/** `approved by @mara`, to follow a remedy where naming people calls nobody. */
export function approvalInWords({ needsApproval, approvedBy, glassBy, state }: Remedy): string {
  if (glassBy) return `without approval: glass broken by ${mention(glassBy)}`;
  if (approvedBy.length > 0) return `approved by ${mentions(approvedBy)}`;
  if (!needsApproval) return 'no approval needed';
  return state === 'waiting' ? 'not approved yet' : 'not approved';
}

/** `11 min`; null when one of the moments is not known. */
export function spanInWords(from: string, to: string | null): string | null {
  const ms = to === null ? null : between(from, to);
  return ms === null ? null : formatDuration(ms);
}

/** A window such as `6h`: `last 6 h`, `last hour`. */
export function lastStretch(window: string): string {
  return `last ${window === '1h' ? 'hour' : formatDuration(durationMs(window))}`;
}

/** `none` is said out loud. */
export function undoInWords(said: string): string {
  return /^none\.?$/i.test(said.trim()) ? 'none: it cannot be taken back' : safe(said, 400) || 'not said';
}

/** `1. scale to 0`: each step on a line of its own, whole, since nobody approves what they cannot read. */
export function stepsInWords(steps: readonly string[]): string {
  return joinWithin(
    steps.map((what, index) => `${index + 1}. ${asWritten(what, STEP)}`),
    STEPS,
  );
}

const LACKING = 6;

/** `⚠️ queue: "a b" must match [a-z]+`: what an alert was to say and did not. */
export function lackingInWords(lacking: readonly string[]): string[] {
  return lacking.slice(0, LACKING).map((why) => `⚠️ ${safe(why, 400)}. Whatever needs it asks for it.`);
}
