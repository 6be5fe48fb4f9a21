import type { Kysely } from 'kysely';
import { sql } from 'kysely';

/** Whose a plan's steps are: whoever takes them over raises the number, and the replica that knows an older one acts no more. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table plan add column fence integer not null default 0`.execute(db);
}
