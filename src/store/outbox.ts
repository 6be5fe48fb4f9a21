import { type RawBuilder, sql } from 'kysely';
import type { Message } from '../report/message.ts';
import type { Database, Queries } from './database.ts';
import type { Wanted } from './messages.ts';
import { allowanceMs, POST, UPDATE } from './pace.ts';

/**
 * The delivering side of store/messages.ts. A message is taken on a lease: whoever took it delivers it, puts it off
 * or dies, and then another replica may take it.
 */
export interface OutboxRow {
  key: string;
  channel: string;
  threadTs: string | null;
  payload: Message;
  version: number;
  deliveredVersion: number;
  ts: string | null;
  /** An earlier attempt to post it began and its end was not seen: look before posting again. */
  uncertain: boolean;
  /** Version `deliveredVersion` stands there without its pictures. */
  bare: boolean;
  /** Counts this attempt. */
  attempts: number;
  createdAt: Date;
}

/** Longer than anybody who took a message may work on it. */
const LEASE_SECONDS = 30;

/**
 * Takes what is due: at most one message to post a channel, the most important first, and edits. A reply waits for
 * its thread's first message and for the replies that were said before it, so that a thread tells the story in order.
 * Nothing is taken that Slack's rate limits would not let through now.
 */
export async function takeDue(
  db: Database,
  options: { limit: number; busy: readonly string[]; by: string },
): Promise<OutboxRow[]> {
  const taken = await sql<TakenRow>`
    with ready as (
      select distinct on (case when m.ts is null then m.channel else m.key end) m.key, m.importance, m.seq, ${urgency} as urgency
      ${waiting(options.busy)} and ${dueAt} <= now()
      order by case when m.ts is null then m.channel else m.key end, m.importance, m.seq
    ), due as (
      select m.key, m.uncertain, coalesce(m.thread_ts, parent.ts) as reply_to
      from message m left join message parent on parent.key = m.thread_key
      where m.key in (select key from ready order by urgency, seq limit ${options.limit})
        and m.next_attempt_at <= now() and (m.taken_until is null or m.taken_until <= now())
      for update of m skip locked
    )
    update message m set uncertain = m.ts is null, attempts = attempts + 1, taken_by = ${options.by},
           taken_until = now() + make_interval(secs => ${LEASE_SECONDS})
    from due where m.key = due.key
    returning m.key, m.channel, due.reply_to, m.payload, m.version, m.delivered_version, m.ts, due.uncertain, m.bare,
              m.attempts, m.created_at, ${urgency} as urgency, m.seq`.execute(db);
  return taken.rows
    .sort((a, b) => Number(a.urgency) - Number(b.urgency) || Number(a.seq) - Number(b.seq))
    .map((row) => ({
      key: row.key,
      channel: row.channel,
      threadTs: row.reply_to,
      payload: row.payload,
      version: row.version,
      deliveredVersion: row.delivered_version,
      ts: row.ts,
      uncertain: row.uncertain && row.ts === null,
      bare: row.bare,
      attempts: row.attempts,
      createdAt: row.created_at,
    }));
}

interface TakenRow {
  key: string;
  channel: string;
  reply_to: string | null;
  payload: Message;
  version: number;
  delivered_version: number;
  ts: string | null;
  uncertain: boolean;
  bare: boolean;
  attempts: number;
  created_at: Date;
  /** The earlier, the sooner. */
  urgency: Date;
  seq: string;
}

/** How long until something may be due, in milliseconds (never below 0); null when nothing waits. */
export async function nextDueIn(db: Queries, busy: readonly string[]): Promise<number | null> {
  const { rows } = await sql<{ ms: number | null }>`
    select (extract(epoch from min(${dueAt}) - now()) * 1000)::float8 as ms ${waiting(busy)}`.execute(db);
  const ms = rows[0]?.ms ?? null;
  return ms === null ? null : Math.max(0, Math.ceil(ms));
}

/** Everything that is to be posted or edited and waits for nothing but its time. */
function waiting(busy: readonly string[]): RawBuilder<unknown> {
  return sql`
    from message m
    left join message parent on parent.key = m.thread_key
    left join pace on pace.key = case when m.ts is null then ${POST.prefix} || m.channel else ${UPDATE.key} end
    where (m.delivered_version < m.version or m.bare) and not m.given_up
      and (m.thread_key is null or parent.ts is not null)
      and (m.ts is not null or (m.channel <> all(${sql.val([...busy])}::text[]) and not exists (
        select 1 from message e
        where e.channel = m.channel and e.ts is null and not e.given_up and e.seq < m.seq
          and (e.thread_key = m.thread_key or e.thread_ts = m.thread_ts))))`;
}

