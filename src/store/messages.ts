import { sql } from 'kysely';
import type { Message } from '../report/message.ts';
import type { Queries } from './database.ts';
import type { Importance } from './importance.ts';
import { json } from './json.ts';

/**
 * What should stand in Slack. Whoever has something to say states the wanted message under a key; delivery
 * (store/outbox.ts, slack/delivery.ts) brings Slack there. Saying it again under the same key is an edit, and edits
 * that come faster than Slack takes them coalesce by themselves: only the newest version is delivered.
 */
export interface Wanted {
  key: string;
  channel: string;
  /** Reply to another message of ours, or in a thread that Slack already has. */
  thread?: { key: string } | { ts: string };
  message: Message;
  /** 1 unless it says so: what somebody waits for. */
  importance?: Importance;
}

/** States what should stand there. Nothing changes when it says the same as before. */
export async function say(db: Queries, wanted: Wanted): Promise<void> {
  const payload = json(wanted.message);
  await db
    .insertInto('message')
    .values({
      key: wanted.key,
      channel: wanted.channel,
      thread_key: wanted.thread && 'key' in wanted.thread ? wanted.thread.key : null,
      thread_ts: wanted.thread && 'ts' in wanted.thread ? wanted.thread.ts : null,
      payload,
      importance: wanted.importance ?? 1,
    })
    .onConflict((conflict) =>
      conflict
        .column('key')
        .doUpdateSet({
          payload,
          importance: wanted.importance ?? 1,
          version: sql`message.version + 1`,
          wanted_at: sql`case when message.delivered_version < message.version then message.wanted_at else now() end`,
          ...{ attempts: 0, strikes: 0, given_up: false, passable: false },
          next_attempt_at: sql`least(message.next_attempt_at, now())`,
        })
        .where(sql<boolean>`message.payload is distinct from excluded.payload`),
    )
    .execute();
}

/** Where a message stands, once it does. */
export async function placeOf(
  db: Queries,
  key: string,
): Promise<{ channel: string; ts: string; threadTs: string | null } | null> {
  const row = await db
    .selectFrom('message as m')
    .leftJoin('message as parent', 'parent.key', 'm.thread_key')
    .select(['m.channel', 'm.ts', sql<string | null>`coalesce(m.thread_ts, parent.ts)`.as('thread')])
    .where('m.key', '=', key)
    .executeTakeFirst();
  return row?.ts ? { channel: row.channel, ts: row.ts, threadTs: row.thread } : null;
}

/** Longer a message that was not posted yet does not wait for one that it leads to. */
const SOON_SECONDS = 1;

/**
 * Where messages stand that the one under `from` leads to; `ts` is null for one that is yet to be posted. That will be
 * `soon` when it was said before the new message that leads to it.
 */
export async function linkedFrom(
  db: Queries,
  from: string,
  keys: readonly string[],
): Promise<{ key: string; channel: string; ts: string | null; threadTs: string | null; soon: boolean }[]> {
  return db
    .selectFrom('message as m')
    .innerJoin('message as self', (join) => join.on('self.key', '=', from))
    .leftJoin('message as parent', 'parent.key', 'm.thread_key')
    .select([
      ...(['m.key', 'm.channel', 'm.ts'] as const),
      sql<string | null>`coalesce(m.thread_ts, parent.ts)`.as('threadTs'),
      sql<boolean>`m.ts is null and not m.given_up and m.seq < self.seq and self.ts is null
        and self.created_at > now() - make_interval(secs => ${SOON_SECONDS})`.as('soon'),
    ])
    .where('m.key', 'in', keys)
    .execute();
}

/** The message of ours that stands at this place in Slack, as it should read now; null when it is not ours. */
export async function standingAt(
  db: Queries,
  channel: string,
  ts: string,
): Promise<{ key: string; payload: Message } | null> {
  const row = await db
    .selectFrom('message')
    .select(['key', 'payload'])
    .where('channel', '=', channel)
    .where('ts', '=', ts)
    .executeTakeFirst();
  return row ? { key: row.key, payload: row.payload as Message } : null;
}
