import type { Refusal } from '../approval/decide.ts';
import type { GlassRefusal, ReviewRefusal } from '../approval/glass.ts';
import type { Finding } from '../diagnosis/finding.ts';
import type { GuardiaError } from '../errors.ts';
import type { PlanState } from '../plan/plan.ts';
import { formatDuration } from './figures.ts';
import type { LateLook, SnapshotSubject } from './states.ts';
import { lastStretch } from './words.ts';

/** Short plain answers that only the person who clicked sees. Each says why, and what to do next. */

const REFUSALS: Readonly<Record<Refusal, string>> = {
  unresolved:
    'Slack does not say who is behind this account, or behind that of whoever asked, in the Enterprise Grid. So nobody can tell whether you are two people.',
  'other-digest': 'This button belongs to another version of the plan. Use the newest message in the thread.',
  requester: 'You asked for this, so somebody else has to approve it. You can cancel it.',
  'not-a-member': 'Only members of the approver group may decide this.',
  bot: 'Only people may decide this.',
  guest: 'Guests may not decide this. Ask a member of the approver group.',
  deactivated: 'This account is deactivated, so its vote does not count.',
  stranger: 'Only people of this workspace may decide this, not those of other organisations.',
  'already-voted': 'You have voted on this already. Each person has one vote.',
  expired: 'This request has expired. Ask for the action again if it is still needed.',
};

export function refusalText(refusal: Refusal): string {
  return REFUSALS[refusal];
}

const CLOSED: Readonly<Record<Exclude<PlanState, 'waiting'>, string>> = {
  approved: 'It is approved already and about to run.',
  running: 'It is approved already and runs now.',
  done: 'It has run already.',
  failed: 'It has run already, and failed.',
  unknown: 'It has begun already, and its end was not seen.',
  denied: 'It was denied.',
  cancelled: 'It was cancelled.',
  expired: 'It has expired. Ask for the action again if it is still needed.',
  void: 'It became void: the request says why. Ask for the action again if it is still needed.',
};

/** Why a click on a plan that waits no longer changes nothing. */
export function closedText(state: PlanState): string {
  return state === 'waiting' ? 'It still waits for approval.' : `Nothing was changed. ${CLOSED[state]}`;
}

const GLASS: Readonly<Record<GlassRefusal, string>> = {
  'glass-off': 'The policy of this service does not allow that: it waits for an approval.',
  'glass-not-yours': 'Only those whom the policy of this service names may break the glass.',
  'other-digest': REFUSALS['other-digest'],
  unresolved: 'Slack does not say who is behind this account in the Enterprise Grid.',
  bot: REFUSALS.bot,
  guest: 'Guests may not do this.',
  deactivated: 'This account is deactivated.',
  stranger: 'Only people of this workspace may do this.',
  expired: REFUSALS.expired,
};

export function glassText(refusal: GlassRefusal): string {
  return GLASS[refusal];
}

const REVIEW: Readonly<Record<ReviewRefusal, string>> = {
  involved:
    'Somebody who had no part in it has to sign: who did not ask for it, approve it, do a step of it or say how it ended.',
  unresolved:
    'Slack does not say who is behind this account, or behind that of somebody who had a part in it, in the Enterprise Grid.',
  'not-a-member': 'Only members of the approver group may sign this.',
  bot: GLASS.bot,
  guest: GLASS.guest,
  deactivated: GLASS.deactivated,
  stranger: GLASS.stranger,
};

export function reviewText(refusal: ReviewRefusal): string {
  return REVIEW[refusal];
}

const GONE = {
  deactivated: 'the account of whoever asked for it was deactivated',
  guest: 'whoever asked for it is a guest by now',
  bot: 'no person asked for it',
  stranger: 'whoever asked for it is no member of this workspace any more',
} as const;

/** Why a plan is void whose requester may not ask for anything any more. */
export function requesterGoneText(gone: keyof typeof GONE): string {
  return GONE[gone];
}

