import { type Kysely, sql } from 'kysely';

/** What people look at by hand: one list a thread and runbook, and who ticked off what. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table checklist (
      -- alert:<uuid>, run:<uuid> or plan:<uuid>, in whose thread it stands.
      origin     text        not null,
      runbook    text        not null,
      service    text        not null,
      parameters jsonb       not null,
      -- The newest diagnosis, which says how much is left.
      run        uuid        not null references run,
      primary key (origin, runbook)
    );

    create table tick (
      origin  text        not null,
      runbook text        not null,
      "check" text        not null,
      team    text        not null,
      "user"  text        not null,
      at      timestamptz not null default now(),
      primary key (origin, runbook, "check"),
      foreign key (origin, runbook) references checklist
    )`.execute(db);
}
