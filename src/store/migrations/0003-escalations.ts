import type { Kysely } from 'kysely';
import { sql } from 'kysely';

/** Several people may be called for one alert. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table escalation (
      alert     uuid        not null references alert (id) on delete cascade,
      -- What happens once an alert: calling a role, or calling because of what a person saw.
      once      text        not null,
      called    text        not null,
      rule      text,
      priority  text,
      by_team   text,
      by_user   text,
      at        timestamptz not null default now(),
      primary key (alert, once)
    )`.execute(db);
  await sql`
    insert into escalation (alert, once, called, at)
    select id, 'to:' || escalated_to, escalated_to, escalated_at from alert where escalated_at is not null`.execute(
    db,
  );
  await sql`alter table alert drop column escalated_at, drop column escalated_to`.execute(db);
}
