import { sql } from 'kysely';
import type { Queries } from './database.ts';

/**
 * A rate limit kept across replicas (GCRA): `key` may be taken every `everyMs`, with up to `burst` at once.
 * Resolves with 0 when it was taken, else with the milliseconds to wait before asking again; nothing is taken then.
 */
export async function take(db: Queries, key: string, everyMs: number, burst: number): Promise<number> {
  const slack = everyMs * (burst - 1);
  await sql`insert into pace (key, tat) values (${key}, now()) on conflict do nothing`.execute(db);
  const taken = await sql`
    update pace set tat = greatest(tat, now()) + make_interval(secs => ${everyMs / 1000})
    where key = ${key} and tat <= now() + make_interval(secs => ${slack / 1000})`.execute(db);
  if ((taken.numAffectedRows ?? 0n) > 0n) return 0;
  const { rows } = await sql<{ ms: number }>`
    select (extract(epoch from tat - now()) * 1000)::float8 - ${slack}::float8 as ms from pace where key = ${key}`.execute(
    db,
  );
  return Math.max(1, Math.ceil(rows[0]?.ms ?? everyMs));
}

/** Slack said when to come again: nobody takes `key` before that. */
export async function holdOff(db: Queries, key: string, ms: number): Promise<void> {
  const until = sql<Date>`now() + make_interval(secs => ${ms / 1000})`;
  await db
    .insertInto('pace')
    .values({ key, tat: until })
    .onConflict((conflict) =>
      conflict.column('key').doUpdateSet({ tat: sql`greatest(pace.tat, excluded.tat)` }),
    )
    .execute();
}
