import { type Selectable, sql } from 'kysely';
import type { Person } from '../approval/person.ts';
import type { Queries } from './database.ts';
import { json } from './json.ts';
import type { Tables } from './schema.ts';

/** A silence that was asked for from an alert's message. Times are ISO 8601, UTC. */
export interface StoredSilence {
  id: string;
  request: string;
  alert: string;
  /** Each with the very value that it silences. */
  labels: Readonly<Record<string, string>>;
  reason: string;
  by: Person;
  until: string;
  /** `beginning` until Alertmanager has answered. */
  state: 'beginning' | 'active' | 'refused' | 'ended';
  /** What came of it, in words, and where it is to be seen. */
  says: string | null;
  link: string | null;
  endedAt: string | null;
  /** null where its time was over, or where it was ended in Alertmanager itself. */
  endedBy: Person | null;
}

type NewSilence = Pick<StoredSilence, 'id' | 'request' | 'alert' | 'labels' | 'reason' | 'by' | 'until'>;

/** False when the alert does not fire (any more), or is silenced already. */
export async function insertSilence(tx: Queries, silence: NewSilence): Promise<boolean> {
  const { id, request, alert, labels, reason, by, until } = silence;
  const { rows } = await sql`
    insert into silence (id, request, alert, labels, reason, by_team, by_user, until, state)
    select ${id}, ${request}, id, ${json(labels)}, ${reason}, ${by.team}, ${by.user}, ${until}, 'beginning'
    from alert where id = ${alert} and status = 'firing' for update
    on conflict do nothing returning id`.execute(tx);
  return rows.length > 0;
}

export async function findSilence(db: Queries, id: string): Promise<StoredSilence | null> {
  const row = await db.selectFrom('silence').selectAll().where('id', '=', id).executeTakeFirst();
  return row ? stored(row) : null;
}

/** What an alert's message tells of: its newest silence that Alertmanager took. */
export async function newestSilence(db: Queries, alert: string): Promise<StoredSilence | null> {
  const row = await db
    .selectFrom('silence')
    .selectAll()
    .where('alert', '=', alert)
    .where('state', 'in', ['active', 'ended'])
    .orderBy('asked_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row ? stored(row) : null;
}

/** Alertmanager has answered. False when that was noted before. */
export async function settleSilence(
  tx: Queries,
  id: string,
  outcome: { state: 'active' | 'refused'; says: string; link: string | null },
): Promise<boolean> {
  const done = await tx
    .updateTable('silence')
    .set(outcome)
    .where('id', '=', id)
    .where('state', '=', 'beginning')
    .executeTakeFirst();
  return done.numUpdatedRows > 0n;
}

/** False when it had ended before. */
export async function endStoredSilence(tx: Queries, id: string, by: Person | null): Promise<boolean> {
  const done = await tx
    .updateTable('silence')
    .set({
      state: 'ended',
      ended_at: sql`guardia_now()`,
      ended_team: by?.team ?? null,
      ended_user: by?.user ?? null,
    })
    .where('id', '=', id)
    .where('state', '=', 'active')
    .executeTakeFirst();
  return done.numUpdatedRows > 0n;
}

function stored(row: Selectable<Tables['silence']>): StoredSilence {
  return {
    id: row.id,
    request: row.request,
    alert: row.alert,
    labels: row.labels as Record<string, string>,
    reason: row.reason,
    by: { team: row.by_team, user: row.by_user },
    until: row.until.toISOString(),
    state: row.state,
    says: row.says,
    link: row.link,
    endedAt: row.ended_at?.toISOString() ?? null,
    endedBy: row.ended_team && row.ended_user ? { team: row.ended_team, user: row.ended_user } : null,
  };
}
