import type { HomeView, ModalView } from '@slack/types';
import type { Message } from '../../src/report/message.ts';

type Json = Readonly<Record<string, unknown>>;

/** A message as lines that people read: dates as their fallback, buttons in brackets, pictures by their alt text. */
export function plainMessage(message: Message): string[] {
  return (message.blocks as unknown as readonly Json[]).flatMap(blockLines);
}

export function plainView(view: ModalView | HomeView): string[] {
  const { title, submit, close } = view as unknown as Json;
  const frame = [title, submit, close].map((part) => (part as Json | undefined)?.text);
  const head = view.type === 'modal' ? [`# ${frame[0]}   [${frame[1] ?? '-'}] [${frame[2]}]`] : [];
  return [...head, ...(view.blocks as unknown as readonly Json[]).flatMap(blockLines)];
}

/** Texts of the buttons, in their order. */
export function buttonsOf({ blocks }: Message): string[] {
  return (blocks as unknown as readonly Json[])
    .filter(({ type }) => type === 'actions')
    .flatMap(({ elements }) => (elements as Json[]).map(({ text }) => textOf(text)));
}

function blockLines(block: Json): string[] {
  switch (block.type) {
    case 'section': {
      const lines = block.text ? textOf(block.text).split('\n') : [];
      const pairs = ((block.fields ?? []) as Json[]).map(
        (field) => `  | ${textOf(field).replaceAll('\n', ' / ')}`,
      );
      const first =
        block.accessory && lines[0] !== undefined
          ? [`${lines[0]}  ${elementText(block.accessory as Json)}`]
          : lines.slice(0, 1);
      return [...first, ...lines.slice(1), ...pairs];
    }
    case 'header':
      return [`## ${textOf(block.text)}`];
    case 'context':
      return (block.elements as Json[]).map((each) => `~ ${textOf(each)}`);
    case 'actions':
      return [(block.elements as Json[]).map(elementText).join(' ')];
    case 'image':
      return [`(picture: ${block.alt_text})`];
    case 'input':
      return [
        `${textOf(block.label)}${block.optional ? ' (optional)' : ''}: ${elementText(block.element as Json)}`,
      ];
    case 'table':
      return (block.rows as Json[][]).map((row) => `  | ${row.map(cellText).join(' | ')}`);
    default:
      return [`(${block.type})`];
  }
}

function cellText(cell: Json): string {
  if (cell.type === 'raw_text') return String(cell.text).replaceAll('\u00a0', ' ');
  const parts = (cell.elements as Json[]).flatMap(({ elements }) => elements as Json[]);
  return parts.map((part) => (part.type === 'date' ? utc(Number(part.timestamp)) : part.text)).join('');
}

function utc(unix: number): string {
  return new Date(unix * 1_000).toISOString().slice(11, 16);
}

function elementText(element: Json): string {
  if (element.type === 'button') {
    const mark = element.style === 'primary' ? '+' : element.style === 'danger' ? '!' : '';
    return `[${mark}${textOf(element.text)}${element.confirm ? '?' : ''}]`;
  }
  const options = ((element.options ?? []) as Json[]).map((option) => {
    const about = option.description ? ` (${textOf(option.description)})` : '';
    const chosen = (element.initial_option as Json | undefined)?.value === option.value ? '*' : '';
    return `${chosen}${textOf(option.text)}${about}`;
  });
  const initial =
    options.length === 0 && element.initial_option ? [textOf((element.initial_option as Json).text)] : [];
  const value = element.initial_value === undefined ? [] : [String(element.initial_value)];
  return `{${[element.type, ...options, ...initial, ...value].join(' | ')}}`;
}

function textOf(value: unknown): string {
  const { text, type } = (value ?? {}) as Json;
  if (type !== 'mrkdwn') return String(text);
  return String(text)
    .replace(/<!date\^\d+\^[^|>]+\|([^>]+)>/g, '$1')
    .replace(/<(https?:[^|>]+)\|([^>]+)>/g, '$2 ($1)')
    .replace(/<message:([^|>]+)\|([^>]+)>/g, '$2 ($1)')
    .replace(/<!subteam\^(\w+)>/g, '@$1')
    .replace(/<@(\w+)>/g, '@$1')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}
