import { type Kysely, sql } from 'kysely';

/** What was silenced in Alertmanager from an alert's message. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table silence (
      -- Stands in the silence's comment, where it is found again by it.
      id            uuid        primary key,
      request       text        not null unique,
      alert         uuid        not null references alert (id) on delete cascade,
      labels        jsonb       not null,
      reason        text        not null,
      by_team       text        not null,
      by_user       text        not null,
      until         timestamptz not null,
      state         text        not null check (state in ('beginning', 'active', 'refused', 'ended')),
      says          text,
      link          text,
      ended_at      timestamptz,
      ended_team    text,
      ended_user    text,
      asked_at      timestamptz not null default now()
    )`.execute(db);
  await sql`create unique index silence_once on silence (alert) where state in ('beginning', 'active')`.execute(
    db,
  );
  await sql`create index silence_of_alert on silence (alert, asked_at)`.execute(db);
}
