import { sql } from 'kysely';
import pg from 'pg';
import { type AuditEntry, type ChainHead, firstBreak } from '../../../src/audit/chain.ts';
import { auditEntries } from '../../../src/store/audit.ts';
import { type Database, openDatabase } from '../../../src/store/database.ts';
import type { PlanState } from '../../../src/store/schema.ts';
import { namedPromises } from './process.ts';

/** What the database held in the very moment in which a system was touched. */
export interface Touch {
  step: number;
  state: string;
  digest: string;
  /** People other than the requester who had approved this very digest. */
  approvers: string[];
  /** Who had broken the glass. */
  glass: string | null;
  spent: number;
  begun: number;
}

/** A state that a plan has gone to; from null when it was made. */
export interface Change {
  from: PlanState | null;
  to: PlanState;
}

/** Sees what was committed, whoever did it, and outlives them all. */
export interface Witness {
  db: Database;
  /** What stands in the database about the plan for this queue, whose step is being done. */
  atTouch(queue: string, step: number): Promise<Touch>;
  /** The plans that were made for this queue: id, digest, and the request that names their flow. */
  plansOf(queue: string): Promise<{ id: string; digest: string; request: string; state: PlanState }[]>;
  changesOf(plan: string): Promise<Change[]>;
  /** Changes of any plan that had come to its end. */
  takenBack(): Promise<Change[]>;
  /** What the record has got since this was asked last, and the first thing that is wrong with it. */
  newRecord(): Promise<{ entries: AuditEntry[]; broken: string | null }>;
  /** Whether a step of this queue's plan has begun and not ended; one that is done by hand is nobody's to cut off. */
  cutOff(queue: string): Promise<boolean>;
  /** How many flows this replica has begun and not ended. */
  unfinishedOf(replica: string): Promise<number>;
  /** Makes a replica one that has not been heard of for long. */
  silence(replica: string): Promise<void>;
  /** The stored message under a key, as one text. */
  says(key: string): Promise<string>;
  /** Resolves when this flow has ended. */
  ended(flow: string): Promise<void>;
  /** Resolves when this step of a plan has begun. */
  begun(plan: string, step: number): Promise<void>;
  stop(): Promise<void>;
}

export async function openWitness(url: string): Promise<Witness> {
  const { db, pool, close } = openDatabase(url);
  await pool.query(WITNESS);
  const heard = await listen(url);
  let head: ChainHead | undefined;
  return {
    db,
    atTouch: async (queue, step) => (await pool.query<Touch>(AT_TOUCH, [queue, step])).rows[0] ?? NOTHING,
    plansOf: (queue) =>
      db
        .selectFrom('plan')
        .select(['id', 'digest', 'request', 'state'])
        .where(sql`frozen -> 'parameters' ->> 'queue'`, '=', queue)
        .execute(),
    changesOf: async (plan) => (await pool.query<Change>(CHANGES, [plan])).rows,
    takenBack: async () => (await pool.query<Change>(TAKEN_BACK)).rows,
    async newRecord() {
      const entries = await auditEntries(db, head?.seq ?? 0, 1_000);
      const broken = firstBreak(entries, head);
      head = entries.at(-1) ?? head;
      return { entries, broken };
    },
    cutOff: async (queue) => ((await pool.query(CUT_OFF, [queue])).rowCount ?? 0) > 0,
    unfinishedOf: async (replica) => (await pool.query(UNFINISHED, [replica])).rowCount ?? 0,
    async silence(replica) {
      await db
        .updateTable('replica')
        .set({ seen_at: new Date(0) })
        .where('name', '=', replica)
        .execute();
    },
    async says(key) {
      const row = await db.selectFrom('message').select('payload').where('key', '=', key).executeTakeFirst();
      return JSON.stringify(row?.payload ?? null);
    },
    ended: (flow) => heard.of(flow),
    begun: (plan, step) => heard.of(`${plan} ${step}`),
    async stop() {
      await heard.stop();
      await close();
    },
  };
}

/** Hears of each flow that ends, and of each step that begins. */
async function listen(url: string) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const events = namedPromises();
  client.on('notification', ({ payload = '' }) => events(payload).resolve());
  await client.query('listen witnessed');
  return { of: (event: string) => events(event).promise, stop: () => client.end() };
}

const NOTHING: Touch = {
  step: -1,
  state: 'none',
  digest: '',
  approvers: [],
  glass: null,
  spent: 0,
  begun: 0,
};

const AT_TOUCH = `
  select $2::int as step, p.state, p.digest,
    array(select team || ':' || "user" from vote
      where plan = p.id and vote = 'approve' and digest = p.digest and (team, "user") <> (p.asked_team, p.asked_user)) as approvers,
    (select broken_team || ':' || broken_user from review where plan = p.id) as glass,
    (select count(*)::int from audit where plan = p.id and event = 'spent') as spent,
    (select count(*)::int from audit
      where plan = p.id and event = 'step-begun' and (details ->> 'index')::int = $2) as begun
  from plan p where frozen -> 'parameters' ->> 'queue' = $1 and state not in ('denied', 'cancelled', 'expired', 'void')`;

const CHANGES = 'select "from", "to" from witnessed where plan = $1 order by seq';

const TAKEN_BACK = `select "from", "to" from witnessed where "from" not in ('waiting', 'approved', 'running')`;

const CUT_OFF = `
  select 1 from plan_step s join plan p on p.id = s.plan
  where p.frozen -> 'parameters' ->> 'queue' = $1 and s.ended_at is null
    and p.frozen -> 'steps' -> s.index ->> 'kind' <> 'manual'`;

const UNFINISHED = "select 1 from dbos.workflow_status where executor_id = $1 and status = 'PENDING'";

const WITNESS = `
  create table witnessed (seq bigint generated always as identity, plan uuid, "from" text, "to" text);
  create function witness_plan() returns trigger language plpgsql as $$
    begin
      insert into witnessed (plan, "from", "to")
        values (new.id, case when tg_op = 'UPDATE' then old.state end, new.state);
      return null;
    end
  $$;
  create trigger witness_plan after insert or update of state on plan for each row execute function witness_plan();
  create function witness_flow() returns trigger language plpgsql as $$
    begin
      perform pg_notify('witnessed', new.workflow_uuid);
      return null;
    end
  $$;
  create trigger witness_flow after update of status on dbos.workflow_status for each row
    when (new.status in ('SUCCESS', 'ERROR')) execute function witness_flow();
  create function witness_step() returns trigger language plpgsql as $$
    begin
      perform pg_notify('witnessed', new.plan || ' ' || new.index);
      return null;
    end
  $$;
  create trigger witness_step after insert on plan_step for each row execute function witness_step();`;
