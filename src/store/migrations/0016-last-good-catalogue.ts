import { type Kysely, sql } from 'kysely';

/** What a write is tried on, the catalogue that was in force last, and the revisions that were refused since. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table write_probe (
      replica text        primary key,
      at      timestamptz not null
    );

    -- One row: a start whose folder is not valid goes on with it.
    create table last_good_catalogue (
      only_row boolean     primary key default true check (only_row),
      revision text        not null,
      in_force_since timestamptz not null default now(),
      -- The files as JSON, gzipped.
      files    bytea       not null
    );

    -- Those that the audit channel hears of; a row goes once a good catalogue is in force.
    create table refused_catalogue (
      revision text        not null,
      started  boolean     not null,
      at       timestamptz not null default now(),
      primary key (revision, started)
    )`.execute(db);
}
