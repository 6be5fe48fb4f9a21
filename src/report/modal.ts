import type { InputBlock, KnownBlock, ModalView } from '@slack/types';
import { GuardiaError } from '../errors.ts';
import { atMost, plain } from './blocks.ts';
import { BLOCKS } from './ids.ts';

/** A modal holds more blocks than a message. */
const BLOCKS_AT_MOST = 100;
const REASON = 1_000;

/** What the button of a dialog says that leads to an action. */
export const SUBMIT = {
  request: 'Ask for approval',
  start: 'Start it',
  requestAllTheSame: 'Ask all the same',
  startAllTheSame: 'Start it all the same',
} as const;

/** Above what is shown anew. */
export const CHANGED =
  '⚠️ *This action was changed since.* Nothing was done. Read what it says now before you start it.';

interface Dialog {
  callback: string;
  metadata: string;
  title: string;
  submit?: string;
  close?: string;
  blocks: readonly (KnownBlock | null)[];
}

/** A modal within Slack's limits. Throws a GuardiaError when `metadata` is longer than Slack carries: never cut. */
export function dialog({ callback, metadata, title, submit, close = 'Not now', blocks }: Dialog): ModalView {
  if (metadata.length > 3_000) {
    throw new GuardiaError('bad-input', 'These parameters are too long for a dialog: use shorter values.');
  }
  return {
    type: 'modal',
    callback_id: callback,
    private_metadata: metadata,
    title: plain(title, 24),
    close: plain(close, 24),
    ...(submit ? { submit: plain(submit, 24) } : {}),
    blocks: atMost(blocks, BLOCKS_AT_MOST),
  };
}

/** Why, in people's own words. */
export function reasonInput(question: string, hint: string, optional = false): InputBlock {
  return {
    type: 'input',
    block_id: BLOCKS.reason,
    label: plain(question, 150),
    hint: plain(hint, 300),
    optional,
    element: { type: 'plain_text_input', action_id: BLOCKS.reason, multiline: true, max_length: REASON },
  };
}

/** A modal that is only read. */
export function reading(title: string, blocks: readonly (KnownBlock | null)[]): ModalView {
  return {
    type: 'modal',
    title: plain(title, 24),
    close: plain('Close', 24),
    blocks: atMost(blocks, BLOCKS_AT_MOST),
  };
}
