import type { Button } from '@slack/types';
import { amountsInWords } from './amounts.ts';
import { actions, context, message, section } from './blocks.ts';
import { button } from './buttons.ts';
import { criteriaInShort, criteriaInWords } from './criteria.ts';
import { ACTIONS, planRef } from './ids.ts';
import type { Message } from './message.ts';
import {
  alertEnded,
  approvals,
  askedBy,
  differences,
  firstLine,
  headline,
  lookedAt,
  needed,
  outcome,
  roles,
  whatRuns,
} from './request-words.ts';
import { bold, STATUS } from './signs.ts';
import type { PlanView } from './states.ts';
import { CUT, channelName, mentions, messageLink, moment, pre, safe } from './text.ts';
import { parametersInWords, undoInWords } from './words.ts';

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
      ...alertEnded(view),
      notThere(view),
      ...differences(view),
    ]),
    section(whatRuns(view)),
    section((waiting ? criteriaInWords : criteriaInShort)(view.criteria, view.now)),
    section(waiting ? [howMuch(view), ...forVoters(view)] : [howMuch(view)]),
    ...(waiting ? dryRun(view) : []),
    waiting ? actions(decisions(view)) : null,
    context([...smallPrint(view)]),
  ]);
}

function asked(view: PlanView): string {
  const { channel, closed, askedIn } = view.place;
  const thread = messageLink(`plan:${view.id}`, 'a thread');
  return askedBy(view, channel && !closed ? ` in ${thread} of ${channelName(askedIn)}` : '');
}

function notThere({ place: { channel, closed }, state }: PlanView): string {
  if (!channel || !closed || state !== 'waiting') return '';
  return `⚠️ It belongs into ${channelName(channel)}, where Guardia cannot write: /invite @Guardia there.`;
}

function howMuch({ amounts }: PlanView): string {
  return `*How much*  ${amountsInWords(amounts) ?? 'nothing that can be counted'}`;
}

function forVoters(view: PlanView): string[] {
  const { diagnosis, plan } = view;
  const cast = approvals(view);
  const who = `a member of ${roles(view) || 'the approvers'}, not the one who asks`;
  return [
    `*Undo*  ${undoInWords(plan.undo)}`,
    diagnosis
      ? `*Seen before*  ${bold(STATUS[diagnosis.status])} · ${safe(diagnosis.sentence, 400)}`
      : '*Seen before*  nothing: no diagnosis was made in this thread',
    `*Votes*  ${cast.length} of ${needed(view)}${cast.length > 0 ? ` (${mentions(cast)})` : ''} · ${who}`,
    ...lookedAt(view),
  ];
}

function dryRun({ plan }: PlanView) {
  return plan.preview.evidence
    .slice(0, OUTPUTS)
    .map(({ label, text }) => section([`*Dry run* · ${safe(label, 80)}\n${pre(text, OUTPUT)}`]));
}

function decisions(view: PlanView): (Button | null)[] {
  const ref = planRef(view.id, view.digest);
  return [
    button(ACTIONS.approve, 'Approve', ref),
    button(ACTIONS.deny, 'Deny', ref),
    view.claimedBy.length > 0
      ? null
      : button(ACTIONS.claim, 'Claim', ref, { reads: 'Claim: say that you look at it' }),
    ...withoutVote(view),
    isWhole(view) ? null : button(`${ACTIONS.evidence}:preview`, 'Whole dry run', ref),
  ];
}

/** Whether the message shows all that a dialog would. */
function isWhole(view: PlanView): boolean {
  const { evidence } = view.plan.preview;
  const lines = [...whatRuns(view), howMuch(view)];
  return (
    evidence.length <= OUTPUTS &&
    evidence.every(({ text }) => text.length < OUTPUT - 100) &&
    !lines.some((line) => line.includes(CUT))
  );
}

/** For those who have no vote on it: whoever asked, and those who may break the glass. */
export function withoutVote({ id, digest, plan }: PlanView): (Button | null)[] {
  const ref = planRef(id, digest);
  return [
    button(ACTIONS.cancel, 'Cancel request', ref),
    plan.policy?.['break-glass'] ? button(ACTIONS.glass, 'Break the glass', ref) : null,
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
