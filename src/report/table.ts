import type {
  RawTextElement,
  RichTextBlock,
  RichTextDate,
  RichTextText,
  RichTextUserMention,
  TableBlock,
} from '@slack/types';
import type { Person } from '../approval/person.ts';
import { instant, label, moment } from './text.ts';

const ROWS = 99;
const CELL = 200;

export type Cell = RawTextElement | RichTextBlock;

/** A table; Slack takes one a message. Cells are plain text: Slack reads no markup in them. */
export function table(
  head: readonly Cell[],
  rows: readonly (readonly (string | Cell)[])[],
): TableBlock | null {
  if (rows.length === 0) return null;
  return {
    type: 'table',
    column_settings: head.map(() => ({ is_wrapped: true })),
    rows: [
      [...head],
      ...rows.slice(0, ROWS).map((row) => row.map((one) => (typeof one === 'string' ? cell(one) : one))),
    ],
  };
}

export function cell(text: string): RawTextElement {
  return { type: 'raw_text', text: label(text, CELL) };
}

/** A person by name, as the reader knows them; it calls nobody. */
export function person({ user }: Person): Cell {
  const element: RichTextUserMention = { type: 'user', user_id: user };
  return { type: 'rich_text', elements: [{ type: 'rich_text_section', elements: [element] }] };
}

/** A day, or a day and its time in the reader's zone. */
export function day(iso: string): Cell {
  const at = iso.includes('T') ? instant(iso) : null;
  if (at === null) return cell(iso);
  const date: RichTextDate = { type: 'date', timestamp: Math.floor(at / 1_000), format: '{date_num} {time}' };
  return { type: 'rich_text', elements: [{ type: 'rich_text_section', elements: [date] }] };
}

/** A word and a moment in the reader's zone: `before 03:20`. */
export function dated(word: string, iso: string, now: string): Cell {
  const at = instant(iso);
  if (at === null) return cell(`${word} ${moment(iso, now)}`);
  const style = { bold: true };
  const text: RichTextText = { type: 'text', text: `${word} `, style };
  const date: RichTextDate = {
    type: 'date',
    timestamp: Math.floor(at / 1_000),
    format: '{time_secs}',
    style,
  };
  return { type: 'rich_text', elements: [{ type: 'rich_text_section', elements: [text, date] }] };
}