export const ANSWERS = {
  unresolved: 'Slack does not say who is behind your account in the Enterprise Grid. Nothing was asked for.',
  noPlan: 'This plan is not known here. Use the newest message in the thread.',
  noOrigin: 'This message is too old or was not made here. Run the command again.',
  unreadable:
    'This is more than anybody could read before approving it: too many steps, or one that is too long. Use shorter values.',
  needsReason: 'What somebody has to approve needs a reason: say why it has to be done.',
  needsLateReason: 'Nothing calls for it any more: say why it shall run all the same.',
  needsDenialReason: 'A denial needs a reason: say why, so that the requester knows what to do.',
  needsGlassReason: 'Say why it cannot wait for an approval. Nothing was done.',
  needsReviewNote: 'Say what you found, so that the record tells it.',
  reviewedBefore: 'Somebody has signed this review already.',
  onlyRequesterCancels:
    'Only the person who asked may cancel it. A member of the approver group may deny it.',
  changedSince:
    'This action was changed since it was shown to you. Nothing was done. Ask for it again, and read what it says now.',
  notAllowed: 'Only members of this workspace may run actions.',
  strangersMayNotLook: 'Only people of this workspace may ask for a diagnosis.',
  needsHandReason: 'Say why it cannot be done, so that whoever asked knows what to do.',
  handOver: 'Nobody waits for this step any more: look at the thread for what became of it.',
  handTooLate: 'The time for this step was over. The run has ended, and the thread says so.',
  onlyMembersTick: 'Only members of this workspace may tick off what is done by hand.',
  notOnList: 'This is not on the list any more. Look at the list as it stands now.',
  strangersMayNotAct: 'Only people of this workspace may do this.',
  acknowledgedBefore: 'Somebody has acknowledged this alert already.',
  escalatedBefore: 'They have been called for this alert already. The thread shows who was, and when.',
  nobodyLeft:
    'Everybody whom the catalogue names has been called for this alert. The thread shows who, and when.',
  onlyMembersSilence: 'Only members of this workspace may silence alerts, and end silences.',
  nothingFires: 'This alert has ended, so there is nothing to silence.',
  noAlertmanager: 'The service has no connection to an Alertmanager: add one to its service.yml.',
  silencedBefore: 'Somebody has silenced this alert already. Its message shows until when.',
  notSaidYet:
    'Alertmanager has not answered yet. Nothing is silenced until the message of the alert says so.',
  notSilencedNow: 'This alert is not silenced any more.',
  nothingToSilence: 'Nothing was silenced: choose how long, and at least one label.',
  needsSilenceReason: 'Say why, so that whoever misses the alert knows.',
  callChanged:
    'Whom this calls was changed since it was shown to you. Nobody was called. Press Escalate again, and choose again.',
  alertEnded: 'This alert has ended, so nobody is called for it.',
  noCharts: 'No check of this runbook draws a chart.',
  noPolicy: 'Nobody can approve this: the service has no approval policy for destructive actions.',
  tooLate: 'This was asked for minutes ago, and Guardia was away since. Look again, then ask for it anew.',
  settledBefore: 'Somebody has said already what happened.',
} as const;

export function cannotLookUp(what: string): string {
  return `Slack could not say who may decide this (${what}), so nobody may for now. Try again in a moment.`;
}

/** Each `queue: there is no label queue`. */
export function lacksParameters(lacking: readonly string[]): string {
  return `Nothing was done, since not all is known that this needs. ${lacking.join('; ')}. Say it with /remediate.`;
}

/** Nothing calls for an action any more. */
export function lateText(title: string, late: LateLook): string {
  return `Nothing was started: ${lateInWords(late)}. Ask for it again and say why, if “${title}” shall run all the same.`;
}

