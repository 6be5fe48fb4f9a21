import { actions, message, section } from './blocks.ts';
import { button } from './buttons.ts';
import { formatDuration } from './figures.ts';
import { ACTIONS } from './ids.ts';
import type { Message } from './message.ts';
import { STATUS } from './signs.ts';
import type { EscalationView } from './states.ts';
import { group, mention, moment, plainMoment, safe, time } from './text.ts';
import { remedyInWords } from './words.ts';

/** Calls a role into the thread: what, since when, why now, and what was tried. */
export function escalationMessage(view: EscalationView): Message {
  const { now, ref, startsAt } = view;
  const title = safe(view.title, 120);
  const where = safe(view.service.name, 64);
  const since = `failing since ${moment(startsAt, now)} (${time(startsAt, 'ago')})`;
  const first = [
    `🔔 ${safe(view.to, 70)} is called`,
    title,
    where,
    bareReason(view),
    `failing since ${plainMoment(startsAt, now)}`,
  ];
  return message(first.filter(Boolean).join(' · '), [
    section([
      `🔔 ${group(view.group)}: please help with *${title}* · ${where} · ${since}`,
      because(view),
      view.say ? `*The runbook says:* ${safe(view.say, 600)}` : '',
    ]),
    section([diagnosed(view)]),
    section(tried(view)),
    actions([
      button(ACTIONS.diagnose, 'Diagnose', ref),
      button(ACTIONS.snapshot, 'Snapshot', ref),
      view.acknowledged ? null : button(ACTIONS.acknowledge, 'Acknowledge', ref),
    ]),
  ]);
}

function diagnosed({ diagnosis }: EscalationView): string {
  return diagnosis ? `*Diagnosis*  ${STATUS[diagnosis.status].sign} ${safe(diagnosis.sentence, 400)}` : '';
}

function tried({ tried: remedies, now }: EscalationView): string[] {
  if (remedies.length === 0) return ['*Tried so far*  nothing'];
  return ['*Tried so far*', ...remedies.slice(-10).map((remedy) => remedyInWords(remedy, now))];
}

function bareReason({ because: why }: EscalationView): string {
  return why ? `${safe(why.title, 90)} ${why.status} for ${formatDuration(why.forMs)}` : '';
}

function because({ because: why, by }: EscalationView): string {
  if (why) {
    return `${STATUS[why.status].sign} *${safe(why.title, 90)}* has been ${why.status} for ${formatDuration(why.forMs)}: ${safe(why.says)}`;
  }
  return by ? `${mention(by)} asks for you.` : 'Somebody asks for you.';
}
