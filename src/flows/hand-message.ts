import { byHandOf, isByHand } from '../catalogue/by-hand.ts';
import type { Service } from '../catalogue/catalogue.ts';
import { handMessage } from '../report/hand.ts';
import type { HandView } from '../report/hand-states.ts';
import type { Step } from '../steps/step-kind.ts';
import type { Queries } from '../store/database.ts';
import { say } from '../store/messages.ts';
import type { StepRecord } from '../store/plan-steps.ts';
import type { StoredPlan } from '../store/plans.ts';
import { type House, serviceOrGone } from './house.ts';
import { titleOf } from './offers.ts';
import { threadOf } from './origin.ts';

/** Calls whoever is to do a step by hand, in a reply of its own: an edit of the progress would notify nobody. */
export async function tellHands(
  house: Pick<House, 'catalogue'>,
  tx: Queries,
  stored: StoredPlan,
  records: readonly StepRecord[],
  now: string,
): Promise<void> {
  for (const record of records) {
    const step = stored.plan.steps[record.index];
    if (!step || !isByHand(step)) continue;
    const message = handMessage(viewOf(house, stored, step, record, now));
    const thread = threadOf({ ref: stored.origin, place: stored.place });
    await say(tx, { key: `hand:${stored.id}:${record.index}`, ...thread, message, importance: 0 });
  }
}

function viewOf(
  house: Pick<House, 'catalogue'>,
  stored: StoredPlan,
  step: Step,
  record: StepRecord,
  now: string,
): HandView {
  const { id, digest, plan } = stored;
  return {
    id,
    digest,
    plan,
    step: record.index,
    of: plan.steps.length,
    ...handOf(house, stored, step, record.beganAt),
    ended: endOf(stored, record),
    now,
  };
}

/** A run that ended without the step's own end waits for nobody either. */
function endOf({ state, endedAt, reason }: StoredPlan, record: StepRecord): HandView['ended'] {
  const { ok, by, says } = record;
  if (record.endedAt !== null) return { ok: ok ?? false, by, at: record.endedAt, says: says ?? '' };
  return state === 'running'
    ? null
    : { ok: false, by: null, at: endedAt ?? record.beganAt, says: reason ?? '' };
}

/** What a step asks of whom, and until when. */
export function handOf(
  house: Pick<House, 'catalogue'>,
  { plan }: StoredPlan,
  step: Step,
  beganAt: string,
): Pick<HandView, 'does' | 'role' | 'until'> {
  const { does, by, withinMs } = byHandOf(step, plan.parameters);
  const until = new Date(Date.parse(beganAt) + withinMs).toISOString();
  return { does, role: by === null ? null : roleOf(serviceOrGone(house, plan.service), by), until };
}

function roleOf(service: Service, name: string): HandView['role'] {
  const role = service.roles[name];
  const reach = role?.contact ?? service.contacts[name]?.reach ?? null;
  return { title: titleOf(service, name), group: role?.group ?? null, reach };
}
