import type { Person } from '../approval/person.ts';
import type { Finding } from '../diagnosis/finding.ts';
import { context, image, message, section } from './blocks.ts';
import type { Message } from './message.ts';
import { STATUS } from './signs.ts';
import type { Named, Picture } from './states.ts';
import { mention, moment, safe } from './text.ts';

export interface SnapshotView {
  title: string;
  service: Named;
  findings: readonly Finding[];
  pictures: readonly Picture[];
  by: Person;
  now: string;
}

/** What the charted checks of a runbook look like at this moment. */
export function snapshotMessage(view: SnapshotView): Message {
  const first = `📈 Snapshot · ${safe(view.title, 120)} · ${safe(view.service.name, 64)}`;
  const figures = view.findings.map(
    ({ title, status, says }) => `${STATUS[status].sign} *${safe(title, 90)}*  ${safe(says, 200)}`,
  );
  return message(first, [
    section([`*${first}*`, ...figures]),
    ...view.pictures.slice(0, 8).map(image),
    context([`asked by ${mention(view.by)}`, moment(view.now, view.now)]),
  ]);
}
