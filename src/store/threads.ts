import { sql } from 'kysely';
import type { Queries } from './database.ts';
import { findRun, type StoredRun } from './runs.ts';

/** The thread that a diagnosis stands in: where it was asked for, or its own. */
const THREAD = sql<string>`coalesce(asked ->> 'origin', 'run:' || id::text)`;
/** A diagnosis tells of its moment; after so long people look again before they act on it. */
const FRESH_MINUTES = 10;

/** From here to the end of the transaction nobody else renders what stands in a thread that has no alert. */
export async function lockThread(tx: Queries, ref: string): Promise<null> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${ref}, 0))`.execute(tx);
  return null;
}

/** The diagnoses of a thread that no newer one has replaced: one for each runbook and its parameters. */
export async function newestRuns(db: Queries, ref: string): Promise<StoredRun[]> {
  const { rows } = await sql<{ id: string }>`
    select distinct on (runbook, asked -> 'parameters') id from run
    where ${THREAD} = ${ref} and ended_at is not null
    order by runbook, asked -> 'parameters', ended_at desc, id desc`.execute(db);
  const runs = await Promise.all(rows.map(({ id }) => findRun(db, id)));
  return runs.filter((run) => run !== null);
}

/** Whether a newer diagnosis of the same runbook and parameters stands in the same thread. */
export async function isReplaced(db: Queries, run: string): Promise<boolean> {
  return (await neighbour(db, run, sql`(other.ended_at, other.id) > (run.ended_at, run.id)`)) !== null;
}

/** The diagnosis that this one replaces; null for the first of its thread. */
export async function replacedBy(db: Queries, run: string): Promise<StoredRun | null> {
  const id = await neighbour(db, run, sql`(other.ended_at, other.id) < (run.ended_at, run.id)`);
  return id === null ? null : findRun(db, id);
}

async function neighbour(db: Queries, id: string, stands: ReturnType<typeof sql>): Promise<string | null> {
  const { rows } = await sql<{ id: string }>`
    select other.id from run
    join run other on coalesce(other.asked ->> 'origin', 'run:' || other.id::text)
        = coalesce(run.asked ->> 'origin', 'run:' || run.id::text)
      and other.service = run.service and other.runbook = run.runbook
      and other.asked -> 'parameters' = run.asked -> 'parameters'
    where run.id = ${id} and ${stands} order by other.ended_at desc, other.id desc limit 1`.execute(db);
  return rows[0]?.id ?? null;
}

/**
 * Whether the newest diagnosis of this runbook, by an alert or in a thread, suggests this action, was made within the last
 * ten minutes by the database's clock, and nothing has run in the thread since.
 */
export async function isFreshlySuggested(
  db: Queries,
  { ref, alert }: { ref: string; alert: string | null },
  asked: { runbook: string; action: string },
): Promise<boolean> {
  const { rows } = await sql`
    with seen as (
      select (diagnosis ->> 'notedAt')::timestamptz as at, diagnosis -> 'suggests' as suggests
      from alert where id = ${alert}::uuid and runbook = ${asked.runbook}
      union all
      (select ended_at, result -> 'verdict' -> 'suggests' from run
       where (select alert.runbook from alert where alert.id = ${alert}::uuid) is distinct from ${asked.runbook}
         and ${THREAD} = ${ref} and runbook = ${asked.runbook} and ended_at is not null
       order by ended_at desc limit 1))
    select 1 from seen where suggests ? ${asked.action}::text
      and at > guardia_now() - make_interval(mins => ${FRESH_MINUTES})
      and not exists (select 1 from plan where place ->> 'origin' = ${ref} and ended_at > seen.at
        and state in ('done', 'failed', 'unknown'))`.execute(db);
  return rows.length > 0;
}
