import type { KnownBlock } from '@slack/types';
import { type Amounts, amountsInWords } from './amounts.ts';
import { actions, context, image, message, section } from './blocks.ts';
import { button, remedyButtons, undoButtons } from './buttons.ts';
import { criteriaInWords } from './criteria.ts';
import { formatDuration, formatFigure } from './figures.ts';
import { HAND, handButtons } from './hand.ts';
import { ACTIONS, planRef } from './ids.ts';
import type { Message } from './message.ts';
import { askedLate } from './request-words.ts';
import { bold, type Sign, STATUS, signed } from './signs.ts';
import type { Compared, ProgressView, ProofView, StepProgress, UnknownView } from './states.ts';
import { cell, dated, table } from './table.ts';
import { asWritten, cut, mention, mentions, moment, plainMoment, safe, time } from './text.ts';
import { offeredInWords, spanInWords } from './words.ts';

const STEPS = 15;
const CHECKS = 8;

const RUN: Readonly<Record<ProgressView['state'], Sign>> = {
  running: { sign: '▶️', word: 'Running' },
  verifying: { sign: '⏳', word: 'Ran, checking' },
  done: { sign: '✅', word: 'Done' },
  failed: { sign: '❌', word: 'Failed' },
  unknown: { sign: '❔', word: 'Unknown' },
  void: { sign: '⚪', word: 'Void' },
};

const STEP: Readonly<Record<StepProgress['state'], Sign>> = {
  waiting: { sign: '▫️', word: 'Next' },
  running: { sign: '▶️', word: 'Running' },
  'by-hand': { sign: HAND.sign, word: 'Now' },
  done: { sign: '✅', word: 'Done' },
  failed: { sign: '❌', word: 'Failed' },
  unknown: { sign: '❔', word: 'Unknown' },
};

/**
 * One message while a plan runs, edited until its end. Names come with the end only: an edit notifies nobody, and
 * nobody named there has anything to do.
 */
export function progressMessage(view: ProgressView): Message {
  const { steps, plan, state } = view;
  const ended = state !== 'running';
  const hand = handIn(view);
  const more = steps.length - STEPS;
  return message(firstLine(view), [
    section([
      `${bold(signOf(view))} · *${safe(plan.title, 120)}* · ${safe(plan.service, 64)} · ${howFar(view)}${waitsUntil(view)}`,
      view.late && !plan.policy ? askedLate(view.late) : '',
      view.late && !plan.policy && plan.reason ? `> ${safe(plan.reason, 500)}` : '',
      ...afterwards(view),
    ]),
    section([
      ...steps.slice(0, STEPS).map((step) => stepLine(step, view.now)),
      more > 0 && `and ${formatFigure(more, 'steps')} more`,
    ]),
    section(criteriaInWords(view.criteria, view.now)),
    ended && !view.verify ? section(howMuch(view.amounts)) : null,
    hand ? actions(handButtons({ ...view, step: hand.index })) : null,
    state === 'done' || state === 'failed' ? actions(undoButtons(view.undo, view.ref)) : null,
    context([
      `began at ${moment(view.beganAt, view.now)}`,
      ended && `asked by ${mention(view.by)}`,
      ended && allowedBy(view),
    ]),
  ]);
}

function howMuch(amounts: Amounts): string[] {
  const said = amountsInWords(amounts);
  return said === null ? [] : [`*How much*  ${said}`];
}

function allowedBy({ approvedBy, glass, plan }: ProgressView): string {
  if (glass) return `without approval: glass broken by ${mention(glass.by)}`;
  return approvedBy.length > 0 ? `approved by ${mentions(approvedBy)}` : `${plan.risk}, no approval needed`;
}

/** The step that waits for a person, while the run does. */
function handIn({ state, steps }: ProgressView): { index: number; until: string } | null {
  const index = steps.findIndex((step) => step.state === 'by-hand');
  const until = steps[index]?.hand?.until;
  return state === 'running' && until !== undefined ? { index, until } : null;
}

function signOf(view: ProgressView): Sign {
  return handIn(view) ? HAND : RUN[view.state];
}

function waitsUntil(view: ProgressView): string {
  const hand = handIn(view);
  return hand ? ` · until ${moment(hand.until, view.now)} (${time(hand.until, 'ago')})` : '';
}

