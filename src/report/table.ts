import type { RawTextElement, RichTextBlock, RichTextDate, RichTextText, TableBlock } from '@slack/types';
import { instant, label, moment } from './text.ts';

const ROWS = 99;
const CELL = 200;

type Cell = RawTextElement | RichTextBlock;

/** A table; Slack takes one a message. Cells are plain text: Slack reads no markup in them. */
export function table(head: readonly Cell[], rows: readonly (readonly string[])[]): TableBlock | null {
  if (rows.length === 0) return null;
  return {
    type: 'table',
    column_settings: head.map(() => ({ is_wrapped: true })),
    rows: [[...head], ...rows.slice(0, ROWS).map((row) => row.map(cell))],
  };
}

export function cell(text: string): RawTextElement {
  return { type: 'raw_text', text: label(text, CELL) };
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
