import type { Button } from '@slack/types';
import type { PlanState } from '../plan/plan.ts';
import { actions, context, message, section } from './blocks.ts';
import { button } from './buttons.ts';
import { criteriaInShort, criteriaInWords } from './criteria.ts';
import { formatFigure } from './figures.ts';
import { ACTIONS, planRef } from './ids.ts';
import type { Message } from './message.ts';
import { bold, PLAN, STATUS, signed } from './signs.ts';
import type { PlanView } from './states.ts';
import { asWritten, group, link, mention, mentions, moment, plainMoment, pre, safe, time } from './text.ts';
import { parametersInWords, stepsInWords, undoInWords } from './words.ts';

const OUTPUTS = 2;
const OUTPUT = 900;

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

/**
 * The request for approval: all that an approver needs to decide, and what came of it. Rewritten with every change;
 * the approver groups are called when it is posted, and nobody by a later edit.
 */
export function approvalMessage(view: PlanView): Message {
  const waiting = view.state === 'waiting';
  return message(firstLine(view), [
    section([
      headline(view),
      asked(view),
      outcome(view),
      ...view.difference.slice(0, 10).map((one) => `• ${safe(one)}`),
    ]),
    section(whatRuns(view)),
    section((waiting ? criteriaInWords : criteriaInShort)(view.criteria, view.now)),
    section(waiting ? [howMuch(view), ...forVoters(view)] : [howMuch(view)]),
    ...(waiting ? dryRun(view) : []),
    waiting ? actions(decisions(view)) : null,
    context([...smallPrint(view)]),
  ]);
}

function firstLine(view: PlanView): string {
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

function asked({ plan, originLink }: PlanView): string {
  const where = originLink ? ` in ${link(originLink, 'this thread')}` : '';
  return `Asked by ${mention(plan.requester)}${where}: “${safe(plan.reason, 500) || 'no reason given'}”`;
}

function outcome(view: PlanView): string {
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
function missing(view: PlanView): string {
  const lacking = view.state === 'waiting' ? view.missing : needed(view) - approvals(view).length;
  if (!view.plan.policy) return 'It did not begin in time.';
  if (lacking <= 0) return 'It was approved and did not begin in time.';
  const [one, many] = view.state === 'waiting' ? ['is', 'are'] : ['was', 'were'];
  return `${formatFigure(lacking, 'approvals')} ${lacking === 1 ? one : many} missing.`;
}

function needed({ plan }: PlanView): number {
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

function approvals({ votes: cast, digest }: PlanView) {
  return cast.filter((vote) => vote.vote === 'approve' && vote.digest === digest);
}

function whatRuns({ plan, state }: PlanView): string[] {
  if (plan.steps.length < 2)
    return [`*${WHAT[state]}*  ${asWritten(plan.preview.what, 600) || safe(plan.title, 120)}`];
  return [`*${WHAT[state]}*`, stepsInWords(plan.steps.map(({ what }) => what))];
}

function howMuch({ plan }: PlanView): string {
  const { amount } = plan.preview;
  return `*How much*  ${amount ? safe(amount, 300) : 'nothing that can be counted'}`;
}

function forVoters(view: PlanView): string[] {
  const { diagnosis, plan, claimedBy, approverGroups } = view;
  const cast = approvals(view);
  const roles = approverGroups.slice(0, 5).map(({ title }) => safe(title, 70));
  const who = `a member of ${roles.join(' or ') || 'the approvers'}, not the one who asks`;
  return [
    `*Undo*  ${undoInWords(plan.undo)}`,
    diagnosis
      ? `*Seen before*  ${bold(STATUS[diagnosis.status])} · ${safe(diagnosis.sentence, 400)}`
      : '*Seen before*  nothing: no diagnosis was made in this thread',
    `*Votes*  ${cast.length} of ${needed(view)}${cast.length > 0 ? ` (${mentions(cast)})` : ''} · ${who}`,
    ...(claimedBy.length > 0 ? [`👀 ${mentions(claimedBy)} is looking at it`] : []),
  ];
}

function dryRun({ plan }: PlanView) {
  return plan.preview.evidence
    .slice(0, OUTPUTS)
    .map(({ label, text }) => section([`*Dry run* · ${safe(label, 80)}\n${pre(text, OUTPUT)}`]));
}

function decisions(view: PlanView): (Button | null)[] {
  const ref = planRef(view.id, view.digest);
  const { evidence } = view.plan.preview;
  const whole = evidence.length <= OUTPUTS && evidence.every(({ text }) => text.length < OUTPUT - 100);
  return [
    button(ACTIONS.approve, 'Approve', ref),
    button(ACTIONS.deny, 'Deny', ref),
    view.claimedBy.length > 0
      ? null
      : button(ACTIONS.claim, 'Claim', ref, { reads: 'Claim: say that you look at it' }),
    button(ACTIONS.cancel, 'Cancel request', ref),
    view.plan.policy?.['break-glass'] ? button(ACTIONS.glass, 'Break the glass', ref) : null,
    whole ? null : button(`${ACTIONS.evidence}:preview`, 'Whole dry run', ref),
  ];
}

function smallPrint({ plan, digest, madeAt, now }: PlanView): string[] {
  return [
    `plan ${safe(digest.slice(0, 8), 60)}…`,
    `made at ${moment(madeAt, now)}`,
    plan.risk,
    ...(Object.keys(plan.parameters).length > 0 ? [parametersInWords(plan.parameters)] : []),
  ];
}
