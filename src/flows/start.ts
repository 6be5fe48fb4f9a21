import { randomUUID } from 'node:crypto';
import { insertRun } from '../store/runs.ts';
import type { House } from './house.ts';
import type { DiagnoseRequest } from './requests.ts';

/**
 * Stores that a diagnosis is wanted; whatever sweeps open runs begins it. For flows, which may not begin others
 * themselves and still have something diagnosed.
 */
export async function askDiagnosis(
  house: House,
  asked: DiagnoseRequest,
  request: string,
  alert: string | null,
): Promise<string | null> {
  const id = randomUUID();
  const stored = await insertRun(house.db, { id, request, asked, alert });
  if (stored) house.nudge();
  return stored ? id : null;
}
