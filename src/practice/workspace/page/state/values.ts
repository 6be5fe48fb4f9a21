import type { InputBlockElement, KnownBlock } from '@slack/types';

/** What one element holds, in the shape of Slack's `state.values[block_id][action_id]`. */
export type Entry = { type: string } & Record<string, unknown>;
export type Values = Record<string, Record<string, Entry>>;
/** Entries that a person changed, by `entryKey`. */
export type Entries = Readonly<Record<string, Entry>>;

export function entryKey(blockId: string, actionId: string): string {
  return `${blockId}\n${actionId}`;
}

/** An element as the workspace reads it: whatever fields it has. */
export type ElementLike = { type: string; action_id?: string } & Record<string, unknown>;

/** The field that holds an element's value, and the one that says how it begins. */
const FIELDS: Readonly<Record<string, readonly [field: string, initial: string, empty: unknown]>> = {
  plain_text_input: ['value', 'initial_value', null],
  email_text_input: ['value', 'initial_value', null],
  url_text_input: ['value', 'initial_value', null],
  number_input: ['value', 'initial_value', null],
  static_select: ['selected_option', 'initial_option', null],
  external_select: ['selected_option', 'initial_option', null],
  radio_buttons: ['selected_option', 'initial_option', null],
  users_select: ['selected_user', 'initial_user', null],
  channels_select: ['selected_channel', 'initial_channel', null],
  conversations_select: ['selected_conversation', 'initial_conversation', null],
  checkboxes: ['selected_options', 'initial_options', []],
  multi_static_select: ['selected_options', 'initial_options', []],
  multi_external_select: ['selected_options', 'initial_options', []],
  multi_users_select: ['selected_users', 'initial_users', []],
  multi_channels_select: ['selected_channels', 'initial_channels', []],
  multi_conversations_select: ['selected_conversations', 'initial_conversations', []],
  datepicker: ['selected_date', 'initial_date', null],
  timepicker: ['selected_time', 'initial_time', null],
  datetimepicker: ['selected_date_time', 'initial_date_time', null],
};

export function valueField(type: string): string {
  return FIELDS[type]?.[0] ?? 'value';
}

export function initialEntry(element: ElementLike): Entry {
  const [field, initial, empty] = FIELDS[element.type] ?? ['value', 'value', null];
  return { type: element.type, [field]: element[initial] ?? empty };
}

interface Placed {
  block: KnownBlock;
  element: ElementLike;
}

function elementsOf(block: KnownBlock): unknown[] {
  if (block.type === 'input') return [block.element];
  if (block.type === 'actions') return block.elements;
  return block.type === 'section' && block.accessory ? [block.accessory] : [];
}

/** The elements of a surface that hold a value. */
function holders(blocks: readonly KnownBlock[]): Placed[] {
  return blocks.flatMap((block) =>
    elementsOf(block)
      .map((element) => ({ block, element: element as ElementLike }))
      .filter(({ element }) => element.type in FIELDS),
  );
}

/** All values of a surface's inputs, changed or not, as Slack sends them to the app. */
export function collectValues(blocks: readonly KnownBlock[], entries: Entries): Values {
  const values: Values = {};
  for (const { block, element } of holders(blocks)) {
    const blockId = block.block_id ?? '';
    const actionId = element.action_id ?? '';
    const entry = entries[entryKey(blockId, actionId)] ?? initialEntry(element);
    values[blockId] = { ...values[blockId], [actionId]: entry };
  }
  return values;
}

function isEmpty(value: unknown): boolean {
  return (
    value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0)
  );
}

/** What Slack checks itself before it asks the app. Null when the value may go. */
function problemOf(element: InputBlockElement, value: unknown, optional: boolean): string | null {
  if (isEmpty(value)) return optional ? null : 'Please complete this required field.';
  const text = String(value);
  if (element.type === 'plain_text_input' && text.length < (element.min_length ?? 0)) {
    return `Please enter at least ${element.min_length} characters.`;
  }
  if (element.type === 'number_input') return numberProblem(element, text);
  if (element.type === 'email_text_input' && !/^\S+@\S+\.\S+$/.test(text))
    return 'Please enter a valid email address.';
  if (element.type === 'url_text_input' && !URL.canParse(text)) return 'Please enter a valid URL.';
  return null;
}

function numberProblem(
  element: { is_decimal_allowed: boolean; min_value?: string; max_value?: string },
  text: string,
): string | null {
  const number = Number(text);
  if (!Number.isFinite(number)) return 'Please enter a number.';
  if (!element.is_decimal_allowed && !Number.isInteger(number)) return 'Please enter a whole number.';
  if (element.min_value && number < Number(element.min_value))
    return `Please enter ${element.min_value} or more.`;
  if (element.max_value && number > Number(element.max_value))
    return `Please enter ${element.max_value} or less.`;
  return null;
}

/** Errors by block id that keep a view from being sent. */
export function problemsOf(blocks: readonly KnownBlock[], values: Values): Record<string, string> {
  const problems: Record<string, string> = {};
  for (const block of blocks) {
    if (block.type !== 'input') continue;
    const element = block.element;
    const blockId = block.block_id ?? '';
    const entry = values[blockId]?.[element.action_id ?? ''];
    const problem = problemOf(element, entry?.[valueField(element.type)], block.optional === true);
    if (problem !== null) problems[blockId] = problem;
  }
  return problems;
}
