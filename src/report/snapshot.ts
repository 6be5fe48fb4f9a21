import type { Person } from '../approval/person.ts';
import type { Finding } from '../diagnosis/finding.ts';
import { worstFirst } from '../diagnosis/verdict.ts';
import { context, image, message, section } from './blocks.ts';
import { formatFigure } from './figures.ts';
import type { Message } from './message.ts';
import { STATUS } from './signs.ts';
import type { Named, Picture } from './states.ts';
import { mention, moment, plainMoment, safe } from './text.ts';

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
