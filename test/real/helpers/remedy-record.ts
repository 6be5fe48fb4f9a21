import { expect } from '@jest/globals';
import type { Diagnosis } from '../../../src/diagnosis/finding.ts';
import type { Outcome } from '../../../src/store/plans.ts';
import type { TestDatabase } from '../../helpers/database.ts';
import { checksAsWritten, PLAYED } from './remedies.ts';

/** By the record of the bot, what was done and helped is what the list says of this test; nothing else was done. */
export async function expectHealed({ db }: TestDatabase, file: string): Promise<void> {
  const plans = await db.selectFrom('plan').selectAll().execute();
  const ends = plans.map(({ service, runbook, action, state, outcome }) => ({
    action: `${service}/${runbook}#${action}`,
    state,
    healed: (outcome as Outcome | null)?.healed ?? true,
  }));
  expect(ends.filter(({ state, healed }) => state !== 'done' || !healed)).toEqual([]);
  expect([...new Set(ends.map(({ action }) => action))].sort()).toEqual([...(PLAYED[file] ?? [])].sort());
}

/** By the record of the bot, every check of these services was answered at least once. */
export async function expectAnswers({ db }: TestDatabase, services: readonly string[]): Promise<void> {
  const answered = new Set([...(await ofDiagnoses(db)), ...(await ofProofs(db))]);
  const checks = checksAsWritten(services);
  expect(checks.length).toBeGreaterThan(0);
  expect(checks.filter((check) => !answered.has(check))).toEqual([]);
}

async function ofDiagnoses(db: TestDatabase['db']): Promise<string[]> {
  const runs = await db.selectFrom('run').selectAll().execute();
  return runs.flatMap(({ service, runbook, result }) =>
    ((result as Diagnosis | null)?.findings ?? [])
      .filter(({ status, value }) => status !== 'unknown' && value !== null)
      .map(({ check }) => `${service}/${runbook}/${check}`),
  );
}

async function ofProofs(db: TestDatabase['db']): Promise<string[]> {
  const plans = await db.selectFrom('plan').selectAll().execute();
  return plans.flatMap(({ service, runbook, outcome }) =>
    ((outcome as Outcome | null)?.after ?? [])
      .filter(({ status }) => status !== 'unknown')
      .map(({ check }) => `${service}/${runbook}/${check}`),
  );
}
