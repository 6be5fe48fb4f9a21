import { type RawBuilder, sql } from 'kysely';
import type { Queries } from './database.ts';
import { allowanceMs, POST, UPDATE } from './pace.ts';

/**
 * What waits for Slack stands in lines: posts by channel and importance, edits by importance. Only the front of each
 * line is looked at, so that a look costs the same however many wait (docs/adr/0011).
 */

/** One step less important is as much as this many seconds later: a severity, which is two steps, each minute. */
const STEP_SECONDS = 30;
/** What is more important than this goes before whatever has waited, but for the shared turns. */
const AGES = 2;
/** One turn in so many is that of who waits longest, counted by importance; nothing waits for ever. */
export const SHARED_TURN = 4;

/**
 * Has the planner walk indexes in their order for the rest of the transaction, also where it knows a table only as it was
 * when it was small: sorting a few rows is cheap, sorting a backlog is what these queries are there to avoid.
 */
export async function walkIndexes(tx: Queries): Promise<void> {
  await sql`select set_config(name, 'off', true)
    from unnest(array['enable_sort', 'enable_seqscan', 'enable_bitmapscan', 'jit']) name`.execute(tx);
}

/** How the fronts of lines compare that take turns: sorts by columns `turn`, `importance`, `wanted_at` and `seq`. */
export const byTurn = sql`
  case when turn % ${sql.lit(SHARED_TURN)} = 0 then 0 else least(importance, ${sql.lit(AGES)}) end,
  wanted_at + make_interval(secs => importance * ${sql.lit(STEP_SECONDS)}), seq`;

/**
 * The message that has to be posted before `w`, or itself: the first of its thread, or the earliest reply that is not
 * posted yet. So whatever stands at the front of a line leads to something that can be posted, and what something
 * important waits for is as important.
 */
const headOf = sql`coalesce(
  (select root.key from message root where root.key = w.thread_key and root.ts is null),
  (select e.key from message e where e.thread_key = w.thread_key and e.ts is null and not e.given_up
   order by e.seq limit 1),
  (select e.key from message e where e.channel || ' ' || e.thread_ts = w.channel || ' ' || w.thread_ts
   and e.ts is null and not e.given_up order by e.seq limit 1),
  w.key)`;

/** `front (channel, importance, key, wanted_at, seq, due_at, turn)`: of every line of posts, outside the `busy` channels. */
export function fronts(busy: readonly string[]): RawBuilder<unknown> {
  return sql`
    line as (
      (select channel, importance from message where ts is null and not given_up
       order by channel, importance limit 1)
      union all
      select next.channel, next.importance from line cross join lateral (
        select m.channel, m.importance from message m where m.ts is null and not m.given_up
          and (m.channel, m.importance) > (line.channel, line.importance)
        order by m.channel, m.importance limit 1) next
    ), front as (
      select line.channel, line.importance, f.key, f.wanted_at, f.seq,
             greatest(f.due_at, pace.tat - ${allowance(POST)}) as due_at, coalesce(pace.turn, 0) as turn
      from line left join pace on pace.key = ${POST.prefix} || line.channel
      cross join lateral (
        select head.key, w.wanted_at, w.seq, greatest(head.next_attempt_at, head.taken_until) as due_at
        from (
          select w.wanted_at, w.seq, ${headOf} as head from message w
          where w.channel = line.channel and w.importance = line.importance and w.ts is null and not w.given_up
          order by w.seq offset 0
        ) w cross join lateral (select * from message m where m.key = w.head offset 0) head
        where head.channel = line.channel and not head.given_up
          and not (head.passable and head.next_attempt_at > now())
        limit 1) f
      where line.channel <> all(${sql.val([...busy])}::text[])
    )`;
}

/** `edit (key, importance, wanted_at, seq, turn)`: what is to be edited next, no more than Slack's limit lets through now. */
export const edits = sql`
  edit as (
    select e.* from (
      select coalesce(max(turn), 0) as turn, coalesce(max(tat), '-infinity') as tat from pace where key = ${UPDATE.key}
    ) pace cross join lateral (
      select * from (
        select m.*, pace.turn from generate_series(0, 7) line (importance) cross join lateral (
          select key, importance, wanted_at, seq from message
          where importance = line.importance and ts is not null and not given_up
            and (delivered_version < version or bare)
            and next_attempt_at <= now() and coalesce(taken_until, '-infinity') <= now()
          order by wanted_at limit ${sql.lit(UPDATE.burst)}) m
        where pace.tat <= now() + ${allowance(UPDATE)}
      ) ready order by ${byTurn}
      limit 1 + floor(extract(epoch from now() + ${allowance(UPDATE)} - greatest(pace.tat, now()))
                      * 1000 / ${sql.lit(UPDATE.everyMs)})
    ) e
  )`;

export function allowance(pace: { everyMs: number; burst: number }): RawBuilder<unknown> {
  return sql`make_interval(secs => ${sql.lit(allowanceMs(pace) / 1_000)})`;
}
