import { sql } from 'kysely';
import type { Queries } from './database.ts';

/**
 * What came in from Slack and what became of it, so that a retry changes nothing and is never dropped unseen:
 * `yours`: handle it (for the first time, or because whoever began it has been silent for `staleSeconds`);
 * `done`: it was handled; `elsewhere`: somebody is at it, ask again in a moment.
 */
export async function begin(
  db: Queries,
  id: string,
  staleSeconds: number,
): Promise<'yours' | 'done' | 'elsewhere'> {
  const taken = await sql`
    insert into received (id) values (${id})
    on conflict (id) do update set at = now()
      where received.done_at is null and received.at < now() - make_interval(secs => ${staleSeconds})`.execute(
    db,
  );
  if ((taken.numAffectedRows ?? 0n) > 0n) return 'yours';
  const row = await db.selectFrom('received').select('done_at').where('id', '=', id).executeTakeFirst();
  return row?.done_at ? 'done' : 'elsewhere';
}

export async function finish(db: Queries, id: string): Promise<void> {
  await db.updateTable('received').set({ done_at: sql`now()` }).where('id', '=', id).execute();
}

/** Slack sends an event again for some minutes; what is older than `minutes` will not come again. */
export async function forgetReceived(db: Queries, minutes: number): Promise<void> {
  await db
    .deleteFrom('received')
    .where('at', '<', sql<Date>`now() - make_interval(mins => ${minutes})`)
    .execute();
}
