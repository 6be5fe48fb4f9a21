import type {
  ActionsBlock,
  Button,
  ContextBlock,
  ImageBlock,
  KnownBlock,
  MrkdwnElement,
  PlainTextElement,
  SectionBlock,
} from '@slack/types';
import { type Message, PICTURE_PREFIX } from './message.ts';
import type { Picture } from './states.ts';
import { cut, joinWithin, label } from './text.ts';

/** Blocks that are within Slack's limits whatever goes in; what would be empty is null, since Slack refuses it. */

const BLOCKS = 50;
/** An update with a longer text is refused. */
const TEXT = 3_900;

type Maybe<T> = T | null | undefined | false | '';

/** `verbatim` keeps Slack from turning names and addresses in the text into mentions and links. */
function mrkdwn(text: string): MrkdwnElement {
  return { type: 'mrkdwn', text, verbatim: true };
}

export function plain(text: string, limit: number): PlainTextElement {
  return { type: 'plain_text', text: label(text, limit), emoji: true };
}

/** `first` is the message's plain first line, escaped already. */
export function message(first: string, blocks: readonly Maybe<KnownBlock>[]): Message {
  return { text: cut(first, TEXT), blocks: atMost(blocks, BLOCKS) };
}

export function atMost(blocks: readonly Maybe<KnownBlock>[], limit: number): KnownBlock[] {
  const kept = blocks.filter((block): block is KnownBlock => Boolean(block));
  if (kept.length <= limit) return kept;
  const note: ContextBlock = {
    type: 'context',
    elements: [mrkdwn(`… (cut: ${kept.length - limit + 1} more)`)],
  };
  return [...kept.slice(0, limit - 1), note];
}

export function section(lines: readonly Maybe<string>[], accessory?: Button | null): SectionBlock | null {
  const text = joinWithin(present(lines), 3_000);
  if (text.trim() === '') return null;
  return { type: 'section', text: mrkdwn(text), expand: true, ...(accessory ? { accessory } : {}) };
}

/** Pairs of a name and its value, two columns wide on a wide screen. */
export function fields(pairs: readonly Maybe<readonly [name: string, value: string]>[]): SectionBlock | null {
  const kept = pairs.filter((pair): pair is readonly [string, string] => Boolean(pair)).slice(0, 10);
  if (kept.length === 0) return null;
  return {
    type: 'section',
    fields: kept.map(([name, value]) => mrkdwn(joinWithin([`*${name}*`, ...value.split('\n')], 2_000))),
  };
}

/** Small print, parts apart by a dot. */
export function context(parts: readonly Maybe<string>[]): ContextBlock | null {
  const text = joinWithin(present(parts), 2_900, ' · ');
  return text === '' ? null : { type: 'context', elements: [mrkdwn(text)] };
}

/** Buttons in a row, at most 25, no two with the same id. */
export function actions(buttons: readonly Maybe<Button>[]): ActionsBlock | null {
  const byId = new Map<string, Button>();
  for (const button of buttons) {
    if (button && !byId.has(button.action_id ?? '')) byId.set(button.action_id ?? '', button);
  }
  return byId.size === 0 ? null : { type: 'actions', elements: [...byId.values()].slice(0, 25) };
}

export function image(picture: Picture): ImageBlock {
  return {
    type: 'image',
    slack_file: { id: `${PICTURE_PREFIX}${picture.key}` },
    alt_text: label(picture.alt || picture.title, 1_000),
    title: plain(picture.title, 200),
  };
}

function present(lines: readonly Maybe<string>[]): string[] {
  return lines.filter((line): line is string => Boolean(line));
}