/** One step less important is as much as this many seconds later, so that nothing waits for ever. */
const STEP_SECONDS = 10;
const urgency = sql`(m.wanted_at + make_interval(secs => m.importance * ${sql.lit(STEP_SECONDS)}))`;

const dueAt = sql`greatest(m.next_attempt_at, m.taken_until, pace.tat - make_interval(secs =>
  (case when m.ts is null then ${sql.lit(allowanceMs(POST))} else ${sql.lit(allowanceMs(UPDATE))} end) / 1000.0))`;

/** Version `version` stands in Slack under `ts`; `bare` without its pictures. A newer version that came meanwhile is due at once. */
export async function delivered(
  db: Queries,
  key: string,
  stands: { version: number; ts: string; bare: boolean; lookAgainSeconds?: number },
): Promise<void> {
  await db
    .updateTable('message')
    .set({
      ...RELEASED,
      ts: stands.ts,
      delivered_version: stands.version,
      bare: stands.bare,
      uncertain: false,
      attempts: 0,
      last_error: null,
      next_attempt_at: sql`case when version > ${stands.version} then now()
        else now() + make_interval(secs => ${stands.lookAgainSeconds ?? 0}) end`,
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
      ...RELEASED,
      uncertain: outcome.uncertain,
      last_error: outcome.error.slice(0, 500),
      given_up: outcome.giveUp ?? false,
      next_attempt_at: sql`now() + make_interval(secs => ${outcome.seconds})`,
    })
    .where('key', '=', key)
    .execute();
}

/** It was not tried after all: it counts as no attempt. */
export async function giveBack(db: Queries, key: string, seconds: number): Promise<void> {
  await db
    .updateTable('message')
    .set({
      ...RELEASED,
      uncertain: false,
      attempts: sql`greatest(attempts - 1, 0)`,
      next_attempt_at: sql`now() + make_interval(secs => ${seconds})`,
    })
    .where('key', '=', key)
    .execute();
}

/** The message stands no longer in Slack (somebody deleted it): it is posted anew. */
export async function forgotten(db: Queries, key: string): Promise<void> {
  await db
    .updateTable('message')
    .set({
      ...RELEASED,
      ts: null,
      delivered_version: 0,
      bare: false,
      uncertain: false,
      next_attempt_at: sql`now()`,
    })
    .where('key', '=', key)
    .execute();
}

/**
 * A message that could not be posted where it was to stand is to stand elsewhere from now on. False when it stands
 * already, or when somebody is about to post it.
 */
export async function standElsewhere(
  db: Queries,
  key: string,
  { channel, thread }: Pick<Wanted, 'channel' | 'thread'>,
): Promise<boolean> {
  const moved = await db
    .updateTable('message')
    .set({
      channel,
      thread_key: thread && 'key' in thread ? thread.key : null,
      thread_ts: thread && 'ts' in thread ? thread.ts : null,
      ...{ attempts: 0, given_up: false, uncertain: false, last_error: null },
      next_attempt_at: sql`now()`,
    })
    .where('key', '=', key)
    .where('ts', 'is', null)
    .where((either) =>
      either.or([either('taken_until', 'is', null), either('taken_until', '<=', sql<Date>`now()`)]),
    )
    .executeTakeFirst();
  return moved.numUpdatedRows > 0n;
}

/** A bare message's pictures have come, or will not come any more. */
export async function picturesCame(db: Queries, key: string, seconds: number): Promise<void> {
  await db
    .updateTable('message')
    .set({ next_attempt_at: sql`least(next_attempt_at, now() + make_interval(secs => ${seconds}))` })
    .where('key', '=', key)
    .where('bare', '=', true)
    .execute();
}

/** What a replica of this name had taken before it died is free again. */
export async function release(db: Queries, by: string): Promise<void> {
  await db.updateTable('message').set(RELEASED).where('taken_by', '=', by).execute();
}

const RELEASED = { taken_by: null, taken_until: null } as const;
