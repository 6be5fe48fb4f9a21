import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { type Kysely, sql } from 'kysely';
import { up } from '../../src/store/migrations/0013-people.ts';
import { votesOn } from '../../src/store/votes.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';

const PLAN = '00000000-0000-4000-8000-000000000001';

let database: TestDatabase;

beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(() => database.drop());

/** The table of votes as the release before had it, with a vote of Sam's. */
async function asBefore(): Promise<void> {
  const { db } = database;
  await sql`alter table vote drop column person`.execute(db);
  await sql`
    insert into plan (id, request, digest, frozen, service, runbook, action, state, asked_team, asked_user, place, expires_at)
    values (${PLAN}, 'r1', 'd', '{}', 's', 'r', 'a', 'waiting', 'T1', 'U1NOOR', '{}', now())`.execute(db);
  await sql`insert into vote (plan, team, "user", vote, digest) values (${PLAN}, 'T1', 'U1SAM', 'approve', 'd')`.execute(
    db,
  );
}

it('a stored vote is known by team and user once the schema knows people', async () => {
  await asBefore();
  await up(database.db as Kysely<unknown>);
  expect(await votesOn(database.db, PLAN)).toEqual([
    expect.objectContaining({ team: 'T1', user: 'U1SAM', vote: 'approve', key: 'T1/U1SAM' }),
  ]);
});

it('a second vote under the same key cannot be stored, whichever id it came with', async () => {
  await asBefore();
  await up(database.db as Kysely<unknown>);
  const vote = { plan: PLAN, team: 'T1', user: 'U1OTHER', vote: 'approve', digest: 'd' } as const;
  const insert = (person: string | null) =>
    database.db
      .insertInto('vote')
      .values({ ...vote, person })
      .execute();
  await expect(insert('T1/U1SAM')).rejects.toThrow('vote_of_person');
  // As a replica of the release before writes it.
  await insert(null);
  expect((await votesOn(database.db, PLAN)).map(({ key }) => key)).toEqual(['T1/U1SAM', 'T1/U1OTHER']);
});
