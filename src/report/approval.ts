import type { Button } from '@slack/types';
import { actions, context, fields, message, section } from './blocks.ts';
import { button } from './buttons.ts';
import { formatFigure } from './figures.ts';
import { ACTIONS, planRef } from './ids.ts';
import type { Message } from './message.ts';
import { bold, PLAN, STATUS, signed } from './signs.ts';
import type { PlanView } from './states.ts';
import { group, joinWithin, link, mention, mentions, moment, plainMoment, pre, safe, time } from './text.ts';
import { parametersInWords } from './words.ts';

const OUTPUTS = 2;
const OUTPUT = 900;

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
    fields([
      ['What runs', whatRuns(view)],
      ['How much', safe(view.plan.preview.amount ?? 'nothing that can be counted', 300)],
      ['Undo', undo(view.plan.undo)],
      ['Votes', votes(view)],
    ]),
    waiting ? section(seenBefore(view)) : null,
    ...(waiting ? dryRun(view) : []),
    waiting ? actions(decisions(view)) : null,
    context([...smallPrint(view)]),
  ]);
}

function firstLine(view: PlanView): string {
  const tail = {
    waiting: [`expires ${plainMoment(view.expiresAt, view.now)}`],
    denied: reason(view),
    failed: reason(view),
    unknown: ['its end was not seen'],
    void: view.difference.slice(0, 1).map((one) => safe(one, 200)),
  };
  const more = tail[view.state as keyof typeof tail] ?? [];
  return [signed(PLAN[view.state]), safe(view.plan.title, 120), safe(view.plan.service, 64), ...more].join(
    ' · ',
  );
}

function headline(view: PlanView): string {
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
  const why = reason(view).join('');
  switch (view.state) {
    case 'waiting':
      return `${callees(view)}: please decide. ${missing(view)}`;
    case 'approved':
      return `Approved by ${approvers(view)}.${view.beginBefore ? ` It begins by ${moment(view.beginBefore, now)} or not at all.` : ''}`;
    case 'running':
      return `Approved by ${approvers(view)}. It runs now: see the thread.`;
    case 'done':
      return `Approved by ${approvers(view)}. Done${at}: the thread shows before and after.`;
    case 'failed':
      return `Approved by ${approvers(view)}. Failed${at}${why ? `: ${why}` : ''}. See the thread before you try again.`;
    case 'unknown':
      return `Approved by ${approvers(view)}. It began, and its end was not seen. Say in the thread what happened: Guardia does not repeat it.`;
    case 'denied':
      return `Denied${by}${at}${why}. Nothing ran.`;
    case 'cancelled':
      return `Cancelled${by}${at}. Nothing ran.`;
    case 'expired':
      return `Expired${at}. ${view.missing > 0 ? missing(view) : 'It was approved and did not begin in time.'} Nothing ran: ask again if it is still needed.`;
    case 'void':
      return `Void${at}: it is no longer what was asked for${why ? ` (${why})` : ''}. Nothing ran: ask again if it is still needed.`;
  }
}

/** As a quotation for people's own words, plain for Guardia's. */
function reason(view: PlanView): string[] {
  const said = view.reason ? safe(view.reason, 400) : '';
  if (said === '') return [];
  return [view.state === 'denied' ? `: “${said}”` : said];
}

function missing({ missing: votes }: PlanView): string {
  return `${formatFigure(votes, 'approvals')} ${votes === 1 ? 'is' : 'are'} missing.`;
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

function approvals({ votes: cast, digest }: PlanView) {
  return cast.filter((vote) => vote.vote === 'approve' && vote.digest === digest);
}

function whatRuns({ plan }: PlanView): string {
  if (plan.steps.length < 2) return safe(plan.preview.what, 600) || safe(plan.title, 120);
  return joinWithin(
    plan.steps.map(({ what }, index) => `${index + 1}. ${safe(what)}`),
    1_500,
  );
}

function undo(said: string): string {
  return /^none\.?$/i.test(said.trim()) ? 'none: it cannot be taken back' : safe(said, 400);
}

function votes(view: PlanView): string {
  const needed = view.plan.policy?.votes ?? 1;
  const cast = approvals(view);
  const who = view.approverGroups
    .slice(0, 5)
    .map(({ title }) => safe(title, 70))
    .join(' or ');
  return [
    `${cast.length} of ${needed}${cast.length > 0 ? ` · ${mentions(cast)}` : ''}`,
    ...(view.state === 'waiting' ? [`a member of ${who || 'the approvers'}, not the one who asks`] : []),
    ...(view.claimedBy.length > 0 ? [`👀 looked at by ${mentions(view.claimedBy)}`] : []),
  ].join('\n');
}

function seenBefore({ diagnosis }: PlanView): string[] {
  if (!diagnosis) return ['*Diagnosis*  none was made before this was asked for'];
  return [`*Diagnosis*  ${bold(STATUS[diagnosis.status])} · ${safe(diagnosis.sentence, 400)}`];
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
