import { sql } from 'kysely';
import type { Message } from '../report/message.ts';
import type { Database, Queries } from './database.ts';

/**
 * What should stand in Slack. Whoever has something to say states the wanted message under a key; delivery brings
 * Slack there. Saying it again under the same key is an edit, and edits that come faster than Slack takes them
 * coalesce by themselves: only the newest version is delivered.
 */
export interface Wanted {
  key: string;
  channel: string;
  /** Reply to another message of ours, or in a thread that Slack already has. */
  thread?: { key: string } | { ts: string };
  message: Message;
  /** 0 before 1 before 2: alerts and approvals first. */
  importance?: 0 | 1 | 2;
}

export interface WantedRow {
  key: string;
  channel: string;
  threadTs: string | null;
  payload: Message;
  version: number;
  ts: string | null;
  /** An earlier attempt to post it began and its end was not seen: look before posting again. */
  uncertain: boolean;
  attempts: number;
}

/** States what should stand there. Nothing changes when it says the same as before. */
export async function say(db: Queries, wanted: Wanted): Promise<void> {
  const payload = JSON.stringify(wanted.message);
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
          version: sql`message.version + 1`,
          attempts: 0,
          given_up: false,
          next_attempt_at: sql`least(message.next_attempt_at, now())`,
        })
        .where(sql<boolean>`message.payload is distinct from excluded.payload`),
    )
    .execute();
}

/**
 * Takes messages that are due, most important and oldest first, at most one a channel and call, so that threads
 * stay in order. A reply waits until its thread's first message has been posted. Taken rows are held off for
 * `holdSeconds`: whoever took them delivers or loses them by then.
 */
export async function takeDue(db: Database, limit: number, holdSeconds = 60): Promise<WantedRow[]> {
  const taken = await sql<TakenRow>`
    with due as (
      select m.key, m.posting, coalesce(m.thread_ts, parent.ts) as reply_to
      from message m left join message parent on parent.key = m.thread_key
      where m.delivered_version < m.version and not m.given_up and m.next_attempt_at <= now()
        and (m.thread_key is null or parent.ts is not null)
      order by m.importance, m.created_at
      limit ${limit}
      for update of m skip locked
    )
    update message set posting = true, attempts = attempts + 1, next_attempt_at = now() + make_interval(secs => ${holdSeconds})
    from due where message.key = due.key
    returning message.key, message.channel, due.reply_to, message.payload, message.version, message.ts,
              due.posting, message.attempts, message.importance, message.created_at`.execute(db);
  return taken.rows
    .sort((a, b) => a.importance - b.importance || a.created_at.getTime() - b.created_at.getTime())
    .map((row) => ({
      key: row.key,
      channel: row.channel,
      threadTs: row.reply_to,
      payload: row.payload,
      version: row.version,
      ts: row.ts,
      uncertain: row.posting && row.ts === null,
      attempts: row.attempts,
    }));
}

interface TakenRow {
  key: string;
  channel: string;
  reply_to: string | null;
  payload: Message;
  version: number;
  ts: string | null;
  posting: boolean;
  attempts: number;
  importance: number;
  created_at: Date;
}

/** Version `version` stands in Slack under `ts`; a newer version that came meanwhile is due at once. */
export async function delivered(db: Queries, key: string, version: number, ts: string): Promise<void> {
  await db
    .updateTable('message')
    .set({
      ts,
      delivered_version: version,
      posting: false,
      attempts: 0,
      last_error: null,
      next_attempt_at: sql`now()`,
    })
    .where('key', '=', key)
    .execute();
}

/** It did not work: try again after `seconds`, or never. `uncertain` keeps the mark that it may stand there all the same. */
export async function putOff(
  db: Queries,
  key: string,
  outcome: { seconds: number; error: string; uncertain: boolean; giveUp?: boolean },
): Promise<void> {
  await db
    .updateTable('message')
    .set({
      posting: outcome.uncertain,
      last_error: outcome.error.slice(0, 500),
      given_up: outcome.giveUp ?? false,
      next_attempt_at: sql`now() + make_interval(secs => ${outcome.seconds})`,
    })
    .where('key', '=', key)
    .execute();
}

/** The message stands no longer in Slack (somebody deleted it): the next version is posted anew. */
export async function forgotten(db: Queries, key: string): Promise<void> {
  await db
    .updateTable('message')
    .set({ ts: null, posting: false, next_attempt_at: sql`now()` })
    .where('key', '=', key)
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

/** How long until the next message may be due, in milliseconds; null when none waits. */
export async function nextDueIn(db: Queries): Promise<number | null> {
  const row = await db
    .selectFrom('message')
    .select(sql<number | null>`(extract(epoch from min(next_attempt_at) - now()) * 1000)::float8`.as('ms'))
    .where((where) =>
      where.and([where('given_up', '=', false), where('delivered_version', '<', where.ref('version'))]),
    )
    .executeTakeFirst();
  return row?.ms ?? null;
}
