import type { Json } from '../json.ts';
import { asArray, asText, isObject, objectsIn } from '../json.ts';
import { uniqueActions, validateElement } from './elements.ts';
import type { Problems } from './problems.ts';
import * as check from './problems.ts';

export type Surface = 'message' | 'modal' | 'home';

type Rule = (problems: Problems, block: Json, at: string) => void;

/** Block Kit as docs.slack.dev/reference/block-kit has it: fields, lengths and counts of each block. */
const RULES: Readonly<Record<string, { on: readonly Surface[]; fields: readonly string[]; rule: Rule }>> = {
  section: {
    on: ['message', 'modal', 'home'],
    fields: ['text', 'fields', 'accessory', 'expand'],
    rule: section,
  },
  header: { on: ['message', 'modal', 'home'], fields: ['text'], rule: header },
  divider: { on: ['message', 'modal', 'home'], fields: [], rule: () => {} },
  context: { on: ['message', 'modal', 'home'], fields: ['elements'], rule: context },
  actions: { on: ['message', 'modal', 'home'], fields: ['elements'], rule: actions },
  image: {
    on: ['message', 'modal', 'home'],
    fields: ['alt_text', 'title', 'image_url', 'slack_file'],
    rule: image,
  },
  input: {
    on: ['message', 'modal', 'home'],
    fields: ['label', 'hint', 'optional', 'element', 'dispatch_action'],
    rule: input,
  },
  rich_text: { on: ['message', 'modal', 'home'], fields: ['elements'], rule: richText },
  markdown: { on: ['message'], fields: ['text'], rule: markdown },
  table: { on: ['message'], fields: ['rows', 'column_settings'], rule: table },
};

const MOST = { message: 50, modal: 100, home: 100 } as const;

/** Finds everything that Slack would refuse in a surface's blocks. `at` is the pointer of the array. */
export function validateBlocks(problems: Problems, blocks: unknown, surface: Surface, at: string): void {
  const list = check.items(problems, blocks, 0, MOST[surface], at);
  const ids = new Set<string>();
  for (const [index, block] of list.entries()) {
    validateBlock(problems, block, surface, `${at}/${index}`);
    const id = isObject(block) ? asText(block.block_id) : '';
    if (id !== '' && ids.has(id))
      problems.add(`block_id \`${id}\` already exists`, `${at}/${index}/block_id`);
    ids.add(id);
  }
  const tables = list.flatMap((block, index) => (isObject(block) && block.type === 'table' ? [index] : []));
  for (const index of tables.slice(1)) problems.add('only_one_table_allowed', `${at}/${index}`);
}

function validateBlock(problems: Problems, block: unknown, surface: Surface, at: string): void {
  if (!check.object(problems, block, at)) return;
  const known = RULES[asText(block.type)];
  if (!known?.on.includes(surface)) {
    check.typed(problems, block, [], at);
    return;
  }
  check.onlyFields(problems, block, ['type', 'block_id', ...known.fields], at);
  check.shortString(problems, block.block_id, 255, `${at}/block_id`);
  known.rule(problems, block, at);
}

function section(problems: Problems, block: Json, at: string): void {
  if (block.fields === undefined) check.required(problems, block, 'text', at);
  check.textObject(problems, block.text, { max: 3_000 }, `${at}/text`);
  if (block.fields !== undefined) {
    for (const [index, field] of check.items(problems, block.fields, 1, 10, `${at}/fields`).entries()) {
      check.textObject(problems, field, { max: 2_000 }, `${at}/fields/${index}`);
    }
  }
  if (block.accessory !== undefined) validateElement(problems, block.accessory, 'section', `${at}/accessory`);
}

function header(problems: Problems, block: Json, at: string): void {
  check.required(problems, block, 'text', at);
  check.textObject(problems, block.text, { max: 150, plain: true }, `${at}/text`);
}

