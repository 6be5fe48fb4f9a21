import type { Button } from '@slack/types';
import type { PlanState } from '../plan/plan.ts';
import { actions, context, message, section } from './blocks.ts';
import { button, remedyButtons } from './buttons.ts';
import { handsInWords } from './by-hand.ts';
import { formatFigure } from './figures.ts';
import { ACTIONS } from './ids.ts';
import type { Message } from './message.ts';
import type { Sign } from './signs.ts';
import { silenceInWords } from './silence.ts';
import type { AlertState } from './states.ts';
import { code, link, mention, moment, plainMoment, safe, time } from './text.ts';
import {
  approvalInWords,
  escalationInWords,
  lackingInWords,
  remedyInWords,
  shareInWords,
  spanInWords,
} from './words.ts';

const LABELS = 8;
const LINKS = 6;
const ENDED: readonly PlanState[] = ['done', 'failed', 'unknown'];
const RESOLVED: Sign = { sign: '🟢', word: 'Resolved' };
const SIGNS: ReadonlyMap<string, string> = new Map([
  ['warning', '🟠'],
  ['info', '🔵'],
]);

/**
 * An alert in its service's channel; edited with every change. Nothing in it changes by the mere passing of time, so
 * that saying it again is no edit.
 */
export function alertMessage(state: AlertState): Message {
  return message(firstLine(state, true), [
    section([firstLine(state, false), ...story(state)]),
    section(
      state.remedies
        .slice(-10)
        .map((remedy) => `${remedyInWords(remedy, state.now)}, ${approvalInWords(remedy)}`),
    ),
    context([
      ...labels(state),
      ...group(state),
      ...state.links.slice(0, LINKS).map(({ url, title }) => link(url, title)),
    ]),
    actions(state.status === 'firing' ? firingButtons(state) : resolvedButtons(state)),
  ]);
}

/** What, where, how bad, since when: as it stands on a lock screen, or with markup at the head of the message. */
function firstLine(state: AlertState, bare: boolean): string {
  const strong = (text: string) => (bare ? text : `*${text}*`);
  const { sign, word } = state.status === 'resolved' ? RESOLVED : firing(state.severity);
  const title = safe(state.title, 120) || 'An alert without a name';
  const rest = state.status === 'resolved' ? howItEnded(state, bare) : howBad(state, bare);
  return [`${sign} ${strong(word)}`, strong(title), safe(state.service.name, 64), ...rest].join(' · ');
}

function firing(severity: string): Sign {
  return { sign: SIGNS.get(severity) ?? '🔴', word: 'Failing' };
}

function howBad({ severity, startsAt, acknowledgedBy, silence, now }: AlertState, bare: boolean): string[] {
  const since = bare ? plainMoment(startsAt, now) : `${moment(startsAt, now)} (${time(startsAt, 'ago')})`;
  return [
    ...(severity === 'none' || severity.trim() === '' ? [] : [safe(severity, 30)]),
    `since ${since}`,
    ...(bare && acknowledgedBy ? ['acknowledged'] : []),
    ...(bare && silence && !silence.ended ? [`silenced until ${plainMoment(silence.until, now)}`] : []),
  ];
}

/** On a lock screen also what was done for it; the message has a line for each remedy. */
function howItEnded({ startsAt, resolvedAt, remedies, now }: AlertState, bare: boolean): string[] {
  const took = spanInWords(startsAt, resolvedAt);
  const done = remedies.filter(({ state }) => state === 'done').at(-1);
  return [
    ...(took ? [`after ${took}`] : []),
    ...(bare && done ? [`${safe(done.title, 90)} at ${plainMoment(done.at, now)}`] : []),
  ];
}

function story(state: AlertState): string[] {
  if (state.status === 'resolved') {
    const idle =
      state.remedies.length === 0 ? ['Nothing was run for it here: it ended by itself, or by hand.'] : [];
    return [...idle, handsInWords(state.hands), ...calls(state)];
  }
  return [
    diagnosed(state),
    ...lackingInWords(state.lacking),
    ...(state.summary ? [`> ${safe(state.summary, 500)}`] : []),
    ...calls(state),
  ];
}

