import { type Kysely, sql } from 'kysely';

/**
 * Whose vote it is, whichever of their ids they came with: the key of the human when it was cast. Votes from before
 * are known by team and user; every decision resolves them afresh. A replica of the release before writes none.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table vote add column person text;
    update vote set person = team || '/' || "user";
    create unique index vote_of_person on vote (plan, person);
  `.execute(db);
}
