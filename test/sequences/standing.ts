import { sql } from 'kysely';
import type { AuditEvent } from '../../src/audit/chain.ts';
import type { Policy } from '../../src/catalogue/schema-service.ts';
import type { PlanState, Vote } from '../../src/plan/plan.ts';
import type { World } from './world.ts';

/** A plan as it stands in the database, with everything that is written of it. People are humans: `…TOO` is a second id. */
export interface Standing {
  id: string;
  digest: string;
  state: PlanState;
  asked: string;
  policy: Policy;
  began: boolean;
  glass: boolean;
  reviewed: boolean;
  votes: (Pick<Vote, 'vote' | 'digest'> & { person: string })[];
  events: AuditEvent[];
}

/** Every plan of the sequence, in the order in which they were made. */
export async function lookAt({ database, since }: Pick<World, 'database' | 'since'>): Promise<Standing[]> {
  const { rows } = await sql<Standing>`
    with said as (
      select plan, min(seq) as first, json_agg(event order by seq) as events
      from audit where seq > ${since} and plan is not null group by plan
    )
    select id, plan.digest, state, asked_team || ':' || replace(asked_user, 'TOO', '') as asked, frozen -> 'policy' as policy,
      began_at is not null as began, outcome -> 'glass' is not null as glass,
      exists (select from review where review.plan = plan.id and signed_at is not null) as reviewed,
      coalesce((select json_agg(json_build_object('vote', vote, 'digest', vote.digest, 'person',
          team || ':' || replace("user", 'TOO', '')))
        from vote where vote.plan = plan.id), '[]') as votes,
      events
    from said join plan on plan.id = said.plan order by first`.execute(database.db);
  return rows;
}

export function approvalsOf({ votes }: Standing): number {
  return votes.filter(({ vote }) => vote === 'approve').length;
}
