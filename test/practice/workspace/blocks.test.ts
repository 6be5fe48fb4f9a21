import { describe, expect, it } from '@jest/globals';
import type { Surface } from '../../../src/practice/workspace/block-kit/blocks.ts';
import { blocksTooLong, validateBlocks } from '../../../src/practice/workspace/block-kit/blocks.ts';
import { createProblems } from '../../../src/practice/workspace/block-kit/problems.ts';
import { validateView } from '../../../src/practice/workspace/block-kit/view-rules.ts';

function problems(blocks: unknown, surface: Surface = 'message'): string[] {
  const found = createProblems((id) => id === 'F0READY000');
  validateBlocks(found, blocks, surface, '/blocks');
  return found.list();
}

function viewProblems(view: object, type: 'modal' | 'home' = 'modal'): string[] {
  const found = createProblems(() => false);
  validateView(found, { type, title: plain('Diagnose'), blocks: [], ...view }, type);
  return found.list();
}

const plain = (text: string) => ({ type: 'plain_text', text });
const mrkdwn = (text: string) => ({ type: 'mrkdwn', text });
const section = (more: object = {}) => ({ type: 'section', text: mrkdwn('x'), ...more });
const button = (more: object = {}) => ({
  type: 'button',
  text: plain('Approve'),
  action_id: 'approve',
  ...more,
});
const actions = (...elements: object[]) => ({ type: 'actions', elements });
const option = (value: string, text = value) => ({ text: plain(text), value });
const select = (more: object = {}) => ({
  type: 'static_select',
  action_id: 's',
  options: [option('a')],
  ...more,
});
const input = (element: object, more: object = {}) => ({
  type: 'input',
  label: plain('Why'),
  element,
  ...more,
});
const textInput = (more: object = {}) => ({ type: 'plain_text_input', action_id: 'why', ...more });
const table = (rows: object[][], more: object = {}) => ({ type: 'table', rows, ...more });
const cell = (text: string) => ({ type: 'raw_text', text });
const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));
const long = (length: number) => 'x'.repeat(length);

describe('blocks that Slack takes', () => {
  it.each<[string, unknown]>([
    [
      'every kind of block',
      [
        section({ fields: times(10, () => mrkdwn(long(2_000))), accessory: button({ style: 'danger' }) }),
        { type: 'header', text: plain(long(150)) },
        { type: 'divider' },
        { type: 'context', elements: times(10, () => mrkdwn('x')) },
        actions(
          ...times(25, (index) =>
            button({ action_id: `a${index}`, value: long(2_000), text: plain(long(75)) }),
          ),
        ),
        { type: 'image', alt_text: 'chart', image_url: 'https://example.com/a.png', title: plain('Jobs') },
        { type: 'image', alt_text: 'chart', slack_file: { id: 'F0READY000' } },
        { type: 'markdown', text: long(12_000) },
        {
          type: 'rich_text',
          elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text: 'x' }] }],
        },
        table(
          times(100, () => times(20, () => cell('12345'))),
          { column_settings: [{ align: 'right' }] },
        ),
        input(textInput({ multiline: true }), { optional: true }),
      ],
    ],
    ['fifty of them', times(50, () => ({ type: 'divider' }))],
    [
      'a select of a hundred options',
      [actions(select({ options: times(100, (index) => option(`${index}`)) }))],
    ],
    [
      'a confirm dialog at its lengths',
      [
        actions(
          button({
            confirm: {
              title: plain(long(100)),
              text: mrkdwn(long(300)),
              confirm: plain(long(30)),
              deny: plain(long(30)),
              style: 'danger',
            },
          }),
        ),
      ],
    ],
    ['one action_id in two blocks', [actions(button()), actions(button())]],
  ])('are %s', (_, blocks) => {
    expect(problems(blocks)).toEqual([]);
  });
});

