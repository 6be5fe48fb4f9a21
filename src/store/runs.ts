import { sql, type Transaction } from 'kysely';
import type { Diagnosis } from '../diagnosis/finding.ts';
import type { DiagnoseRequest } from '../flows/requests.ts';
import type { Queries } from './database.ts';
import type { Importance } from './importance.ts';
import { json } from './json.ts';
import type { Tables } from './schema.ts';

/** One execution of a diagnosis. */
export interface StoredRun {
  id: string;
  request: string;
  asked: DiagnoseRequest;
  alert: string | null;
  beganAt: string;
  endedAt: string | null;
  result: Diagnosis | null;
  importance: Importance;
}

/** Stores that a diagnosis was asked for; false when this very request had been stored before. */
export async function insertRun(
  db: Queries | Transaction<Tables>,
  run: Pick<StoredRun, 'id' | 'request' | 'asked' | 'alert'> & { importance?: Importance },
): Promise<boolean> {
  const inserted = await db
    .insertInto('run')
    .values({
      id: run.id,
      request: run.request,
      service: run.asked.service,
      runbook: run.asked.runbook,
      alert: run.alert,
      asked_team: run.asked.by?.team ?? null,
      asked_user: run.asked.by?.user ?? null,
      asked: json(run.asked),
      importance: run.importance ?? 1,
    })
    .onConflict((conflict) => conflict.column('request').doNothing())
    .executeTakeFirst();
  return (inserted.numInsertedOrUpdatedRows ?? 0n) > 0n;
}

export async function findRun(db: Queries, id: string): Promise<StoredRun | null> {
  const row = await db.selectFrom('run').selectAll().where('id', '=', id).executeTakeFirst();
  if (!row) return null;
  return {
    id: row.id,
    request: row.request,
    asked: row.asked as DiagnoseRequest,
    alert: row.alert,
    beganAt: row.began_at.toISOString(),
    endedAt: row.ended_at?.toISOString() ?? null,
    result: row.result as Diagnosis | null,
    importance: row.importance as Importance,
  };
}

/** The newest diagnosis of an alert that came to an end. */
export async function newestResult(db: Queries, alert: string): Promise<Diagnosis | null> {
  const row = await db
    .selectFrom('run')
    .select('result')
    .where('alert', '=', alert)
    .where('ended_at', 'is not', null)
    .orderBy('ended_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  return (row?.result as Diagnosis | undefined) ?? null;
}

export async function endRun(db: Queries, id: string, result: Diagnosis): Promise<void> {
  await db
    .updateTable('run')
    .set({ ended_at: sql`guardia_now()`, result: json(result) })
    .where('id', '=', id)
    .execute();
}

/** What comes after the diagnosis of a run: nothing, following its alert, or what its schedule runs. */
export type RunKind = 'asked' | 'alert' | 'schedule';

/**
 * Runs that have not ended, the most important first: new ones, and those whose process died before it began them. So
 * many at once is enough: as one ends, the next is looked for.
 */
export async function openRuns(db: Queries): Promise<{ id: string; kind: RunKind }[]> {
  const rows = await db
    .selectFrom('run')
    .select(['id', 'request'])
    .where('ended_at', 'is', null)
    .orderBy('importance')
    .orderBy('began_at')
    .limit(OPEN_RUNS)
    .execute();
  return rows.map((row) => ({ id: row.id, kind: kindOf(row.request) }));
}

const OPEN_RUNS = 100;

/** The request of a run begins with what asked for it. */
function kindOf(request: string): RunKind {
  const [asker] = request.split(':');
  return asker === 'alert' || asker === 'schedule' ? asker : 'asked';
}
