import type {
  Checkboxes,
  InputBlock,
  KnownBlock,
  ModalView,
  MultiStaticSelect,
  RadioButtons,
} from '@slack/types';
import { context, message, plain, section } from './blocks.ts';
import { BLOCKS, DIALOGS } from './ids.ts';
import type { Message } from './message.ts';
import { dialog, reasonInput } from './modal.ts';
import type { SilenceOffer, SilenceState, SilenceView } from './states.ts';
import { code, link, mention, moment, plainMoment, safe } from './text.ts';

const FIRST = '1h';
const NAME = 'alertname';
/** Slack takes no more boxes than that. */
const BOXES = 10;
const OPTIONS = 100;
const LABELS = 12;
const LONGEST_NAME = 75;

/**
 * How long, why, and what. `reach` says how many alerts that is now; null while Alertmanager is asked. Made anew when
 * another label is chosen.
 */
export function silenceDialog(
  metadata: string,
  { title, service, labels, times }: SilenceOffer,
  reach: string | null,
): ModalView {
  const blocks: (KnownBlock | null)[] = [
    section([`*${safe(title, 120)}* · ${safe(service.name, 64)}`]),
    timeInput(times),
    reasonInput('Why?', 'Everybody reads it here and in Alertmanager.'),
    labelInput(labels),
    section([
      labels[NAME] === undefined ? '' : `Always with ${code(`${NAME}=${labels[NAME]}`, 200)}.`,
      `*Now that is*  ${reach === null ? '⏳ asking Alertmanager …' : safe(reach, 400)}`,
    ]),
    context([
      'Alertmanager then sends nothing about such alerts, not even that they end',
      'Guardia’s own checks and escalations go on',
    ]),
  ];
  return dialog({ callback: DIALOGS.silence, metadata, title: 'Silence', submit: 'Silence it', blocks });
}

function timeInput(times: SilenceOffer['times']): InputBlock {
  const options = times.map(({ id, title }) => ({ text: plain(title, 75), value: id }));
  const [first] = options.filter(({ value }) => value === FIRST);
  const element: RadioButtons = {
    type: 'radio_buttons',
    action_id: BLOCKS.action,
    options,
    ...(first ? { initial_option: first } : {}),
  };
  return { type: 'input', block_id: BLOCKS.action, label: plain('How long?', 75), element };
}

/** null where the name is all there is. */
function labelInput(labels: SilenceOffer['labels']): InputBlock | null {
  const options = namesIn(labels).map((name) => ({
    text: plain(`${name}=${labels[name]}`, 75),
    value: name,
  }));
  if (options.length === 0) return null;
  const all = { action_id: BLOCKS.labels, options, initial_options: options };
  const element: Checkboxes | MultiStaticSelect =
    options.length <= BOXES ? { type: 'checkboxes', ...all } : { type: 'multi_static_select', ...all };
  return {
    type: 'input',
    block_id: BLOCKS.labels,
    dispatch_action: true,
    optional: true,
    label: plain('Which alerts? Those with all of these labels', 150),
    hint: plain('Untick one, and more alerts are silenced.', 150),
    element,
  };
}

/** Labels that can be left out: those that there is room for, in a steady order. */
export function namesIn(labels: SilenceOffer['labels']): string[] {
  return Object.keys(labels)
    .filter((name) => name !== NAME && name !== '' && name.length <= LONGEST_NAME)
    .sort()
    .slice(0, OPTIONS);
}

/** In the alert's thread: what was silenced, and what Alertmanager said. */
export function silenceMessage(view: SilenceView): Message {
  const { title, service, until, ended, reason, by, labels, says, now } = view;
  const where = `${safe(title, 120)} · ${safe(service.name, 64)}`;
  const state = ended
    ? `🔔 The silence ended at ${plainMoment(ended.at, now)}`
    : `🔕 Silenced until ${plainMoment(until, now)}`;
  const begun = `until ${moment(until, now)} by ${mention(by)}`;
  return message(`${state} · ${where}`, [
    section([
      ended
        ? `🔔 *The silence ended* ${endedInWords(ended, until, now)}. It was to last ${begun}:`
        : `🔕 *Silenced* ${begun}:`,
      `> ${safe(reason, 600)}`,
      `Alerts with ${nameFirst(labels)
        .slice(0, LABELS)
        .map((name) => code(`${name}=${labels[name]}`, 120))
        .join(' ')}`,
    ]),
    context([safe(says, 300), view.link ? link(view.link, 'Open in Alertmanager') : '']),
  ]);
}

function nameFirst(labels: Readonly<Record<string, string>>): string[] {
  return Object.keys(labels).sort((a, b) => Number(b === NAME) - Number(a === NAME) || (a < b ? -1 : 1));
}

/** A line in the alert's message. */
export function silenceInWords(silence: SilenceState, status: 'firing' | 'resolved', now: string): string {
  const { until, by, reason, ended } = silence;
  if (ended) return `🔔 The silence by ${mention(by)} ended ${endedInWords(ended, until, now)}.`;
  const head = `until ${moment(until, now)} by ${mention(by)}: ${safe(reason, 300)}`;
  return status === 'firing'
    ? `🔕 *Silenced* ${head}\nUntil then Alertmanager sends nothing about it, not even that it ends.`
    : `🔕 *Still silenced* ${head}\nUntil then nobody would hear of it if it fired again.`;
}

function endedInWords(ended: NonNullable<SilenceState['ended']>, until: string, now: string): string {
  const at = `at ${moment(ended.at, now)}`;
  if (ended.by) return `${at}, by ${mention(ended.by)}`;
  return ended.at < until ? `${at}, in Alertmanager` : at;
}
