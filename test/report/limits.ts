import type { HomeView, ModalView } from '@slack/types';
import type { Message } from '../../src/report/message.ts';

/**
 * Slack's limits on what people see, as docs.slack.dev/reference/block-kit has them. Each function gives what is
 * wrong, in words; nothing wrong is an empty list.
 */

type Json = Readonly<Record<string, unknown>>;

/** Slack refuses a message with more text in its blocks (`msg_blocks_too_long`), and does not say where that begins. */
const ALL_TEXT = 12_000;

export function problemsOfMessage({ text, blocks }: Message): string[] {
  return [
    ...textProblems(text, 3_999, 'text'),
    ...(/^\s*$/.test(text) ? ['text: empty'] : []),
    ...(text.includes('\n') ? ['text: more than one line'] : []),
    ...markup(text, 'text'),
    ...(text.includes('<') ? ['text: markup on a lock screen'] : []),
    ...blockProblems(blocks as unknown as readonly Json[], 50),
    ...(textLength(blocks) + blocks.length * 20 > ALL_TEXT
      ? [`blocks: ${textLength(blocks)} characters in all`]
      : []),
  ];
}

export function problemsOfModal(view: ModalView): string[] {
  const asks = view.blocks.some((block) => block.type === 'input');
  return [
    ...plainProblems(view.title, 24, 'title'),
    ...(view.submit ? plainProblems(view.submit, 24, 'submit') : []),
    ...(view.close ? plainProblems(view.close, 24, 'close') : []),
    ...(asks && !view.submit ? ['submit: missing beside an input'] : []),
    ...((view.private_metadata ?? '').length > 3_000 ? ['private_metadata: too long'] : []),
    ...((view.callback_id ?? '').length > 255 ? ['callback_id: too long'] : []),
    ...blockProblems(view.blocks as unknown as readonly Json[], 100),
  ];
}

export function problemsOfHome(view: HomeView): string[] {
  return blockProblems(view.blocks as unknown as readonly Json[], 100);
}

function blockProblems(blocks: readonly Json[], atMost: number): string[] {
  const ids = blocks.flatMap((block) => (block.block_id === undefined ? [] : [block.block_id]));
  return [
    ...(blocks.length > atMost ? [`blocks: ${blocks.length}`] : []),
    ...(new Set(ids).size < ids.length ? ['block_id: twice'] : []),
    ...ids.flatMap((id) => textProblems(id, 255, 'block_id')),
    ...(blocks.filter(({ type }) => type === 'table').length > 1 ? ['table: more than one'] : []),
    ...blocks.flatMap((block, index) =>
      oneBlock(block).map((problem) => `${index} ${block.type}: ${problem}`),
    ),
  ];
}

function oneBlock(block: Json): string[] {
  const elements = list(block.elements);
  switch (block.type) {
    case 'section':
      return [
        ...(block.text === undefined && block.fields === undefined ? ['neither text nor fields'] : []),
        ...(block.text === undefined ? [] : objectProblems(block.text, 3_000, 'text')),
        ...(block.fields === undefined ? [] : counted(list(block.fields), 1, 10, 'fields')),
        ...list(block.fields).flatMap((field) => objectProblems(field, 2_000, 'field')),
        ...(block.accessory === undefined ? [] : elementProblems(block.accessory as Json)),
      ];
    case 'header':
      return plainProblems(block.text, 150, 'text');
    case 'context':
      return [
        ...counted(elements, 1, 10, 'elements'),
        ...elements.flatMap((each) => objectProblems(each, 3_000, 'text')),
      ];
    case 'actions':
      return [
        ...counted(elements, 1, 25, 'elements'),
        ...(new Set(elements.map(({ action_id }) => action_id)).size < elements.length
          ? ['action_id twice']
          : []),
        ...elements.flatMap(elementProblems),
      ];
    case 'image':
      return [
        ...plainProblems(block.title, 2_000, 'title'),
        ...textProblems(block.alt_text, 1_000, 'alt_text'),
      ];
    case 'input':
      return [
        ...plainProblems(block.label, 2_000, 'label'),
        ...(block.hint === undefined ? [] : plainProblems(block.hint, 2_000, 'hint')),
        ...elementProblems(block.element as Json),
      ];
    case 'table':
      return tableProblems(block.rows as readonly (readonly Json[])[]);
    default:
      return ['a type that this check does not know'];
  }
}

function tableProblems(rows: readonly (readonly Json[])[]): string[] {
  const cells = rows.flat();
  return [
    ...counted(rows, 1, 100, 'rows'),
    ...rows.flatMap((row) => counted(row, 1, 20, 'columns')),
    ...cells
      .filter(({ type }) => type === 'raw_text')
      .flatMap(({ text }) => textProblems(text, 3_000, 'cell')),
    ...(textLength(cells) > 10_000 ? ['cells: too much text'] : []),
  ];
}

