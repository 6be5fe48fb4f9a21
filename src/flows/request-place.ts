import type { RequestPlace } from '../report/states.ts';
import type { StoredPlan } from '../store/plans.ts';
import { originOfPlan, type Thread, threadOf } from './origin.ts';

/** Where the request for a plan stands: where its approvers are, or in its thread. */
export function placeOfRequest({ id, plan, place, outcome }: StoredPlan): RequestPlace {
  const channel = plan.policy?.channel ?? null;
  const apart = channel !== null && channel !== place.channel;
  return {
    key: `${apart ? 'request' : 'plan'}:${id}`,
    askedIn: place.channel,
    channel: apart ? channel : null,
    closed: outcome.closed ?? false,
  };
}

/** The same for the store of messages; null where the request is a message of its thread like any other. */
export function apartFrom(stored: StoredPlan): Thread | null {
  const { channel, closed } = placeOfRequest(stored);
  if (channel === null) return null;
  return closed ? threadOf(originOfPlan(stored)) : { channel };
}
