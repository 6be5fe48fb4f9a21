import type { Person } from '../approval/person.ts';
import type { Finding } from '../diagnosis/finding.ts';
import { worstFirst } from '../diagnosis/verdict.ts';
import { context, image, message, section } from './blocks.ts';
import { formatFigure } from './figures.ts';
import type { Message } from './message.ts';
import { STATUS } from './signs.ts';
import type { Named, Picture, SnapshotSubject } from './states.ts';
import { code, link, mention, moment, plainMoment, safe } from './text.ts';
import { lastStretch } from './words.ts';

export interface SnapshotView {
  title: string;
  service: Named;
  /** What the charts show, judged. */
  findings: readonly Finding[];
  pictures: readonly Picture[];
  by: Person;
  now: string;
}

const SHOWN = 8;

/** Charts of a moment, each figure in words beside it. */
export function snapshotMessage({ title, service, findings, pictures, by, now }: SnapshotView): Message {
  const what = [safe(title, 120), safe(service.name, 64)];
  const more = pictures.length - SHOWN;
  const figures = worstFirst(findings).slice(0, SHOWN).map(figure);
  return message(['📷 Snapshot', ...what, `at ${plainMoment(now, now)}`].join(' · '), [
    section([`📷 *Snapshot · ${what[0]}* · ${what[1]} · at ${moment(now, now)}`, ...figures]),
    ...pictures.slice(0, SHOWN).map(image),
    context([more > 0 && `and ${formatFigure(more, 'charts')} more`, `asked by ${mention(by)}`]),
  ]);
}

function figure({ status, title, says, limit }: Finding): string {
  const bound = limit ? `   _(${safe(limit, 90)})_` : '';
  return `${STATUS[status].sign} ${safe(title, 90)}: ${safe(says, 160)} (${status})${bound}`;
}

export interface LookView {
  subject: Exclude<SnapshotSubject, { of: 'runbook' }>;
  service: Named;
  finding: Finding;
  picture: Picture;
  by: Person;
  now: string;
}

const NAMED = 5;
/** What stands in the message already, or behind its link. */
const SHOWN_ELSEWHERE = ['Query'];

/** One picture of what a person asked for, which nothing judges: its figures, and where it can be looked at further. */
export function lookMessage({ subject, service, finding, picture, by, now }: LookView): Message {
  const where = safe(service.name, 64);
  const window = subject.of === 'query' ? lastStretch(subject.window) : '';
  const first = ['📷 Snapshot', where, titleOf(subject), window, `at ${plainMoment(now, now)}`];
  const links = finding.evidence.filter(({ text }) => isLink(text));
  const notes = finding.evidence.filter(
    ({ label, text }) => !isLink(text) && !SHOWN_ELSEWHERE.includes(label),
  );
  return message(first.filter(Boolean).join(' · '), [
    section([
      ['📷 *Snapshot*', where, window, `at ${moment(now, now)}`].filter(Boolean).join(' · '),
      subject.of === 'query' ? code(subject.query, 1_500) : '',
      ...figures(finding),
    ]),
    image(picture),
    context([
      ...notes.slice(0, 4).map(({ label, text }) => `${safe(label, 40)}: ${safe(text, 200)}`),
      ...links.slice(0, 2).map(({ label, text }) => link(text, `Open in ${label}`)),
      subject.of === 'panel' && links.length === 0 && link(subject.link, 'Open in Grafana'),
      `asked by ${mention(by)}`,
    ]),
  ]);
}

function titleOf(subject: LookView['subject']): string {
  return subject.of === 'query' ? safe(subject.query, 90) : 'a panel of Grafana';
}

function isLink(text: string): boolean {
  return /^https?:\/\/\S+$/.test(text);
}

/** One figure as it is; of several series the highest, each on its line. */
function figures({ value, says, unit }: Finding): string[] {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return [`Now: ${safe(says, 300)}`];
  const numbers = Object.entries(value)
    .filter((entry): entry is [string, number] => typeof entry[1] === 'number')
    .sort(([, a], [, b]) => b - a);
  const more = numbers.length - NAMED;
  return [
    `Now, ${formatFigure(numbers.length, 'series')}, the highest first:`,
    ...numbers.slice(0, NAMED).map(([name, one]) => `• ${code(name, 120)}  ${formatFigure(one, unit)}`),
    ...(more > 0 ? [`and ${formatFigure(more)} more`] : []),
  ];
}
