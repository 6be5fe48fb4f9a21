import { lockAlert } from '../store/alerts.ts';
import { standElsewhere } from '../store/outbox.ts';
import { lockPlan, noteOutcome } from '../store/plans.ts';
import type { House } from './house.ts';
import { originOfPlan, threadOf } from './origin.ts';
import { tellPlan } from './plan-message.ts';
import { placeOfRequest } from './request-place.ts';

const REQUEST = /^request:([0-9a-f-]{36})$/;

/**
 * A message cannot be posted where it is to stand. A request for approval goes to its thread then, and says so: nobody
 * would read it where its approvers are. Whatever else it is waits until people let Guardia in.
 */
export async function notPosted(house: House, key: string): Promise<void> {
  const id = REQUEST.exec(key)?.[1];
  if (!id) return;
  await house.db.transaction().execute(async (tx) => {
    const stored = await lockPlan(tx, id);
    if (!stored || placeOfRequest(stored).closed) return;
    if (stored.alert) await lockAlert(tx, stored.alert);
    if (!(await standElsewhere(tx, key, threadOf(originOfPlan(stored))))) return;
    await noteOutcome(tx, id, { closed: true });
    await tellPlan(house, tx, id);
  });
  house.wake();
}