function diagnosed(state: AlertState): string {
  if (!state.runbook) {
    return state.runbooks.length === 0
      ? 'No runbook claims this alert, and this service has none yet.'
      : 'No runbook claims this alert. Does one of these fit?';
  }
  if (!state.diagnosis) return '⏳ Being diagnosed: the findings follow in the thread.';
  const { status, sentence } = state.diagnosis;
  const still = status === 'healthy' ? 'The alert fires all the same.' : shareInWords(state.diagnosis);
  const { hands } = state;
  return [hands.only ? '' : safe(sentence, 600), still, handsInWords(hands), lookedAt(state)]
    .filter(Boolean)
    .join(' ');
}

/** A diagnosis speaks of its moment: what was done since may have changed everything. */
function lookedAt({ diagnosis, remedies, now }: AlertState): string {
  if (!diagnosis?.at) return '';
  const since = remedies.some(({ state, at }) => ENDED.includes(state) && at > (diagnosis.at ?? ''));
  const seen = `Looked at ${moment(diagnosis.at, now)}`;
  return since ? `${seen}, before the last action: diagnose again.` : `${seen}.`;
}

function calls(state: AlertState): string[] {
  const { acknowledgedBy, silence, called, escalates, now } = state;
  return [
    ...(acknowledgedBy ? [`👀 Acknowledged by ${mention(acknowledgedBy)}.`] : []),
    ...(silence ? [silenceInWords(silence, state.status, now)] : []),
    ...called.map(({ to, at, priority }) => `🔔 ${named(to, priority)} was called at ${moment(at, now)}.`),
    ...(escalates && called.length === 0 && state.status === 'firing'
      ? [escalationInWords(escalates, now)]
      : []),
  ];
}

function named(to: string, priority: string | null): string {
  return priority ? `${safe(to, 70)} (${safe(priority, 10)})` : safe(to, 70);
}

function labels(state: AlertState): string[] {
  const names = Object.keys(state.labels).filter((name) => name !== 'severity');
  const first = names.filter((name) => name === 'alertname');
  const sorted = [...first, ...names.filter((name) => name !== 'alertname').sort()];
  const shown = sorted.slice(0, LABELS).map((name) => code(`${name}=${state.labels[name]}`, 120));
  return sorted.length > LABELS
    ? [...shown, `and ${formatFigure(sorted.length - LABELS, 'labels')} more`]
    : shown;
}

function group(state: AlertState): string[] {
  const cut = state.cut > 0 ? `, ${formatFigure(state.cut)} more left out by Alertmanager` : '';
  return [
    ...(state.count > 1 || state.cut > 0
      ? [`${formatFigure(state.count, 'alerts')} in this group${cut}`]
      : []),
    ...(state.repeats > 0 ? [`repeated ${formatFigure(state.repeats, 'times')}`] : []),
  ];
}

function firingButtons(state: AlertState): (Button | null)[] {
  const { ref } = state;
  const calling = [
    state.acknowledgedBy ? null : button(ACTIONS.acknowledge, 'Acknowledge', ref),
    silenceButton(state),
    state.canEscalate ? button(ACTIONS.escalate, 'Escalate', ref) : null,
  ];
  if (state.runbook) {
    return remedyButtons(state.actions, ref, [button(ACTIONS.snapshot, 'Snapshot', ref), ...calling]);
  }
  const offered = state.runbooks.slice(0, 5);
  return [
    ...offered.map(({ name, title }) => button(`${ACTIONS.diagnose}:${name}`, `Diagnose: ${title}`, ref)),
    ...calling,
  ];
}

function resolvedButtons(state: AlertState): (Button | null)[] {
  const { runbook, ref } = state;
  const looking = runbook
    ? [button(ACTIONS.diagnose, 'Diagnose', ref), button(ACTIONS.snapshot, 'Snapshot', ref)]
    : [];
  return [...looking, isSilenced(state) ? silenceButton(state) : null];
}

function silenceButton(state: AlertState): Button | null {
  if (isSilenced(state)) return button(ACTIONS.endSilence, 'End silence', state.ref);
  return state.canSilence ? button(ACTIONS.silence, 'Silence', state.ref) : null;
}

function isSilenced({ silence }: AlertState): boolean {
  return silence !== null && silence.ended === null;
}
