import type { Kysely } from 'kysely';
import { sql } from 'kysely';

/** Who may approve what, as it was last seen: a change is announced once, whichever replica sees it first. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table policy (service text primary key, rules jsonb not null)`.execute(db);
}