/** `the alert has ended, and PING: PONG (healthy)` */
export function lateInWords({ endedAt, checks }: LateLook): string {
  const seen = checks.slice(0, 3).map(({ title, says, status }) => `${title}: ${says} (${status})`);
  return [endedAt ? ['the alert has ended'] : [], seen.length > 0 ? [seen.join('; ')] : []]
    .flat()
    .join(', and ');
}

export function cannotPlan(what: string): string {
  return `This could not be planned, so nothing was done: ${what}`;
}

/** `why` begins in lower case: `not while an incident is open …`. */
export function notNow(why: string): string {
  return `Nothing was done: ${why}`;
}

export function cannotBeMet(eligible: number, votes: number): string {
  return `Nobody could approve this: it needs ${votes} ${votes === 1 ? 'person' : 'people'} other than you, and ${eligible} may decide it. Nothing was done.`;
}

export function alreadyAsked(title: string, state: PlanState): string {
  if (state === 'waiting') return `"${title}" waits for approval already. Nothing was done a second time.`;
  const how =
    state === 'approved' || state === 'running' ? 'is under way already' : 'was asked for once more';
  return `"${title}" ${how}. Nothing was done a second time.`;
}

export function voidText(differences: readonly string[]): string {
  return `The plan is void and does not run: ${differences.join('; ')}. Ask for the action again.`;
}

/** Why a step ended that a person was to do. */
export function notByHand(reason: string): string {
  return `It cannot be done: ${reason}`;
}

export function nobodySaid(withinMs: number): string {
  return `Nobody said within ${formatDuration(withinMs)} that it was done.`;
}

/** To the one who called; whoever is outside Slack has to be reached by somebody here. */
export function called(title: string, outside: boolean): string {
  return outside ? `The thread asks somebody to reach ${title}.` : `${title} is called into this thread.`;
}

/** An answer with lines below it that keep their columns. */
interface InLines {
  says: string;
  code?: string;
}

/** Why a runbook gave no picture: none of its checks draws one, or those that would could not answer. */
export function nothingDrawn(findings: readonly Finding[]): string {
  const silent = findings.filter(({ status }) => status === 'unknown');
  if (silent.length === 0) return ANSWERS.noCharts;
  const why = silent.slice(0, 3).map(({ title, says }) => `• ${title}: ${says}`);
  return ['Nothing could be drawn. These checks could not answer:', ...why].join('\n');
}

/** Why nothing was drawn: a sentence, and below it such as the place with a mark. */
export function notDrawn(why: string, retryable = false): InLines {
  const [first = '', ...lines] = why.split('\n');
  const says = `Not drawn: ${first}${/([.:!?]|https?:\/\/\S+)$/.test(first) ? '' : '.'}${retryable ? ' Try again in a moment.' : ''}`;
  return lines.length > 0 ? { says, code: lines.join('\n') } : { says };
}

/** There is an answer, and nothing in it. */
export function nothingThere({
  service,
  query,
  window,
  hint,
}: Extract<SnapshotSubject, { of: 'query' }>): InLines {
  const says = `Prometheus of ${service} has nothing for this in the ${lastStretch(window)}.${hint ? ` ${hint}` : ''}`;
  return { says, code: query };
}

/** More series than a picture holds; how to ask for fewer stands ready to be copied. */
export function tooManyToDraw(query: string, why: string): InLines {
  const says = `It is ${why}. Narrow it by its labels, or ask for the highest ones:`;
  return { says, code: `topk(10, ${query})` };
}

/** No answer leaves open whether it was done. */
export function notSilenced({ code, message }: Pick<GuardiaError, 'code' | 'message'>): string {
  const open = code === 'deadline' || code === 'unreachable' || code === 'nonsense';
  const maybe = open ? ' Look there before you rely on either: it may have come through.' : '';
  return `Not silenced: ${message}.${maybe}`;
}

export function stillSilenced({ message }: Pick<GuardiaError, 'message'>): string {
  return `It is still silenced: ${message}.`;
}
