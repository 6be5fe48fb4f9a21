import type { Kysely } from 'kysely';
import { sql } from 'kysely';

/** What ran without a second person's approval is reviewed by one afterwards. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table review (
      plan         uuid        primary key references plan (id) on delete cascade,
      broken_team  text        not null,
      broken_user  text        not null,
      broken_at    timestamptz not null default now(),
      reason       text        not null,
      signed_team  text,
      signed_user  text,
      signed_at    timestamptz,
      note         text
    )`.execute(db);
  await sql`create index plan_asked on plan (asked_team, asked_user, made_at desc)`.execute(db);
  await sql`create index plan_decided on plan (made_at desc) where state <> 'waiting' and frozen ? 'policy'`.execute(
    db,
  );
  await sql`create index review_open on review (broken_at) where signed_at is null`.execute(db);
}
