import type { Json } from '../json.ts';
import { asArray, asObject, asText, isObject, objectsIn } from '../json.ts';
import { valueField } from '../views.ts';

/** An element that can be used, and the block it stands in. */
interface Found {
  block: Json;
  element: Json;
}

function usable(blocks: readonly unknown[]): Found[] {
  return blocks.filter(isObject).flatMap((block) => {
    const elements = [...asArray(block.elements), block.accessory, block.element].filter(isObject);
    return elements
      .filter((element) => element.action_id !== undefined)
      .map((element) => ({ block, element }));
  });
}

export function labelOf(element: Json): string {
  return asText(asObject(element.text).text);
}

/** The element with this action_id, or the button that says so; throws with what there is instead. */
export function findElement(blocks: readonly unknown[], wanted: string): Found {
  const all = usable(blocks);
  const found =
    all.find(({ element }) => element.action_id === wanted) ??
    all.find(({ element }) => labelOf(element) === wanted);
  if (found !== undefined) return found;
  const there = all.map(
    ({ element }) => `${asText(element.action_id)} (${labelOf(element) || asText(element.type)})`,
  );
  throw new Error(`There is nothing to use called "${wanted}". There is: ${there.join(', ') || 'nothing'}`);
}

/** What an element sends when it is used. */
export function actionOf({ block, element }: Found, extra: Json): Json {
  const { type, action_id, text, value, style, url } = element;
  const action = { type, action_id, block_id: block.block_id, text, value, style, url, ...extra };
  return JSON.parse(JSON.stringify(action)) as Json;
}

/** What a test wants entered: text, a value's name, several of them, or the state value itself. */
export type Entry = string | string[] | Json;

/** Entries by block_id, action_id or label, as the state of a view. */
export function enteredValues(
  blocks: readonly unknown[],
  entries: Record<string, Entry>,
): Record<string, Record<string, Json>> {
  const values: Record<string, Record<string, Json>> = {};
  for (const [key, entry] of Object.entries(entries)) {
    const found = usable(blocks).find(
      ({ block, element }) =>
        block.block_id === key || element.action_id === key || asText(asObject(block.label).text) === key,
    );
    if (found === undefined) throw new Error(`The view has no input called "${key}"`);
    const block = asText(found.block.block_id);
    values[block] = { ...values[block], [asText(found.element.action_id)]: stateValue(found.element, entry) };
  }
  return values;
}

function stateValue(element: Json, entry: Entry): Json {
  const type = asText(element.type);
  if (isObject(entry)) return { type, ...entry };
  const field = valueField(type);
  const isOption = field.startsWith('selected_option');
  const one = (value: string) => (isOption ? optionOf(element, value) : value);
  const chosen = Array.isArray(entry) ? entry.map(one) : one(entry);
  return { type, [field]: field.endsWith('s') && !Array.isArray(chosen) ? [chosen] : chosen };
}

/** The element's own option with that value or text; for type-ahead whatever the test says. */
function optionOf(element: Json, wanted: string): Json {
  for (const option of objectsIn([element.options, element.option_groups])) {
    if (option.value === wanted || (option.value !== undefined && labelOf(option) === wanted)) return option;
  }
  if (!asText(element.type).includes('external')) throw new Error(`There is no option called "${wanted}"`);
  return { text: { type: 'plain_text', text: wanted }, value: wanted };
}

/** Everything that a message or a view says, in one text. */
export function plainText(shown: { text?: string; blocks?: readonly unknown[] }): string {
  const parts = [shown.text ?? ''];
  for (const part of objectsIn(shown.blocks ?? [])) if (typeof part.text === 'string') parts.push(part.text);
  return parts.join('\n');
}
