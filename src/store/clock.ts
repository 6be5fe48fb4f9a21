import { sql } from 'kysely';
import type { Queries } from './database.ts';

/**
 * What time it is: PostgreSQL's clock at this very moment (`guardia_now()`), also in the middle of a transaction that
 * waited for a lock. Every deadline and every recorded time comes from it, so a replica's own clock decides nothing.
 */
export async function databaseTime(db: Queries): Promise<Date> {
  const { rows } = await sql<{ now: Date }>`select guardia_now() as now`.execute(db);
  const [row] = rows;
  if (!row) throw new Error('guardia_now() answered no row');
  return row.now;
}
