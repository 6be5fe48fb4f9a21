import type { Transaction } from 'kysely';
import type { Person } from '../approval/person.ts';
import type { Vote } from '../plan/plan.ts';
import type { Queries } from './database.ts';
import type { Tables } from './schema.ts';

export async function votesOn(db: Queries, plan: string): Promise<Vote[]> {
  const rows = await db.selectFrom('vote').selectAll().where('plan', '=', plan).orderBy('cast_at').execute();
  return rows.map((row) => ({
    team: row.team,
    user: row.user,
    vote: row.vote,
    digest: row.digest,
    at: row.cast_at.toISOString(),
  }));
}

export async function castVote(
  tx: Transaction<Tables>,
  plan: string,
  by: Person,
  vote: Vote['vote'],
  digest: string,
): Promise<void> {
  await tx.insertInto('vote').values({ plan, team: by.team, user: by.user, vote, digest }).execute();
}
