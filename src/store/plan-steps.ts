import { sql, type Transaction } from 'kysely';
import type { Person } from '../approval/person.ts';
import type { Queries } from './database.ts';
import { json } from './json.ts';
import type { Tables } from './schema.ts';

export interface StepRecord {
  index: number;
  beganAt: string;
  endedAt: string | null;
  ok: boolean | null;
  says: string | null;
  evidence: { label: string; text: string }[];
  /** How much it touched; null where it does not say. */
  amount: string | null;
  /** The person who did it, or said that it cannot be done; null for what Guardia performed. */
  by: Person | null;
  /** Its end was seen after all, once the plan did not run any more. */
  late: boolean;
}

/** How a step came out. */
export interface StepEnding {
  ok: boolean;
  says: string;
  evidence: readonly { label: string; text: string }[];
  amount?: string;
  by?: Person;
  late?: true;
}

/** Writes down that a step begins; false when it had begun before. */
export async function beginStep(tx: Transaction<Tables>, plan: string, index: number): Promise<boolean> {
  const begun = await tx
    .insertInto('plan_step')
    .values({ plan, index, ok: null })
    .onConflict((conflict) => conflict.columns(['plan', 'index']).doNothing())
    .executeTakeFirst();
  return (begun.numInsertedOrUpdatedRows ?? 0n) > 0n;
}

/** False when its end was written down before. */
export async function endStep(
  tx: Transaction<Tables>,
  plan: string,
  index: number,
  { ok, ...outcome }: StepEnding,
): Promise<boolean> {
  const ended = await tx
    .updateTable('plan_step')
    .set({
      ended_at: sql`guardia_now()`,
      ok,
      outcome: json(outcome),
    })
    .where('plan', '=', plan)
    .where('index', '=', index)
    .where('ended_at', 'is', null)
    .executeTakeFirst();
  return ended.numUpdatedRows > 0n;
}

/** Why nobody will see a step end that has begun. */
export async function noteCutOff(db: Queries, plan: string, index: number, says: string): Promise<void> {
  await db
    .updateTable('plan_step')
    .set({ outcome: json({ says, evidence: [] }) })
    .where('plan', '=', plan)
    .where('index', '=', index)
    .where('ended_at', 'is', null)
    .execute();
}

export async function stepsOf(db: Queries, plan: string): Promise<StepRecord[]> {
  const rows = await db
    .selectFrom('plan_step')
    .selectAll()
    .where('plan', '=', plan)
    .orderBy('index')
    .execute();
  return rows.map((row) => {
    const outcome = row.outcome as Pick<StepRecord, 'says' | 'evidence' | 'amount' | 'by' | 'late'> | null;
    return {
      index: row.index,
      beganAt: row.began_at.toISOString(),
      endedAt: row.ended_at?.toISOString() ?? null,
      ok: row.ok,
      says: outcome?.says ?? null,
      evidence: outcome?.evidence ?? [],
      amount: outcome?.amount ?? null,
      by: outcome?.by ?? null,
      late: outcome?.late ?? false,
    };
  });
}

/** How long ago a plan last moved on: when it began, or when its last step ended. */
export async function idleMs(db: Queries, plan: string): Promise<number> {
  const idle = await sql<{ ms: number }>`
    select extract(epoch from guardia_now() - greatest(p.began_at, max(s.ended_at)))::float8 * 1000 as ms
    from plan p left join plan_step s on s.plan = p.id where p.id = ${plan} group by p.id`.execute(db);
  return idle.rows[0]?.ms ?? 0;
}
