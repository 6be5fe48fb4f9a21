import { type Kysely, sql } from 'kysely';

/** What a call for help says, so that it can be rendered again; and the diagnoses and plans of a thread, by its reference. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table escalation add column story jsonb;
    create index run_in_thread on run ((coalesce(asked ->> 'origin', 'run:' || id::text)), ended_at);
    create index plan_in_thread on plan ((place ->> 'origin'), made_at);
  `.execute(db);
}
