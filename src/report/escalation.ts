import type { KnownBlock, ModalView, RadioButtons } from '@slack/types';
import { actions, message, plain, section } from './blocks.ts';
import { button } from './buttons.ts';
import { formatDuration } from './figures.ts';
import { ACTIONS, BLOCKS, DIALOGS } from './ids.ts';
import type { Message } from './message.ts';
import { dialog, reasonInput } from './modal.ts';
import { STATUS } from './signs.ts';
import type { EscalationChoice, EscalationView } from './states.ts';
import { between, group, label, mention, moment, plainMoment, safe, time } from './text.ts';
import { remedyInWords } from './words.ts';

const A_MOMENT_MS = 1_000;

/** Calls people into the thread: what, since when, why now, and what was tried. */
export function escalationMessage(view: EscalationView): Message {
  const { now, ref, startsAt } = view;
  const title = safe(view.title, 120);
  const where = safe(view.service.name, 64);
  const since = `failing since ${moment(startsAt, now)} (${time(startsAt, 'ago')})`;
  const priority = view.priority ? safe(view.priority, 10) : '';
  const first = [
    `🔔 ${[priority, safe(view.to, 70)].filter(Boolean).join(' · ')} ${view.group ? 'is called' : 'has to be reached'}`,
    title,
    where,
    bareReason(view),
    `failing since ${plainMoment(startsAt, now)}`,
  ];
  return message(first.filter(Boolean).join(' · '), [
    section([
      `🔔 ${priority ? `*${priority}* · ` : ''}${whom(view)} *${title}* · ${where} · ${since}`,
      because(view),
      view.resolvedAt
        ? `🟢 The alert has ended at ${moment(view.resolvedAt, now)}: nobody is needed for it any more.`
        : '',
      view.note ? `> ${safe(view.note, 600)}` : '',
      view.say ? `*The runbook says:* ${safe(view.say, 600)}` : '',
      view.group && view.reach ? `*If nobody answers:* ${safe(view.reach, 300)}` : '',
    ]),
    section([diagnosed(view)]),
    section(tried(view)),
    view.resolvedAt !== null
      ? null
      : actions([
          button(ACTIONS.diagnose, 'Diagnose', ref),
          button(ACTIONS.snapshot, 'Snapshot', ref),
          view.acknowledged ? null : button(ACTIONS.acknowledge, 'Acknowledge', ref),
        ]),
  ]);
}

/** A role is mentioned; whoever is outside Slack has to be called by somebody here. */
function whom(view: EscalationView): string {
  if (view.group) return `${group(view.group)}: please help with`;
  const reach = view.reach ? ` (${safe(view.reach, 300)})` : '';
  return `Somebody please call ${safe(view.to, 70)}${reach} about`;
}

function diagnosed({ diagnosis }: EscalationView): string {
  return diagnosis ? `*Diagnosis*  ${STATUS[diagnosis.status].sign} ${safe(diagnosis.sentence, 400)}` : '';
}

function tried({ tried: remedies, now }: EscalationView): string[] {
  if (remedies.length === 0) return ['*Tried so far*  nothing'];
  return ['*Tried so far*', ...remedies.slice(-10).map((remedy) => remedyInWords(remedy, now))];
}

function bareReason({ because: why, sees }: EscalationView): string {
  if (sees) return safe(sees, 120);
  return why ? `${safe(why.title, 90)} ${why.status}${lasting(why.forMs)}` : '';
}

function because({ because: why, by, sees, unresolved, startsAt, now }: EscalationView): string {
  if (why) {
    return `${STATUS[why.status].sign} *${safe(why.title, 90)}* ${why.forMs < A_MOMENT_MS ? 'is' : 'has been'} ${why.status}${lasting(why.forMs)}: ${safe(why.says)}`;
  }
  if (unresolved) return `The alert has not ended for ${formatDuration(between(startsAt, now) ?? 0)}.`;
  if (!by) return 'Somebody asks for you.';
  return sees ? `${mention(by)} says: *${safe(sees, 300)}*` : `${mention(by)} asks for you.`;
}

/** A rule may call at once. */
function lasting(forMs: number): string {
  return forMs < A_MOMENT_MS ? '' : ` for ${formatDuration(forMs)}`;
}

const CHOICES = 10;

/** Who calls says what they see, or whom they want; nothing is chosen beforehand. */
export function escalateDialog(metadata: string, choices: readonly EscalationChoice[]): ModalView {
  const blocks: KnownBlock[] = [
    {
      type: 'input',
      block_id: BLOCKS.action,
      label: plain('What do you see, or whom do you need?', 150),
      element: {
        type: 'radio_buttons',
        action_id: BLOCKS.action,
        options: choices.slice(0, CHOICES).map(optionOf),
      } satisfies RadioButtons,
    },
    reasonInput('What should they know?', 'They read this first.', true),
  ];
  return dialog({
    callback: DIALOGS.escalate,
    metadata,
    title: 'Call for help',
    submit: 'Call them',
    blocks,
  });
}

function optionOf({ ref, says, priority, title, does }: EscalationChoice) {
  const text = label(says ?? title, 75);
  const calls = [priority, says ? `calls ${title}` : (does ?? 'is called into this thread')]
    .filter(Boolean)
    .join(' · ');
  return { text: plain(text, 75), value: ref, description: plain(calls, 75) };
}
