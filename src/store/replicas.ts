import { sql, type Transaction } from 'kysely';
import type { Database, Queries } from './database.ts';
import type { Tables } from './schema.ts';

/** Says that this replica lives. */
export async function beat(db: Queries, name: string): Promise<void> {
  await db
    .insertInto('replica')
    .values({ name, seen_at: sql`now()` })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ seen_at: sql`now()` }))
    .execute();
}

/** Says that this replica stops: the others need not wait until it has been silent for long. */
export async function leave(db: Queries, name: string): Promise<void> {
  await db
    .updateTable('replica')
    .set({ seen_at: new Date(0) })
    .where('name', '=', name)
    .execute();
}

/** Replicas that have been silent for `seconds`. */
export async function silent(db: Queries, seconds: number): Promise<string[]> {
  const rows = await db
    .selectFrom('replica')
    .select('name')
    .where('seen_at', '<', sql<Date>`now() - make_interval(secs => ${seconds})`)
    .execute();
  return rows.map((row) => row.name);
}

/**
 * Takes a silent replica off the list and takes over what it left, or neither of both: what one fails to take over
 * is found by the next. Nothing happens when another was first.
 */
export async function bury(
  db: Database,
  name: string,
  seconds: number,
  takeOver: (tx: Transaction<Tables>) => Promise<void>,
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const gone = await tx
      .deleteFrom('replica')
      .where('name', '=', name)
      .where('seen_at', '<', sql<Date>`now() - make_interval(secs => ${seconds})`)
      .executeTakeFirst();
    if (gone.numDeletedRows > 0n) await takeOver(tx);
  });
}
