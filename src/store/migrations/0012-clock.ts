import { type Kysely, sql } from 'kysely';

/**
 * One clock for every replica. It is read when it is asked, not when its transaction began: a vote that waited for a
 * lock is judged by the time after it. Leases of the outbox, of replicas and of payloads keep `now()`.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function guardia_now() returns timestamptz language sql volatile as 'select clock_timestamp()';

    alter table alert_inbox alter received_at set default guardia_now();
    alter table run alter began_at set default guardia_now();
    alter table plan alter made_at set default guardia_now();
    alter table vote alter cast_at set default guardia_now();
    alter table plan_step alter began_at set default guardia_now();
    alter table tick alter at set default guardia_now();
    alter table escalation alter at set default guardia_now();
    alter table silence alter asked_at set default guardia_now();
    alter table review alter broken_at set default guardia_now();

    -- Since when Guardia works on this database. The migrations' own times come from the replica that ran them.
    create table installation (began_at timestamptz not null);
    insert into installation
      select case when exists (select from run) then least(min(timestamp)::timestamptz, guardia_now()) else guardia_now() end
      from kysely_migration;
  `.execute(db);
}
