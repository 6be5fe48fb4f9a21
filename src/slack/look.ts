import type { OutboxRow } from '../store/outbox.ts';
import type { SlackConnection } from './connection.ts';
import { failureOf } from './failures.ts';

/** How our messages are marked, so that one whose posting nobody saw end is found again. */
export const MARK = 'guardia';

const PAGES = 5;
/** Our clock and Slack's may differ. */
const CLOCK_SKEW_SECONDS = 120;

interface Marked {
  ts?: string;
  bot_id?: string;
  metadata?: { event_type?: string; event_payload?: Record<string, unknown> };
}

/** Looks for a message that may have been posted although no answer came; null when it does not stand there. */
export async function lookFor(
  connection: SlackConnection,
  row: Pick<OutboxRow, 'key' | 'channel' | 'threadTs' | 'createdAt'>,
): Promise<{ ts: string; version: number } | null> {
  const { botId } = connection.identity();
  let cursor: string | undefined;
  for (let page = 0; page < PAGES; page += 1) {
    const answer = await readPage(connection, row, cursor);
    const found = answer.messages.find((message) => isMarked(message, row.key, botId));
    if (found?.ts) {
      return { ts: found.ts, version: Number(found.metadata?.event_payload?.version) || 0 };
    }
    cursor = answer.next;
    if (!cursor) return null;
  }
  return null;
}

function isMarked(message: Marked, key: string, botId: string): boolean {
  const { metadata } = message;
  return message.bot_id === botId && metadata?.event_type === MARK && metadata.event_payload?.key === key;
}

async function readPage(
  { client }: SlackConnection,
  row: Pick<OutboxRow, 'channel' | 'threadTs' | 'createdAt'>,
  cursor: string | undefined,
): Promise<{ messages: Marked[]; next: string | undefined }> {
  const oldest = (row.createdAt.getTime() / 1_000 - CLOCK_SKEW_SECONDS).toFixed(6);
  const asked = { channel: row.channel, oldest, limit: 200, include_all_metadata: true, cursor };
  try {
    const answer = row.threadTs
      ? await client.conversations.replies({ ...asked, ts: row.threadTs })
      : await client.conversations.history(asked);
    return {
      messages: (answer.messages ?? []) as Marked[],
      next: answer.response_metadata?.next_cursor || undefined,
    };
  } catch (error) {
    if (failureOf(error).code === 'thread_not_found') return { messages: [], next: undefined };
    throw error;
  }
}