describe('blocks that Slack refuses', () => {
  it.each<[string, unknown, string]>([
    [
      '51 blocks',
      times(51, () => ({ type: 'divider' })),
      'no more than 50 items allowed [json-pointer:/blocks]',
    ],
    [
      'a block of an unknown type',
      [{ type: 'blink' }],
      'unsupported type: blink [json-pointer:/blocks/0/type]',
    ],
    [
      'a field that no block has',
      [section({ color: 'red' })],
      'invalid additional property: color [json-pointer:/blocks/0]',
    ],
    [
      'a section that says nothing',
      [{ type: 'section' }],
      'missing required field: text [json-pointer:/blocks/0]',
    ],
    [
      'empty text',
      [section({ text: mrkdwn('') })],
      'must be more than 0 characters [json-pointer:/blocks/0/text/text]',
    ],
    [
      'a section of 3,001 characters',
      [section({ text: mrkdwn(long(3_001)) })],
      'must be less than 3001 characters [json-pointer:/blocks/0/text/text]',
    ],
    [
      'eleven fields',
      [section({ fields: times(11, () => mrkdwn('x')) })],
      'no more than 10 items allowed [json-pointer:/blocks/0/fields]',
    ],
    [
      'a field of 2,001 characters',
      [section({ fields: [mrkdwn(long(2_001))] })],
      'must be less than 2001 characters [json-pointer:/blocks/0/fields/0/text]',
    ],
    [
      'mrkdwn in a header',
      [{ type: 'header', text: mrkdwn('x') }],
      'unsupported type: mrkdwn [json-pointer:/blocks/0/text/type]',
    ],
    [
      'a header of 151 characters',
      [{ type: 'header', text: plain(long(151)) }],
      'must be less than 151 characters [json-pointer:/blocks/0/text/text]',
    ],
    [
      'eleven context elements',
      [{ type: 'context', elements: times(11, () => mrkdwn('x')) }],
      'no more than 10 items allowed [json-pointer:/blocks/0/elements]',
    ],
    [
      'a button in a context',
      [{ type: 'context', elements: [button()] }],
      'unsupported type: button [json-pointer:/blocks/0/elements/0/type]',
    ],
    [
      '26 actions',
      [actions(...times(26, (index) => button({ action_id: `a${index}` })))],
      'no more than 25 items allowed [json-pointer:/blocks/0/elements]',
    ],
    ['no actions', [actions()], 'no fewer than 1 items allowed [json-pointer:/blocks/0/elements]'],
    [
      'an unknown element',
      [actions({ type: 'knob' })],
      'unsupported type: knob [json-pointer:/blocks/0/elements/0/type]',
    ],
    [
      'a text input among actions',
      [actions(textInput())],
      'unsupported type: plain_text_input [json-pointer:/blocks/0/elements/0/type]',
    ],
    [
      'button text of 76 characters',
      [actions(button({ text: plain(long(76)) }))],
      'must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]',
    ],
    [
      'mrkdwn on a button',
      [actions(button({ text: mrkdwn('*x*') }))],
      'unsupported type: mrkdwn [json-pointer:/blocks/0/elements/0/text/type]',
    ],
    [
      'a button value of 2,001 characters',
      [actions(button({ value: long(2_001) }))],
      'must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]',
    ],
    [
      'a style that does not exist',
      [actions(button({ style: 'green' }))],
      'value must be one of: primary, danger [json-pointer:/blocks/0/elements/0/style]',
    ],
    [
      'a javascript: address on a button',
      [actions(button({ url: 'javascript:alert(1)' }))],
      'invalid url: must start with http:// or https:// [json-pointer:/blocks/0/elements/0/url]',
    ],
    [
      'a data: address in an image',
      [{ type: 'image', alt_text: 'x', image_url: 'data:image/png;base64,AA' }],
      'invalid url: must start with http:// or https:// [json-pointer:/blocks/0/image_url]',
    ],
    [
      'a javascript: link in rich text',
      [
        {
          type: 'rich_text',
          elements: [{ type: 'rich_text_section', elements: [{ type: 'link', url: 'javascript:x' }] }],
        },
      ],
      'invalid url: must start with http:// or https:// [json-pointer:/blocks/0/elements]',
    ],
    [
      'an image without alternative text',
      [{ type: 'image', image_url: 'https://example.com/a.png' }],
      'missing required field: alt_text [json-pointer:/blocks/0]',
    ],
    [
      'an image from nowhere',
      [{ type: 'image', alt_text: 'x' }],
      'must provide exactly one of: image_url, slack_file [json-pointer:/blocks/0]',
    ],
    [
      'a file that is not ready',
      [{ type: 'image', alt_text: 'x', slack_file: { id: 'F0ABSENT00' } }],
      'invalid slack file [json-pointer:/blocks/0/slack_file]',
    ],
    [
      'one action_id twice in a block',
      [{ ...actions(button(), button()), block_id: 'b' }],
      'action_id `approve` already exists for block_id `b` [json-pointer:/blocks/0/elements/1/action_id]',
    ],
    [
      'one block_id twice',
      [section({ block_id: 'b' }), section({ block_id: 'b' })],
      'block_id `b` already exists [json-pointer:/blocks/1/block_id]',
    ],
    [
      'an action_id of 256 characters',
      [actions(button({ action_id: long(256) }))],
      'must be less than 256 characters [json-pointer:/blocks/0/elements/0/action_id]',
    ],
    [
      '101 options',
      [actions(select({ options: times(101, (index) => option(`${index}`)) }))],
      'no more than 100 items allowed [json-pointer:/blocks/0/elements/0/options]',
    ],
    [
      'an option text of 76 characters',
      [actions(select({ options: [option('a', long(76))] }))],
      'must be less than 76 characters [json-pointer:/blocks/0/elements/0/options/0/text/text]',
    ],
    [
      'six entries in an overflow menu',
      [actions({ type: 'overflow', options: times(6, (index) => option(`${index}`)) })],
      'no more than 5 items allowed [json-pointer:/blocks/0/elements/0/options]',
    ],
    [
      'a confirm title of 101 characters',
      [actions(button({ confirm: { title: plain(long(101)), text: plain('x') } }))],
      'must be less than 101 characters [json-pointer:/blocks/0/elements/0/confirm/title/text]',
    ],
    [
      'a confirm text of 301 characters',
      [actions(button({ confirm: { text: plain(long(301)) } }))],
      'must be less than 301 characters [json-pointer:/blocks/0/elements/0/confirm/text/text]',
    ],
    [
      'a confirm button of 31 characters',
      [actions(button({ confirm: { text: plain('x'), confirm: plain(long(31)) } }))],
      'must be less than 31 characters [json-pointer:/blocks/0/elements/0/confirm/confirm/text]',
    ],
    [
      'a table of 101 rows',
      [table(times(101, () => [cell('x')]))],
      'no more than 100 items allowed [json-pointer:/blocks/0/rows]',
    ],
    [
      'a table of 21 columns',
      [table([times(21, () => cell('x'))])],
      'no more than 20 items allowed [json-pointer:/blocks/0/rows/0]',
    ],
    [
      'an empty table cell',
      [table([[cell('')]])],
      'must be more than 0 characters [json-pointer:/blocks/0/rows/0/0/text]',
    ],
    [
      'two tables',
      [table([[cell('x')]]), table([[cell('x')]])],
      'only_one_table_allowed [json-pointer:/blocks/1]',
    ],
    [
      '12,001 characters of markdown',
      [{ type: 'markdown', text: long(12_001) }],
      'must be less than 12001 characters [json-pointer:/blocks/0/text]',
    ],
    [
      'an input without a label',
      [{ type: 'input', element: textInput() }],
      'missing required field: label [json-pointer:/blocks/0]',
    ],
    ['something that is no list', 'blocks', 'must provide an array [json-pointer:/blocks]'],
  ])('have %s', (_, blocks, problem) => {
    expect(problems(blocks)).toContain(problem);
  });

  it('have more text together than Slack takes in one message', () => {
    expect(blocksTooLong(times(4, () => section({ text: mrkdwn(long(2_900)) })))).toBe(false);
    expect(blocksTooLong(times(5, () => section({ text: mrkdwn(long(2_900)) })))).toBe(true);
  });
});

