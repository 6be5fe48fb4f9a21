import { describe, expect, it } from '@jest/globals';
import type { KnownBlock } from '@slack/types';
import { collectValues, entryKey, problemsOf } from '../../../src/practice/workspace/page/state/values.ts';

const plain = (text: string) => ({ type: 'plain_text' as const, text });
const option = (value: string) => ({ text: plain(value), value });

const REASON: KnownBlock = {
  type: 'input',
  block_id: 'reason',
  label: plain('Reason'),
  element: { type: 'plain_text_input', action_id: 'text', min_length: 5 },
};
const QUEUE: KnownBlock = {
  type: 'input',
  block_id: 'queue',
  label: plain('Queue'),
  element: {
    type: 'static_select',
    action_id: 'pick',
    options: [option('celery')],
    initial_option: option('celery'),
  },
};
const COUNT: KnownBlock = {
  type: 'input',
  block_id: 'count',
  label: plain('Replicas'),
  optional: true,
  element: {
    type: 'number_input',
    action_id: 'n',
    is_decimal_allowed: false,
    min_value: '1',
    max_value: '9',
  },
};
const ACTIONS: KnownBlock = {
  type: 'actions',
  block_id: 'acts',
  elements: [
    { type: 'button', action_id: 'go', text: plain('Go') },
    { type: 'users_select', action_id: 'who', initial_user: 'U1' },
  ],
};

describe('the values of a view', () => {
  it('has what was entered, and what each element began with', () => {
    const entries = { [entryKey('reason', 'text')]: { type: 'plain_text_input', value: 'a replay' } };
    expect(collectValues([REASON, QUEUE, ACTIONS], entries)).toEqual({
      reason: { text: { type: 'plain_text_input', value: 'a replay' } },
      queue: { pick: { type: 'static_select', selected_option: option('celery') } },
      acts: { who: { type: 'users_select', selected_user: 'U1' } },
    });
  });

  it('is null for what was left empty', () => {
    expect(collectValues([REASON], {})).toEqual({
      reason: { text: { type: 'plain_text_input', value: null } },
    });
  });
});

describe('what keeps a view from being sent', () => {
  function problemsWith(block: string, action: string, type: string, value: unknown) {
    const blocks = [REASON, QUEUE, COUNT];
    return problemsOf(blocks, collectValues(blocks, { [entryKey(block, action)]: { type, value } }))[block];
  }

  it('is a required field without a value', () => {
    expect(problemsOf([REASON, QUEUE, COUNT], collectValues([REASON, QUEUE, COUNT], {}))).toEqual({
      reason: 'Please complete this required field.',
    });
  });

  it.each([
    ['reason', 'text', 'plain_text_input', 'four', 'Please enter at least 5 characters.'],
    ['reason', 'text', 'plain_text_input', 'five!', undefined],
    ['count', 'n', 'number_input', 'many', 'Please enter a number.'],
    ['count', 'n', 'number_input', '1.5', 'Please enter a whole number.'],
    ['count', 'n', 'number_input', '0', 'Please enter 1 or more.'],
    ['count', 'n', 'number_input', '10', 'Please enter 9 or less.'],
    ['count', 'n', 'number_input', '3', undefined],
  ])('says of %s %s %s %j: %s', (block, action, type, value, problem) => {
    expect(problemsWith(block, action, type, value)).toBe(problem);
  });
});