function firstLine(view: ProgressView): string {
  const { plan, state, reason, now } = view;
  const why =
    (state === 'failed' || state === 'unknown' || state === 'void') && reason ? [safe(reason, 300)] : [];
  const hand = handIn(view);
  const until = hand ? [`until ${plainMoment(hand.until, now)}`] : [];
  const what = [safe(plan.title, 120), safe(plan.service, 64), howFar(view)];
  return [signed(signOf(view)), ...what, ...until, ...why].join(' · ');
}

function howFar({ steps, state, beganAt, endedAt }: ProgressView): string {
  const ended = steps.filter((step) => step.state === 'done').length;
  if (state === 'running')
    return `step ${Math.min(ended + 1, Math.max(1, steps.length))} of ${Math.max(1, steps.length)}`;
  if (state === 'unknown') return endSeen(steps.every((step) => step.state !== 'unknown'));
  if (state === 'void') return 'nothing was done';
  const took = spanInWords(beganAt, endedAt);
  return state === 'failed'
    ? `after ${ended} of ${formatFigure(steps.length, 'steps')}`
    : took
      ? `in ${took}`
      : 'ended';
}

function afterwards({ state, verify, reason }: ProgressView): string[] {
  const why = reason ? [safe(reason, 600)] : [];
  if (state === 'failed')
    return [...why, 'Nothing after the failed step ran. Diagnose again before you try anything else.'];
  if (state === 'void') return [...why, 'Ask for the action again if it is still needed.'];
  if (state === 'unknown')
    return [...why, 'Guardia does not repeat it by itself: see below and say what happened.'];
  if (state === 'verifying' && verify) {
    const titles = verify.checks
      .slice(0, 8)
      .map((title) => safe(title, 90))
      .join(', ');
    return [`Checking whether it helped: ${titles} (for up to ${formatDuration(verify.withinMs)}).`];
  }
  return state === 'done' && !verify
    ? ['The runbook names no check for it: diagnose to see whether it helped.']
    : [];
}

function stepLine(step: StepProgress, now: string): string {
  const { hand, by } = step;
  const took = step.tookMs === undefined ? '' : ` (${formatDuration(step.tookMs)})`;
  const says = step.says ? `: ${asWritten(step.says, 240)}` : '';
  const role = hand?.role ? ` · ${safe(hand.role, 70)}` : '';
  const who = by ? ` · ${mention(by.person)} at ${moment(by.at, now)}` : '';
  const title = asWritten(says ? step.title.replace(/\.$/, '') : step.title, hand ? 520 : 160);
  return `${signed(STEP[step.state])} · ${title}${says}${role}${who}${took}`;
}

/** Before and after, in a reply of its own once the checks have answered again. */
export function proofMessage(view: ProofView): Message {
  const state = proved(view);
  const title = safe(view.plan.title, 120);
  const where = safe(view.plan.service, 64);
  const more = view.checks.length - CHECKS;
  const fits = view.actions.slice(0, 5).map(offeredInWords);
  return message([signed(state), title, where, summary(view, true)].join(' · '), [
    section([
      [bold(state), `*${title}*`, where, `in ${formatDuration(view.tookMs)}`].join(' · '),
      summary(view, false),
      ...howMuch(view.amounts),
    ]),
    comparison(view),
    more > 0 ? context([`and ${formatFigure(more, 'checks')} more`]) : null,
    view.picture ? image(view.picture) : null,
    ...(view.healed ? [actions(undoButtons(view.undo, view.ref))] : whatNow(fits, view)),
  ]);
}

/** What was never ill was not healed, and what was well before was made worse. */
function proved(view: ProofView): Sign {
  const { done, healed } = view;
  const ill = wasIll(view);
  if (!done) return healed ? (ill ? SIGNS.yetHealthy : SIGNS.failed) : SIGNS.failedNotHealed;
  if (healed) return ill ? SIGNS.healed : SIGNS.done;
  return ill ? SIGNS.notHealed : SIGNS.worse;
}

const SIGNS = {
  healed: { sign: '✅', word: 'Healed' },
  done: { sign: '✅', word: 'Done' },
  notHealed: { sign: '⚠️', word: 'Done, but not healed' },
  worse: { sign: '⚠️', word: 'Done, and not healthy since' },
  failed: { sign: '❌', word: 'Failed' },
  failedNotHealed: { sign: '❌', word: 'Failed, and not healed' },
  yetHealthy: { sign: '⚠️', word: 'Failed, yet healthy now' },
} as const satisfies Record<string, Sign>;

function wasIll({ checks }: Pick<ProofView, 'checks'>): boolean {
  return checks.some(({ before }) => before !== null && before.status !== 'healthy');
}

