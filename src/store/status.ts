import { sql } from 'kysely';
import { COUNTED } from '../report/help.ts';
import type { Queries } from './database.ts';

export interface StoreStatus {
  /** Of the server, as it names itself: `18.4`. */
  version: string;
  /** Counted up to `COUNTED`, as is the next: a look costs the same however many wait. */
  waitingPlans: number;
  /** Messages that are not in Slack yet. */
  waitingMessages: number;
  replicas: { name: string; seenAt: string }[];
}

/** How the store is, in one look. Rejects when the database does not answer. */
export async function storeStatus(db: Queries): Promise<StoreStatus> {
  const { rows } = await sql<{ version: string; plans: number; messages: number }>`
    select current_setting('server_version') as version,
      (select count(*)::int from (select from plan where state = 'waiting' limit ${COUNTED}) p) as plans,
      (select least(${COUNTED}, p.count + e.count)::int from
        (select count(*) from (select from message where ts is null and not given_up limit ${COUNTED}) m) p,
        (select count(*) from (select from message where ts is not null and not given_up
          and (delivered_version < version or bare) and delivered_version < version limit ${COUNTED}) m) e) as messages`.execute(
    db,
  );
  const replicas = await db.selectFrom('replica').selectAll().orderBy('name').execute();
  const { version = '', plans = 0, messages = 0 } = rows[0] ?? {};
  return {
    version: version.split(' ')[0] ?? version,
    waitingPlans: plans,
    waitingMessages: messages,
    replicas: replicas.map(({ name, seen_at }) => ({ name, seenAt: seen_at.toISOString() })),
  };
}

/** When Guardia's tables were made: what was to happen before is nobody's business. */
export async function begunAt(db: Queries): Promise<Date> {
  const { began_at } = await db.selectFrom('installation').select('began_at').executeTakeFirstOrThrow();
  return began_at;
}
