import { type Selectable, sql, type Transaction } from 'kysely';
import type { Person } from '../approval/person.ts';
import type { Queries } from './database.ts';
import type { Tables } from './schema.ts';

/** That somebody broke the glass for a plan, and who has signed since that they looked at it. Times ISO 8601, UTC. */
export interface Review {
  plan: string;
  by: Person;
  at: string;
  reason: string;
  signed: { by: Person; at: string; note: string } | null;
}

export async function openReview(
  tx: Transaction<Tables>,
  broken: { plan: string; by: Person; reason: string },
): Promise<void> {
  const { plan, by, reason } = broken;
  await tx
    .insertInto('review')
    .values({ plan, broken_team: by.team, broken_user: by.user, reason })
    .execute();
}

/** False when somebody has signed it already. */
export async function signReview(
  tx: Transaction<Tables>,
  plan: string,
  by: Person,
  note: string,
): Promise<boolean> {
  const signed = await tx
    .updateTable('review')
    .set({ signed_team: by.team, signed_user: by.user, signed_at: sql`guardia_now()`, note })
    .where('plan', '=', plan)
    .where('signed_at', 'is', null)
    .executeTakeFirst();
  return signed.numUpdatedRows > 0n;
}

export async function reviewOf(db: Queries, plan: string): Promise<Review | null> {
  const row = await db.selectFrom('review').selectAll().where('plan', '=', plan).executeTakeFirst();
  return row ? review(row) : null;
}

/** Those that nobody has signed, the oldest first. */
export async function openReviews(db: Queries, limit: number): Promise<Review[]> {
  const rows = await db
    .selectFrom('review')
    .selectAll()
    .where('signed_at', 'is', null)
    .orderBy('broken_at')
    .limit(limit)
    .execute();
  return rows.map(review);
}

export async function countOpenReviews(db: Queries): Promise<number> {
  const { open } = await db
    .selectFrom('review')
    .select(({ fn }) => fn.countAll<string>().as('open'))
    .where('signed_at', 'is', null)
    .executeTakeFirstOrThrow();
  return Number(open);
}

function review(row: Selectable<Tables['review']>): Review {
  const { signed_team: team, signed_user: user, signed_at: at, note } = row;
  return {
    plan: row.plan,
    by: { team: row.broken_team, user: row.broken_user },
    at: row.broken_at.toISOString(),
    reason: row.reason,
    signed: team && user && at ? { by: { team, user }, at: at.toISOString(), note: note ?? '' } : null,
  };
}
