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

/**
 * Where another message of ours stands, before Slack says so: a link to this prefix and the message's key. Delivery puts
 * the address there; as long as there is none, the words of the link stand alone.
 */
export const MESSAGE_PREFIX = 'message:';
