import type { Transaction } from 'kysely';
import type { Diagnosis } from '../diagnosis/finding.ts';
import type { DiagnoseRequest } from '../flows/requests.ts';
import type { Queries } from './database.ts';
import type { Tables } from './schema.ts';

/** One execution of a diagnosis. */
export interface StoredRun {
  id: string;
  asked: DiagnoseRequest;
  alert: string | null;
  beganAt: string;
  endedAt: string | null;
  result: Diagnosis | null;
}

/** Stores that a diagnosis was asked for; false when this very request had been stored before. */
export async function insertRun(
  db: Queries | Transaction<Tables>,
  run: { id: string; request: string; asked: DiagnoseRequest; alert: string | null },
): Promise<boolean> {
  const inserted = await db
    .insertInto('run')
    .values({
      id: run.id,
      request: run.request,
      service: run.asked.service,
      runbook: run.asked.runbook,
      alert: run.alert,
      asked_team: run.asked.by.team,
      asked_user: run.asked.by.user,
      asked: JSON.stringify(run.asked),
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
    asked: row.asked as DiagnoseRequest,
    alert: row.alert,
    beganAt: row.began_at.toISOString(),
    endedAt: row.ended_at?.toISOString() ?? null,
    result: row.result as Diagnosis | null,
  };
}

export async function endRun(db: Queries, id: string, result: Diagnosis): Promise<void> {
  await db.updateTable('run').set({ ended_at: new Date(), result: JSON.stringify(result) }).where('id', '=', id).execute();
}

/** Runs that were stored but may never have been started: the process died in between. */
export async function openRuns(db: Queries): Promise<string[]> {
  const rows = await db.selectFrom('run').select('id').where('ended_at', 'is', null).orderBy('began_at').limit(1_000).execute();
  return rows.map((row) => row.id);
}
