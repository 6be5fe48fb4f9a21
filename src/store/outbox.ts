import { sql } from 'kysely';
import type { Message } from '../report/message.ts';
import type { Database, Queries } from './database.ts';
import { allowance, byTurn, edits, fronts, walkIndexes } from './lines.ts';
import type { Wanted } from './messages.ts';
import { UPDATE } from './pace.ts';

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
  /** How often it could not be posted while Slack answered other calls. */
  strikes: number;
  createdAt: Date;
}

/** Longer than anybody who took a message may work on it. */
const LEASE_SECONDS = 30;

/**
 * Takes what is due: at most one message to post a channel, by importance and by how long it has waited, and edits. A
 * reply waits for its thread's first message and for the replies that were said before it, so that a thread tells the
 * story in order; whatever is under way or put off holds back what is no more important in its channel. Nothing is
 * taken that Slack's rate limits would not let through now.
 */
export async function takeDue(
  db: Database,
  options: { limit: number; busy: readonly string[]; by: string },
): Promise<OutboxRow[]> {
  const taken = await db.transaction().execute(async (tx) => {
    await walkIndexes(tx);
    return take(tx, options);
  });
  return taken.sort((a, b) => Number(a.nth) - Number(b.nth)).map(rowOf);
}

async function take(
  tx: Queries,
  options: { limit: number; busy: readonly string[]; by: string },
): Promise<TakenRow[]> {
  const { rows } = await sql<TakenRow>`
    with recursive ${fronts(options.busy)}, post as (
      select distinct on (channel) key, importance, wanted_at, seq, turn from (
        select *, bool_or(due_at > now()) over (partition by channel order by importance) as held from front
      ) f where not held order by channel, ${byTurn}
    ), ${edits}, next as (
      select key, row_number() over (order by ${byTurn}) as nth
      from (select * from post union all select key, importance, wanted_at, seq, turn from edit) ready
      order by nth limit ${options.limit}
    ), due as (
      select m.key, m.uncertain, coalesce(m.thread_ts, parent.ts) as reply_to, next.nth
      from next join message m on m.key = next.key left join message parent on parent.key = m.thread_key
      where m.next_attempt_at <= now() and (m.taken_until is null or m.taken_until <= now())
        and (m.thread_key is null or parent.ts is not null)
      for update of m skip locked
    )
    update message m set uncertain = m.ts is null, attempts = attempts + 1, taken_by = ${options.by},
           taken_until = now() + make_interval(secs => ${LEASE_SECONDS})
    from due where m.key = due.key
    returning m.key, m.channel, due.reply_to, m.payload, m.version, m.delivered_version, m.ts, due.uncertain, m.bare,
              m.attempts, m.strikes, m.created_at, due.nth`.execute(tx);
  return rows;
}

function rowOf(row: TakenRow): OutboxRow {
  return {
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
    strikes: row.strikes,
    createdAt: row.created_at,
  };
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
  strikes: number;
  created_at: Date;
  nth: string;
}

/** How long until something may be due, in milliseconds (never below 0); null when nothing waits. */
export async function nextDueIn(db: Database, busy: readonly string[]): Promise<number | null> {
  const ms = await db.transaction().execute(async (tx) => {
    await walkIndexes(tx);
    return dueIn(tx, busy);
  });
  return ms === null ? null : Math.max(0, Math.ceil(ms));
}

async function dueIn(tx: Queries, busy: readonly string[]): Promise<number | null> {
  const { rows } = await sql<{ ms: number | null }>`
    with recursive ${fronts(busy)}, due (at) as (
      (select distinct on (channel) due_at from front order by channel, importance)
      union all
      (select next_attempt_at from message where ts is null and not given_up and passable and next_attempt_at > now()
       order by next_attempt_at limit 1)
      union all
      select greatest(e.at, (select tat - ${allowance(UPDATE)} from pace where key = ${UPDATE.key})) from (
        select greatest(next_attempt_at, taken_until) as at from message
        where ts is not null and not given_up and (delivered_version < version or bare)
        order by greatest(next_attempt_at, taken_until) limit 1) e
    )
    select (extract(epoch from min(at) - now()) * 1000)::float8 as ms from due`.execute(tx);
  return rows[0]?.ms ?? null;
}

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

/**
 * It did not work: try again after `seconds`, or never. `uncertain` keeps the mark that it may stand there all the same.
 * Until then it holds back what is no more important in its channel, unless it is `passable`. `strikes` counts what
 * speaks against the message itself.
 */
export async function putOff(
  db: Queries,
  key: string,
  outcome: {
    seconds: number;
    error: string;
    uncertain: boolean;
    giveUp?: boolean;
    passable?: boolean;
    strikes?: number;
  },
): Promise<void> {
  await db
    .updateTable('message')
    .set({
      ...RELEASED,
      uncertain: outcome.uncertain,
      last_error: outcome.error.slice(0, 500),
      given_up: outcome.giveUp ?? false,
      passable: outcome.passable ?? false,
      strikes: outcome.strikes ?? 0,
      next_attempt_at: sql`now() + make_interval(secs => ${outcome.seconds})`,
    })
    .where('key', '=', key)
    .execute();
}

/** It was not tried after all: it counts as no attempt. Until it is, others may pass it where `passable` says so. */
export async function giveBack(db: Queries, key: string, seconds: number, passable = false): Promise<void> {
  await db
    .updateTable('message')
    .set({
      ...RELEASED,
      uncertain: false,
      passable,
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
      ...{ bare: false, uncertain: false, passable: false, strikes: 0 },
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
      ...{ attempts: 0, strikes: 0, given_up: false, passable: false, uncertain: false, last_error: null },
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

/** The same for one message: how its delivery ended could not be noted. One that was to be posted stays uncertain. */
export async function letGo(db: Queries, key: string, by: string): Promise<void> {
  await db.updateTable('message').set(RELEASED).where('key', '=', key).where('taken_by', '=', by).execute();
}

const RELEASED = { taken_by: null, taken_until: null } as const;
