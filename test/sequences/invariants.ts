import type { AuditEvent } from '../../src/audit/chain.ts';
import type { PlanState } from '../../src/plan/plan.ts';
import { approvalsOf, type Standing } from './standing.ts';
import type { World } from './world.ts';

/** What must hold whatever was played, as anybody can see it in the database and in the systems. */

const ENDS: readonly PlanState[] = ['done', 'failed', 'denied', 'cancelled', 'expired', 'void'];

export function breaches(world: World, before: readonly Standing[], now: readonly Standing[]): string[] {
  const begun = now.filter(({ began }) => began).length;
  const touched = world.steps.performed.length;
  return [
    ...world.ledger.failed.map((error) => `a flow failed: ${String(error)}`),
    ...cameBack(before, now),
    ...now.flatMap(unsupported),
    ...now.flatMap(unrecorded),
    ...(touched > begun ? [`${touched} times something was touched, and ${begun} plans were begun`] : []),
  ];
}

/** After every end there is no way back. */
function cameBack(before: readonly Standing[], now: readonly Standing[]): string[] {
  return before
    .filter(({ id, state }) => ENDS.includes(state) && now.find((plan) => plan.id === id)?.state !== state)
    .map(({ state }) => `a plan that was ${state} is something else now`);
}

/** Nothing begins without N distinct other people who approved this very digest, or broken glass that is recorded. */
function unsupported({ began, glass, votes, digest, asked, policy, events }: Standing): string[] {
  if (!began) return [];
  if (glass)
    return events.includes('break-glass') ? [] : ['the glass was broken without a word in the record'];
  const supporters = new Set(
    votes.filter((vote) => vote.vote === 'approve' && vote.digest === digest).map((vote) => vote.person),
  );
  supporters.delete(asked);
  return supporters.size >= policy.votes ? [] : [`${supporters.size} of ${policy.votes} approved what ran`];
}

/** Every change has one entry in the record. */
function unrecorded(plan: Standing): string[] {
  const { state, began, events } = plan;
  const wanted: Partial<Record<AuditEvent, number>> = {
    asked: 1,
    voted: approvalsOf(plan),
    spent: began ? 1 : 0,
    denied: state === 'denied' ? 1 : 0,
    cancelled: state === 'cancelled' ? 1 : 0,
    expired: state === 'expired' ? 1 : 0,
    voided: state === 'void' ? 1 : 0,
  };
  const counted = (event: string) => events.filter((one) => one === event).length;
  const steps = counted('step-begun') > 1 || counted('step-ended') > counted('step-begun');
  return [
    ...Object.entries(wanted)
      .filter(([event, times]) => counted(event) !== times)
      .map(([event, times]) => `${event} is recorded ${counted(event)} times instead of ${times}`),
    ...(steps ? ['a step was begun or ended twice'] : []),
    ...(state === 'done' && counted('step-ended') + counted('settled') !== 1
      ? ['how it ended is not recorded']
      : []),
  ];
}
