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
  const { now, ref } = view;
  const title = safe(view.title, 120);
  const where = safe(view.service.name, 64);
  const to = safe(view.to, 70);
  const first = [
    `🔔 ${to} is called`,
    title,
    where,
    bareReason(view),
    `failing since ${plainMoment(view.startsAt, now)}`,
  ];
  return message(first.filter(Boolean).join(' · '), [
    section([
      `🔔 ${group(view.group)}: please help with *${title}* · ${where} · failing since ${moment(view.startsAt, now)} (${time(view.startsAt, 'ago')})`,
      because(view),
      view.say ? `*The runbook says:* ${safe(view.say, 600)}` : '',
    ]),
    section([
      view.diagnosis
        ? `*Diagnosis*  ${STATUS[view.diagnosis.status].sign} ${safe(view.diagnosis.sentence, 400)}`
        : '',
    ]),
    section(
      view.tried.length > 0
        ? ['*Tried so far*', ...view.tried.slice(-10).map((remedy) => remedyInWords(remedy, now))]
        : ['*Tried so far*  nothing'],
    ),
    actions([
      button(ACTIONS.diagnose, 'Diagnose', ref),
      button(ACTIONS.snapshot, 'Snapshot', ref),
      button(ACTIONS.acknowledge, 'Acknowledge', ref),
    ]),
  ]);
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