const NEVER_ILL = 'The checks were healthy before, and still are.';
const NOT_SEEN = 'The checks are healthy now. How they were before was not seen.';

/** What the reader wants to know first: the figures that moved, or the one that did not. */
function summary({ healed, checks }: ProofView, bare: boolean): string {
  const [still] = checks.filter(({ after }) => after?.status !== 'healthy');
  if (!healed && still) {
    const since = still.before?.status === 'healthy' ? 'is now' : 'is still';
    return `${safe(still.title, 90)} ${since} ${says(still.after)}${bare ? '' : '.'}`;
  }
  if (healed && !wasIll({ checks }))
    return checks.some(({ before }) => before === null) ? NOT_SEEN : NEVER_ILL;
  const first = checks[0];
  if (!bare || !first) return healed ? 'Everything it was meant to heal is healthy.' : '';
  return `${safe(first.title, 90)}: ${says(first.before)} → ${says(first.after)}`;
}

function says(side: Compared['before']): string {
  return side ? safe(side.says, 160) || 'nothing' : 'not looked at';
}

function comparison({ checks, beforeAt, afterAt, now }: ProofView): KnownBlock | null {
  const head = [cell('Check'), dated('before', beforeAt, now), dated('after', afterAt, now)];
  const rows = checks
    .slice(0, CHECKS)
    .map(({ title, before, after }) => [title, figure(before), figure(after)]);
  return table(head, rows);
}

function figure(side: Compared['before']): string {
  return side
    ? `${cut(side.says, 160) || 'nothing'} · ${STATUS[side.status].sign}\u00a0${side.status}`
    : 'not looked at';
}

function whatNow(fits: readonly string[], view: ProofView): (KnownBlock | null)[] {
  const says =
    fits.length > 0
      ? `*What ${view.over ? 'fitted then' : 'fits now'}:* ${fits.join(', ')}`
      : 'Nothing else in the runbook fits: escalate, or call whoever owns the service.';
  return [
    section([says]),
    actions([
      ...(view.over ? [] : remedyButtons(view.actions, view.ref, [])),
      ...undoButtons(view.undo, view.ref),
    ]),
  ];
}

/** A run whose end was not seen: what is known, and people decide. */
export function unknownMessage(view: UnknownView): Message {
  const { plan, beganAt, now } = view;
  const title = safe(plan.title, 120);
  const where = safe(plan.service, 64);
  const ref = planRef(view.id, view.digest);
  const end = endSeen(view.seen !== null);
  const first = [signed(RUN.unknown), title, where, `began at ${plainMoment(beganAt, now)}, ${end}`];
  return message(first.join(' · '), [
    section([
      `${bold(RUN.unknown)} · *${title}* · ${where}`,
      `It began at ${moment(beganAt, now)} and ${end}, at: ${safe(view.step)}`,
      ...seenAfterAll(view),
      ...seenNow(view),
    ]),
    section([settlement(view)]),
    view.settled
      ? null
      : actions([
          button(ACTIONS.wasDone, 'It was done', ref),
          button(ACTIONS.wasNotDone, 'It was not done', ref),
        ]),
  ]);
}

function endSeen(seen: boolean): string {
  return seen ? 'its end was seen after all' : 'its end was not seen';
}

/** What a replica that had been given up wrote down when it came back. */
function seenAfterAll({ seen, now }: UnknownView): string[] {
  if (!seen) return [];
  const what = seen.ok ? 'it was done' : 'it was not done, or not to its end';
  const says = seen.says ? `: ${safe(seen.says, 600)}` : '';
  return [`*At ${moment(seen.at, now)} its end was seen after all:* ${what}${says}`];
}

function seenNow({ known }: UnknownView): string[] {
  if (known.length === 0) return ['Nothing could be seen of it since.'];
  const lines = known
    .slice(0, CHECKS)
    .map(
      ({ title, status, says: said }) =>
        `• ${STATUS[status].sign} ${safe(title, 90)}: ${safe(said, 200)} (${status})`,
    );
  return ['*What is seen now*', ...lines];
}

function settlement({ settled, seen, now }: UnknownView): string {
  if (!settled) return 'It is not repeated by itself. Look for yourself, then say what happened:';
  const what = settled.happened ? 'It was done' : 'It was not done';
  const before = seen && seen.at > settled.at ? ', before its end was seen' : '';
  return `${what}, says ${mention(settled.by)} at ${moment(settled.at, now)}${before}.`;
}
