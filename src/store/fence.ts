import { sql } from 'kysely';
import type { Queries } from './database.ts';

/** A step that a replica began, and the plan's fence as it was then. */
export interface HeldStep {
  plan: string;
  index: number;
  fence: number;
}

/** Takes the steps of running plans, by the plans' requests, from whoever began them: they do not act any more. */
export async function raiseFences(db: Queries, requests: readonly string[]): Promise<void> {
  if (requests.length === 0) return;
  await db
    .updateTable('plan')
    .set({ fence: sql`fence + 1` })
    .where('request', 'in', requests)
    .where('state', '=', 'running')
    .execute();
}

/** Whether the plan still runs, the step has not ended, and nobody has taken it over since it began. */
export async function holdsStep(db: Queries, { plan, index, fence }: HeldStep): Promise<boolean> {
  const held = await db
    .selectFrom('plan')
    .innerJoin('plan_step', 'plan_step.plan', 'plan.id')
    .select('plan.id')
    .where('plan.id', '=', plan)
    .where('plan.state', '=', 'running')
    .where('plan.fence', '=', fence)
    .where('plan_step.index', '=', index)
    .where('plan_step.ended_at', 'is', null)
    .executeTakeFirst();
  return held !== undefined;
}
