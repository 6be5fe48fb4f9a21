import type { KnownBlock } from '@slack/types';

/** A message as delivery takes it. `text` is its first line: what a phone's lock screen shows. */
export interface Message {
  text: string;
  blocks: readonly KnownBlock[];
}

/**
 * A picture that a block refers to before Slack knows it: `slack_file.id` is this prefix and the picture's key;
 * delivery uploads it first and puts Slack's id there.
 */
export const PICTURE_PREFIX = 'picture:';