function context(problems: Problems, block: Json, at: string): void {
  for (const [index, element] of check.items(problems, block.elements, 1, 10, `${at}/elements`).entries()) {
    const here = `${at}/elements/${index}`;
    if (isObject(element) && element.type === 'image') {
      check.onlyFields(problems, element, ['type', 'alt_text', 'image_url', 'slack_file'], here);
      check.imageSource(problems, element, here);
    } else check.textObject(problems, element, { max: 3_000 }, here);
  }
}

function actions(problems: Problems, block: Json, at: string): void {
  const elements = check.items(problems, block.elements, 1, 25, `${at}/elements`);
  for (const [index, element] of elements.entries()) {
    validateElement(problems, element, 'actions', `${at}/elements/${index}`);
  }
  uniqueActions(problems, elements, block, `${at}/elements`);
}

function image(problems: Problems, block: Json, at: string): void {
  check.textObject(problems, block.title, { max: 2_000, plain: true }, `${at}/title`);
  check.imageSource(problems, block, at);
}

function input(problems: Problems, block: Json, at: string): void {
  check.required(problems, block, 'label', at);
  check.textObject(problems, block.label, { max: 2_000, plain: true }, `${at}/label`);
  check.textObject(problems, block.hint, { max: 2_000, plain: true }, `${at}/hint`);
  if (check.required(problems, block, 'element', at)) {
    validateElement(problems, block.element, 'input', `${at}/element`);
  }
}

function markdown(problems: Problems, block: Json, at: string): void {
  if (check.required(problems, block, 'text', at))
    check.shortString(problems, block.text, 12_000, `${at}/text`);
}

const RICH_PARTS = ['rich_text_section', 'rich_text_list', 'rich_text_quote', 'rich_text_preformatted'];

function richText(problems: Problems, block: Json, at: string): void {
  for (const [index, part] of check.items(problems, block.elements, 1, 1_000, `${at}/elements`).entries()) {
    const type = isObject(part) ? asText(part.type) : '';
    if (!RICH_PARTS.includes(type)) problems.add(`unsupported type: ${type}`, `${at}/elements/${index}/type`);
  }
  for (const part of objectsIn(block.elements)) {
    if (part.type === 'link') check.webUrl(problems, part.url, `${at}/elements`);
  }
}

const CELLS = ['raw_text', 'raw_number', 'rich_text'];

function table(problems: Problems, block: Json, at: string): void {
  if (block.column_settings !== undefined) {
    check.items(problems, block.column_settings, 0, 20, `${at}/column_settings`);
  }
  for (const [row, cells] of check.items(problems, block.rows, 1, 100, `${at}/rows`).entries()) {
    for (const [column, cell] of check.items(problems, cells, 1, 20, `${at}/rows/${row}`).entries()) {
      tableCell(problems, cell, `${at}/rows/${row}/${column}`);
    }
  }
  if (textLength(block.rows) > 10_000)
    problems.add('table_too_large: more than 10000 characters in all cells', at);
}

function tableCell(problems: Problems, cell: unknown, at: string): void {
  if (!check.object(problems, cell, at) || !check.typed(problems, cell, CELLS, at)) return;
  if (cell.type === 'rich_text') richText(problems, cell, at);
  else if (asText(cell.text).length === 0) problems.add('must be more than 0 characters', `${at}/text`);
}

function textLength(value: unknown): number {
  let sum = 0;
  for (const part of objectsIn(value)) if (typeof part.text === 'string') sum += part.text.length;
  return sum;
}

/**
 * Slack also refuses a message whose blocks hold too much text together (`msg_blocks_too_long`), and does not
 * say where the limit is: about 12,000 characters, of which each block takes some for itself
 * (github.com/slackapi/bolt-js/issues/2509 and 2867).
 */
export function blocksTooLong(blocks: readonly unknown[]): boolean {
  return textLength(asArray(blocks)) + blocks.length * 20 > 12_000;
}