describe('a view', () => {
  it('takes a hundred blocks, a modal and App Home alike, and no more', () => {
    const blocks = (count: number) => ({ blocks: times(count, () => ({ type: 'divider' })) });
    expect(viewProblems(blocks(100))).toEqual([]);
    expect(viewProblems(blocks(101))).toEqual(['no more than 100 items allowed [json-pointer:/view/blocks]']);
    expect(viewProblems({ title: undefined, ...blocks(100) }, 'home')).toContain(
      'invalid additional property: title [json-pointer:/view]',
    );
    expect(
      problems(
        times(101, () => ({ type: 'divider' })),
        'home',
      ),
    ).toHaveLength(1);
  });

  it.each([
    [
      'title of 25 characters',
      { title: plain(long(25)) },
      'must be less than 25 characters [json-pointer:/view/title/text]',
    ],
    [
      'submit button of 25 characters',
      { submit: plain(long(25)) },
      'must be less than 25 characters [json-pointer:/view/submit/text]',
    ],
    [
      'close button of 25 characters',
      { close: plain(long(25)) },
      'must be less than 25 characters [json-pointer:/view/close/text]',
    ],
    ['title missing', { title: undefined }, 'missing required field: title [json-pointer:/view]'],
    [
      'private_metadata of 3,001 characters',
      { private_metadata: long(3_001) },
      'must be less than 3001 characters [json-pointer:/view/private_metadata]',
    ],
    [
      'callback_id of 256 characters',
      { callback_id: long(256) },
      'must be less than 256 characters [json-pointer:/view/callback_id]',
    ],
    [
      'question that cannot be submitted',
      { blocks: [input(textInput())] },
      'missing required field: submit [json-pointer:/view]',
    ],
    [
      'table',
      { blocks: [table([[cell('x')]])] },
      'unsupported type: table [json-pointer:/view/blocks/0/type]',
    ],
    [
      'markdown block',
      { blocks: [{ type: 'markdown', text: 'x' }] },
      'unsupported type: markdown [json-pointer:/view/blocks/0/type]',
    ],
    [
      'placeholder of 151 characters',
      { submit: plain('OK'), blocks: [input(textInput({ placeholder: plain(long(151)) }))] },
      'must be less than 151 characters [json-pointer:/view/blocks/0/element/placeholder/text]',
    ],
  ])('with a %s is refused', (_, view, problem) => {
    expect(viewProblems(view)).toContain(problem);
  });
});
