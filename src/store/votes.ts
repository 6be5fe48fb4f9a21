import type { Transaction } from 'kysely';
import { type Account, personKey } from '../approval/person.ts';
import type { Vote } from '../plan/plan.ts';
import type { Queries } from './database.ts';
import type { Tables } from './schema.ts';

/** A vote, with the key of the human who cast it as it was then. */
export type StoredVote = Vote & { key: string };

export async function votesOn(db: Queries, plan: string): Promise<StoredVote[]> {
  const rows = await db.selectFrom('vote').selectAll().where('plan', '=', plan).orderBy('cast_at').execute();
  return rows.map((row) => ({
    team: row.team,
    user: row.user,
    vote: row.vote,
    digest: row.digest,
    at: row.cast_at.toISOString(),
    key: row.person ?? `${row.team}/${row.user}`,
  }));
}

export async function castVote(
  tx: Transaction<Tables>,
  plan: string,
  by: Account,
  vote: Vote['vote'],
  digest: string,
): Promise<void> {
  const { team, user } = by;
  await tx
    .insertInto('vote')
    .values({ plan, team, user, vote, digest, person: personKey(by) })
    .execute();
}
