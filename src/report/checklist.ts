import type { Button, KnownBlock } from '@slack/types';
import { context, message, section } from './blocks.ts';
import { button } from './buttons.ts';
import { formatFigure } from './figures.ts';
import type { ChecklistItem, ChecklistView } from './hand-states.ts';
import { ACTIONS } from './ids.ts';
import type { Message } from './message.ts';
import { mention, moment, safe } from './text.ts';

/** Of a longer list what is done gives way to what is open. */
const ITEMS = 30;
/** What all items together may say, within what Slack takes of a message. */
const TEXT = 6_500;

/** What people look at by hand: ticked off in the thread, part by part. Edited with every tick. */
export function checklistMessage(view: ChecklistView): Message {
  const { items } = view;
  const open = items.filter((item) => item.tick === null);
  const shown = (items.length > ITEMS ? open : items).slice(0, ITEMS);
  const more = items.length - shown.length;
  return message(firstLine(view, open.length, false), [
    section([firstLine(view, open.length, true)]),
    ...shown.flatMap((item, index) => [
      item.phase === null || item.phase === shown[index - 1]?.phase
        ? null
        : section([`*${safe(item.phase, 90)}*`]),
      itemBlock(view, item, Math.floor(TEXT / shown.length)),
    ]),
    more > 0 ? context([`and ${formatFigure(more, 'things')} more`]) : null,
  ]);
}

function firstLine({ items, runbook, service }: ChecklistView, open: number, strong: boolean): string {
  const bold = (text: string) => (strong ? `*${text}*` : text);
  const state = open === 0 ? `☑️ ${bold('All done by hand')}` : `📋 ${bold('To do by hand')}`;
  const done = `${items.length - open} of ${items.length} done`;
  return [state, done, bold(safe(runbook.title, 120)), safe(service.name, 64)].join(' · ');
}

function itemBlock(view: ChecklistView, item: ChecklistItem, room: number): KnownBlock | null {
  const title = `*${safe(item.title, 90)}*`;
  const { tick } = item;
  if (tick) {
    const done = `☑️ ${title} · done by ${mention(tick.by)} at ${moment(tick.at, view.now)}`;
    return section([done], choice(view, item, ACTIONS.untick, 'Take back'));
  }
  const whose = item.role === null ? '' : ` · ${safe(item.role, 70)}`;
  const does = safe(item.does, Math.min(520, room));
  return section([`⬜ ${title}${whose}`, does], choice(view, item, ACTIONS.tick, 'Done'));
}

function choice(
  { ref, runbook }: ChecklistView,
  item: ChecklistItem,
  id: string,
  text: string,
): Button | null {
  return button(`${id}:${runbook.name}/${item.check}`, text, ref, { reads: `${text}: ${item.title}` });
}
