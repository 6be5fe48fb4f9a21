import { type Kysely, sql } from 'kysely';

/** Since when a message waits to be brought up to date, so that none waits for ever behind more important ones. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table message add column wanted_at timestamptz not null default now()`.execute(db);
}
