import type { Json } from '../json.ts';
import { asText, isObject } from '../json.ts';
import type { Problems } from './problems.ts';
import * as check from './problems.ts';

type Rule = (problems: Problems, element: Json, at: string) => void;

/** What every element that acts may carry. */
const ACTING = ['type', 'action_id', 'confirm', 'focus_on_load'];

function rule(fields: readonly string[], more: Rule): Rule {
  return (problems, element, at) => {
    check.onlyFields(problems, element, [...ACTING, ...fields], at);
    check.shortString(problems, element.action_id, 255, `${at}/action_id`);
    check.confirmDialog(problems, element.confirm, `${at}/confirm`);
    check.textObject(problems, element.placeholder, { max: 150, plain: true }, `${at}/placeholder`);
    more(problems, element, at);
  };
}

function nothingMore(): void {}

const button = rule(['text', 'value', 'url', 'style', 'accessibility_label'], (problems, element, at) => {
  check.required(problems, element, 'text', at);
  check.textObject(problems, element.text, { max: 75, plain: true }, `${at}/text`);
  check.shortString(problems, element.value, 2_000, `${at}/value`);
  check.webUrl(problems, element.url, `${at}/url`);
  check.oneOf(problems, element.style, ['primary', 'danger'], `${at}/style`);
  check.shortString(problems, element.accessibility_label, 75, `${at}/accessibility_label`);
});

/** Elements that offer a list: how many options, and whether these may use mrkdwn. */
function choice(max: number, plain: boolean, fields: readonly string[]): Rule {
  return rule(['options', ...fields], (problems, element, at) => {
    if (element.option_groups === undefined)
      options(problems, element.options, { max, plain }, `${at}/options`);
    else optionGroups(problems, element.option_groups, `${at}/option_groups`);
  });
}

/** Used for what the bot answers to type-ahead too. */
export function optionGroups(problems: Problems, value: unknown, at: string): void {
  for (const [index, group] of check.items(problems, value, 1, 100, at).entries()) {
    const here = `${at}/${index}`;
    if (!isObject(group)) {
      problems.add('must provide an object', here);
      continue;
    }
    check.required(problems, group, 'label', here);
    check.textObject(problems, group.label, { max: 75, plain: true }, `${here}/label`);
    options(problems, group.options, { max: 100, plain: true, min: 0 }, `${here}/options`);
  }
}

export function options(
  problems: Problems,
  value: unknown,
  bounds: { max: number; plain: boolean; min?: number },
  at: string,
): void {
  for (const [index, option] of check.items(problems, value, bounds.min ?? 1, bounds.max, at).entries()) {
    const here = `${at}/${index}`;
    if (!isObject(option)) {
      problems.add('must provide an object', here);
      continue;
    }
    check.onlyFields(problems, option, ['text', 'value', 'description', 'url'], here);
    check.required(problems, option, 'text', here);
    check.required(problems, option, 'value', here);
    check.textObject(problems, option.text, { max: 75, plain: bounds.plain }, `${here}/text`);
    check.shortString(problems, option.value, 150, `${here}/value`);
    check.textObject(problems, option.description, { max: 75, plain: bounds.plain }, `${here}/description`);
  }
}

const SELECT = ['placeholder', 'option_groups', 'initial_option'];
const INPUT = [
  'placeholder',
  'initial_value',
  'min_length',
  'max_length',
  'multiline',
  'dispatch_action_config',
];
const MANY = ['placeholder', 'max_selected_items'];

const plainTextInput = rule(INPUT, (problems, element, at) => {
  check.shortString(problems, element.initial_value, 3_000, `${at}/initial_value`);
  if (Number(element.max_length ?? 1) > 3_000) problems.add('must be less than 3001', `${at}/max_length`);
});

const numberInput = rule(
  [...INPUT, 'is_decimal_allowed', 'min_value', 'max_value'],
  (problems, element, at) => {
    check.required(problems, element, 'is_decimal_allowed', at);
  },
);

const image: Rule = (problems, element, at) => {
  check.onlyFields(problems, element, ['type', 'alt_text', 'image_url', 'slack_file'], at);
  check.imageSource(problems, element, at);
};

/** The elements that this workspace knows, each with its rule. */
const RULES: Readonly<Record<string, Rule>> = {
  button,
  image,
  overflow: choice(5, true, []),
  checkboxes: choice(10, false, ['initial_options']),
  radio_buttons: choice(10, false, ['initial_option']),
  datepicker: rule(['placeholder', 'initial_date'], nothingMore),
  timepicker: rule(['placeholder', 'initial_time', 'timezone'], nothingMore),
  datetimepicker: rule(['initial_date_time'], nothingMore),
  static_select: choice(100, true, SELECT),
  multi_static_select: choice(100, true, [...SELECT, ...MANY, 'initial_options']),
  external_select: rule(['placeholder', 'initial_option', 'min_query_length'], nothingMore),
  multi_external_select: rule([...MANY, 'initial_options', 'min_query_length'], nothingMore),
  users_select: rule(['placeholder', 'initial_user'], nothingMore),
  multi_users_select: rule([...MANY, 'initial_users'], nothingMore),
  conversations_select: rule(
    [
      'placeholder',
      'initial_conversation',
      'default_to_current_conversation',
      'response_url_enabled',
      'filter',
    ],
    nothingMore,
  ),
  channels_select: rule(['placeholder', 'initial_channel', 'response_url_enabled'], nothingMore),
  plain_text_input: plainTextInput,
  url_text_input: rule(INPUT, nothingMore),
  email_text_input: rule(INPUT, nothingMore),
  number_input: numberInput,
};

const PICKERS = ['datepicker', 'timepicker', 'checkboxes', 'radio_buttons'];
const SELECTS = Object.keys(RULES).filter((type) => type.endsWith('_select'));

/** Which elements stand where. */
const ELEMENTS_IN = {
  actions: ['button', 'overflow', 'datetimepicker', ...PICKERS, ...SELECTS],
  section: ['button', 'image', 'overflow', ...PICKERS, ...SELECTS],
  input: [
    ...['datetimepicker', ...PICKERS, ...SELECTS],
    ...['plain_text_input', 'url_text_input', 'email_text_input', 'number_input'],
  ],
} as const;

export function validateElement(
  problems: Problems,
  element: unknown,
  place: keyof typeof ELEMENTS_IN,
  at: string,
): void {
  if (!check.object(problems, element, at) || !check.typed(problems, element, ELEMENTS_IN[place], at)) return;
  RULES[asText(element.type)]?.(problems, element, at);
}

/** An action_id may stand once in a block. */
export function uniqueActions(
  problems: Problems,
  elements: readonly unknown[],
  block: Json,
  at: string,
): void {
  const seen = new Set<string>();
  for (const [index, element] of elements.entries()) {
    const id = isObject(element) ? asText(element.action_id) : '';
    if (id !== '' && seen.has(id)) {
      const message = `action_id \`${id}\` already exists for block_id \`${asText(block.block_id)}\``;
      problems.add(message, `${at}/${index}/action_id`);
    }
    seen.add(id);
  }
}
