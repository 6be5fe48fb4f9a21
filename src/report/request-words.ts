import type { PlanState } from '../plan/plan.ts';
import { lateInWords } from './answers.ts';
import { formatFigure } from './figures.ts';
import { bold, PLAN, signed } from './signs.ts';
import type { LateLook, PlanView } from './states.ts';
import { asWritten, group, mention, mentions, moment, plainMoment, safe, time } from './text.ts';
import { stepsInWords } from './words.ts';

/** What a request is and how it stands, in the words that its message and the one in its thread share. */

const WHAT: Readonly<Record<PlanState, string>> = {
  waiting: 'What runs',
  approved: 'What runs',
  running: 'What runs',
  done: 'What ran',
  failed: 'What was to run',
  unknown: 'What was to run',
  denied: 'What would have run',
  cancelled: 'What would have run',
  expired: 'What would have run',
  void: 'What would have run',
};

export function firstLine(view: PlanView): string {
  const { plan, state } = view;
  const parts = [signed(PLAN[state]), safe(plan.title, 120), safe(plan.service, 64), ...tail(view)];
  return parts.filter((part) => part !== '').join(' · ');
}

/** What a lock screen has to add to the state. */
function tail(view: PlanView): string[] {
  switch (view.state) {
    case 'waiting':
      return [`expires ${plainMoment(view.expiresAt, view.now)}`];
    case 'denied':
    case 'failed':
      return [reason(view)];
    case 'unknown':
      return ['its end was not seen'];
    case 'void':
      return view.difference.slice(0, 1).map((one) => safe(one, 200));
    default:
      return [];
  }
}

export function headline(view: PlanView): string {
  const line = `${bold(PLAN[view.state])} · *${safe(view.plan.title, 120)}* · ${safe(view.plan.service, 64)}`;
  if (view.state !== 'waiting') return line;
  return `${line} · expires ${moment(view.expiresAt, view.now)} (${time(view.expiresAt, 'ago')})`;
}

export function askedBy({ plan }: PlanView, where = ''): string {
  return `Asked by ${mention(plan.requester)}${where}: “${safe(plan.reason, 500) || 'no reason given'}”`;
}

export function differences({ difference }: PlanView): string[] {
  return difference.slice(0, 10).map((one) => `• ${safe(one)}`);
}

export function outcome(view: PlanView): string {
  const { endedAt, endedBy, now } = view;
  const at = endedAt ? ` at ${moment(endedAt, now)}` : '';
  const by = endedBy ? ` by ${mention(endedBy)}` : '';
  const why = reason(view);
  switch (view.state) {
    case 'waiting':
      return `${callees(view)}: please decide. ${missing(view)}`;
    case 'approved':
      return `${allowed(view)}.${view.beginBefore ? ` It begins by ${moment(view.beginBefore, now)} or not at all.` : ''}`;
    case 'running':
      return `${allowed(view)}. It runs now: see the thread.`;
    case 'done':
      return `${allowed(view)}. Done${at}: the thread shows before and after.`;
    case 'failed':
      return `${allowed(view)}. Failed${at}${why ? `: ${why}` : ''}. See the thread before you try again.`;
    case 'unknown':
      return `${allowed(view)}. It began, and its end was not seen. Say in the thread what happened: Guardia does not repeat it.`;
    case 'denied':
      return `Denied${by}${at}${why ? `: ${stopped(why)}` : '.'} Nothing ran.`;
    case 'cancelled':
      return `Cancelled${by}${at}. Nothing ran.`;
    case 'expired':
      return `Expired${at}. ${missing(view)} Nothing ran: ask again if it is still needed.`;
    case 'void':
      return `Void${at}: it can no longer run as it was asked for${why ? ` (${why})` : ''}. Nothing ran: ask again if it is still needed.`;
  }
}

/** A request outlives its alert: what was wrong may be over, and people decide. */
export function alertEnded({ alertEndedAt, state, late, now }: PlanView): string[] {
  const seen = late ? [askedLate(late)] : [];
  if (alertEndedAt === null || state !== 'waiting') return seen;
  return [...seen, `🟢 Its alert has ended at ${moment(alertEndedAt, now)}: is it still needed?`];
}

/** That it was asked for although nothing called for it. */
export function askedLate(late: LateLook): string {
  return late.needsReason ? `⚠️ Asked for all the same: ${safe(lateInWords(late), 600)}.` : '';
}

/** A quotation where it is people's own words, plain where it is Guardia's. */
function reason({ reason: said, state }: PlanView): string {
  const words = said ? safe(said, 400) : '';
  return words !== '' && state === 'denied' ? `“${words}”` : words;
}

/** With a full stop where the words have none of their own. */
function stopped(words: string): string {
  return /[.!?]”?$/.test(words) ? words : `${words}.`;
}

/** From the votes themselves: a plan that is closed misses none by its state. */
export function missing(view: PlanView): string {
  const lacking = view.state === 'waiting' ? view.missing : needed(view) - approvals(view).length;
  if (!view.plan.policy) return 'It did not begin in time.';
  if (lacking <= 0) return 'It was approved and did not begin in time.';
  const [one, many] = view.state === 'waiting' ? ['is', 'are'] : ['was', 'were'];
  return `${formatFigure(lacking, 'approvals')} ${lacking === 1 ? one : many} missing.`;
}

export function needed({ plan }: PlanView): number {
  return plan.policy?.votes ?? 1;
}

function callees({ approverGroups }: PlanView): string {
  return (
    approverGroups
      .slice(0, 5)
      .map((each) => group(each.group))
      .join(' ') || 'Approvers'
  );
}

function approvers(view: PlanView): string {
  const last = approvals(view).at(-1);
  return `${mentions(approvals(view))}${last ? ` at ${moment(last.at, view.now)}` : ''}`;
}

/** By whom it may run: those who approved it, or whoever broke the glass. */
function allowed(view: PlanView): string {
  const { glass, now } = view;
  if (!glass) return `Approved by ${approvers(view)}`;
  return `🚨 Not approved: ${mention(glass.by)} broke the glass at ${moment(glass.at, now)}: “${safe(glass.reason, 400)}”`;
}

export function approvals({ votes: cast, digest }: PlanView) {
  return cast.filter((vote) => vote.vote === 'approve' && vote.digest === digest);
}

export function whatRuns({ plan, state }: PlanView): string[] {
  if (plan.steps.length < 2)
    return [`*${WHAT[state]}*  ${asWritten(plan.preview.what, 600) || safe(plan.title, 120)}`];
  return [`*${WHAT[state]}*`, stepsInWords(plan.steps.map(({ what }) => what))];
}

export function lookedAt({ claimedBy }: PlanView): string[] {
  return claimedBy.length > 0 ? [`👀 ${mentions(claimedBy)} is looking at it`] : [];
}

/** Who may approve, named and not called; empty where nobody is known. */
export function roles({ approverGroups }: PlanView): string {
  return approverGroups
    .slice(0, 5)
    .map(({ title }) => safe(title, 70))
    .join(' or ');
}