function elementProblems(element: Json): string[] {
  const options = list(element.options);
  const most = element.type === 'radio_buttons' ? 10 : 100;
  return [
    ...textProblems(element.action_id, 255, 'action_id'),
    ...(element.type === 'button' ? plainProblems(element.text, 75, 'button text') : []),
    ...(element.value === undefined ? [] : textProblems(element.value, 2_000, 'value')),
    ...(element.accessibility_label === undefined
      ? []
      : textProblems(element.accessibility_label, 75, 'label')),
    ...(element.confirm === undefined ? [] : confirmProblems(element.confirm as Json)),
    ...(element.options === undefined ? [] : counted(options, 1, most, 'options')),
    ...[...options, ...(element.initial_option ? [element.initial_option as Json] : [])].flatMap(
      optionProblems,
    ),
    ...(element.initial_value === undefined
      ? []
      : textProblems(element.initial_value, 3_000, 'initial_value')),
  ];
}

export function optionProblems(option: Json): string[] {
  return [
    ...plainProblems(option.text, 75, 'option'),
    ...textProblems(option.value, 150, 'option value'),
    ...(option.description === undefined ? [] : plainProblems(option.description, 75, 'option description')),
  ];
}

function confirmProblems(confirm: Json): string[] {
  return [
    ...plainProblems(confirm.title, 100, 'confirm title'),
    ...objectProblems(confirm.text, 300, 'confirm text'),
    ...plainProblems(confirm.confirm, 30, 'confirm'),
    ...plainProblems(confirm.deny, 30, 'deny'),
  ];
}

function plainProblems(value: unknown, limit: number, what: string): string[] {
  const { type } = (value ?? {}) as Json;
  return type === 'plain_text' ? objectProblems(value, limit, what) : [`${what}: not plain_text`];
}

function objectProblems(value: unknown, limit: number, what: string): string[] {
  const { type, text, verbatim } = (value ?? {}) as Json;
  return [
    ...textProblems(text, limit, what),
    ...(type === 'mrkdwn' ? markup(String(text), what) : []),
    ...(type === 'mrkdwn' && verbatim !== true
      ? [`${what}: Slack would look for names and addresses in it`]
      : []),
  ];
}

function textProblems(value: unknown, limit: number, what: string): string[] {
  if (typeof value !== 'string') return [`${what}: no text`];
  if (value.length === 0) return [`${what}: empty`];
  if (!value.isWellFormed()) return [`${what}: half a character`];
  return value.length > limit ? [`${what}: ${value.length} characters`] : [];
}

const TOKENS =
  /<(@[UW][A-Z0-9]+|#[CG][A-Z0-9]+|!subteam\^S[A-Z0-9]+|!date\^\d+\^[^<>|]+\|[^<>|]+|https?:\/\/[^<>|\s]+\|[^<>|]+|message:[a-z]+:[0-9a-f-]{36}\|[^<>|]+)>/g;

/** Only our own mentions, dates and links may stand between `<` and `>` (which may also begin a quotation), nothing torn, nothing that hides or reorders. */
function markup(text: string, what: string): string[] {
  const rest = text.replace(TOKENS, '').replace(/^> /gm, '');
  return [
    ...(/[<>]/.test(rest)
      ? [
          `${what}: markup that is not ours: ${rest.slice(Math.max(0, rest.search(/[<>]/) - 20)).slice(0, 60)}`,
        ]
      : []),
    ...(/&(?!amp;|lt;|gt;)/.test(rest) ? [`${what}: half an entity`] : []),
    ...(/[\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e007f}]/u.test(text)
      ? [`${what}: hidden characters`]
      : []),
    ...((text.match(/```/g) ?? []).length % 2 === 1 ? [`${what}: an open code block`] : []),
  ];
}

function counted(items: readonly unknown[], least: number, most: number, what: string): string[] {
  return items.length < least || items.length > most ? [`${what}: ${items.length}`] : [];
}

function list(value: unknown): Json[] {
  return Array.isArray(value) ? (value as Json[]) : [];
}

function textLength(value: unknown): number {
  if (Array.isArray(value)) return value.reduce((sum: number, each) => sum + textLength(each), 0);
  if (typeof value !== 'object' || value === null) return 0;
  return Object.entries(value).reduce(
    (sum, [name, each]) =>
      sum + (name === 'text' && typeof each === 'string' ? each.length : textLength(each)),
    0,
  );
}
