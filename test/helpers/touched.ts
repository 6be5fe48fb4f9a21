import { sql } from 'kysely';
import type { Database } from '../../src/store/database.ts';

/** How many rows of a table some work reads, whatever the machine does beside. */
export async function rowsTouched(
  { db }: { db: Database },
  table: string,
  work: (db: Database) => Promise<unknown>,
): Promise<number> {
  return db.connection().execute(async (one) => {
    const before = await soFar(one, table);
    await work(one);
    return (await soFar(one, table)) - before;
  });
}

async function soFar(one: Database, table: string): Promise<number> {
  await sql`select pg_stat_force_next_flush()`.execute(one);
  await sql`select pg_stat_clear_snapshot()`.execute(one);
  const { rows } = await sql<{ count: number }>`
    select (seq_tup_read + coalesce(idx_tup_fetch, 0))::int as count from pg_stat_user_tables
    where relname = ${table}`.execute(one);
  return rows[0]?.count ?? Number.NaN;
}
