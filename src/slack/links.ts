import type { KnownBlock } from '@slack/types';
import { MESSAGE_PREFIX } from '../report/message.ts';
import type { Database } from '../store/database.ts';
import { linkedFrom } from '../store/messages.ts';
import type { OutboxRow } from '../store/outbox.ts';
import type { SlackConnection } from './connection.ts';

/** Blocks with the addresses of those messages of ours that they lead to. */
interface Linked {
  blocks: readonly KnownBlock[];
  /** Whether one of those does not stand in Slack yet: its words stand alone. */
  missing: boolean;
  /** Whether it may be waited for, since it will in a moment. */
  soon: boolean;
}

const LINK = new RegExp(`<${MESSAGE_PREFIX}([^|>]+)\\|([^>]*)>`, 'g');
/** Slack takes no longer text in a block. */
const TEXT = 3_000;

/** Puts addresses where other messages of ours are named. */
export async function fillLinks(
  { db, connection }: { db: Database; connection: Pick<SlackConnection, 'permalink'> },
  { key, payload: { blocks } }: Pick<OutboxRow, 'key' | 'payload'>,
): Promise<Linked> {
  const keys = linksIn(blocks);
  if (keys.length === 0) return { blocks, missing: false, soon: false };
  const places = await linkedFrom(db, key, keys);
  const addresses = new Map(
    places.flatMap((one) =>
      one.ts ? [[one.key, connection.permalink(one.channel, one.ts, one.threadTs)] as const] : [],
    ),
  );
  return {
    blocks: blocks.map((block) => replace(block, addresses) as KnownBlock),
    missing: addresses.size < keys.length,
    soon: places.some((one) => one.soon),
  };
}

/** The keys of the messages that these blocks lead to. */
export function linksIn(blocks: readonly KnownBlock[]): string[] {
  return [...new Set([...JSON.stringify(blocks).matchAll(LINK)].map(([, key = '']) => key))];
}

/** Only where Guardia writes markup: elsewhere it would stand there as it is. */
function replace(value: unknown, addresses: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(value)) return value.map((part) => replace(part, addresses));
  if (typeof value !== 'object' || value === null) return value;
  const { type, text } = value as { type?: unknown; text?: unknown };
  if (type === 'mrkdwn' && typeof text === 'string') return { ...value, text: linked(text, addresses) };
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, replace(part, addresses)]));
}

function linked(text: string, addresses: ReadonlyMap<string, string>): string {
  const whole = text.replace(LINK, (_, key: string, words: string) => {
    const address = addresses.get(key);
    return address ? `<${address}|${words}>` : words;
  });
  return whole.length <= TEXT ? whole : text.replace(LINK, '$2');
}
