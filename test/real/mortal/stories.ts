import type { Answer, PlanRequest, RemediateRequest } from '../../../src/flows/requests.ts';
import { stepsOf } from '../../../src/store/plan-steps.ts';
import { reviewOf } from '../../../src/store/reviews.ts';
import type { PlanState } from '../../../src/store/schema.ts';
import { INES, NOOR, SAM } from '../../helpers/house.ts';
import type { Effect } from './injector.ts';
import type { Lane } from './lane.ts';

/** What people do about one plan, and how it ends when nobody dies in the middle of a step. */
export interface Story {
  name: string;
  asks: Partial<RemediateRequest>;
  /** From where on the house is killed. */
  from: 'the request' | 'the click';
  /** What people have done by then, and nobody is killed at. */
  before?(lane: Lane, plan: Plan, queue: string): Promise<void>;
  click(lane: Lane, plan: Plan, queue: string): Promise<void>;
  end: PlanState;
  /** Of its effects, those that it is killed at. */
  moments(effects: readonly Effect[]): readonly Effect[];
  /** Kills that it has if anything is counted at all. */
  atLeast: number;
}

type Plan = Pick<PlanRequest, 'plan' | 'digest'>;

/** People differ in what they do when something was cut off, from queue to queue. */
export function isPatient(queue: string): boolean {
  return Number(/\d+$/.exec(queue)?.[0]) % 2 === 0;
}

type Stands = Awaited<ReturnType<Lane['witness']['plansOf']>>[number];

/**
 * Clicks until an answer came. What was cut off may have counted: who is patient sees that, who is not clicks once
 * more and is told so.
 */
async function click(
  lane: Lane,
  queue: string,
  does: string,
  request: object,
  counted: (plan: Stands) => boolean | Promise<boolean> = ({ state }) => state !== 'waiting',
): Promise<void> {
  await lane.insist(does, async (house, again) => {
    const [plan] = again && isPatient(queue) ? await lane.witness.plansOf(queue) : [];
    if (plan && (await counted(plan))) return;
    const answer = await house.call<Answer>(does, request);
    if (answer.ok || (again && answer.says.trim() !== '')) return;
    throw new Error(`${does} was answered with ${JSON.stringify(answer)}`);
  });
}

const approves = (lane: Lane, plan: Plan, queue: string) =>
  click(lane, queue, 'approve', { ...plan, by: SAM });

const breaksTheGlass = (lane: Lane, plan: Plan, queue: string) =>
  click(lane, queue, 'breakGlass', { ...plan, by: NOOR, reason: 'nobody answers' });

const all = (effects: readonly Effect[]) => effects;
/** What changes something, or asks somebody: a read is the moment after the one before it. */
const seenByOthers = (effects: readonly Effect[]) =>
  effects.filter(({ what, inTransaction }) => !inTransaction && !/^(select|begin)/i.test(what));
/** From there on it is as in the first story. */
function untilItRuns(effects: readonly Effect[]): readonly Effect[] {
  const runs = effects.findIndex(({ what }) => what === 'touch');
  return seenByOthers(effects.slice(0, runs));
}

/** The first is killed at every query, the others at what can be seen from outside. */
export const STORIES: readonly Story[] = [
  {
    ...{ name: 'approved by a second person', asks: { action: 'purge' }, end: 'done' },
    ...{ from: 'the request', moments: all, atLeast: 350 },
    click: approves,
  },
  {
    ...{ name: 'approved by two others', asks: { action: 'purge-by-two' }, end: 'done' },
    ...{ from: 'the click', moments: untilItRuns, atLeast: 60 },
    async click(lane, plan, queue) {
      await approves(lane, plan, queue);
      await click(lane, queue, 'approve', { ...plan, by: INES });
    },
  },
  {
    ...{ name: 'run through broken glass', asks: { action: 'purge' }, end: 'done' },
    ...{ from: 'the click', moments: untilItRuns, atLeast: 36 },
    click: breaksTheGlass,
  },
  {
    ...{ name: 'reviewed after it ran through broken glass', asks: { action: 'purge' }, end: 'done' },
    ...{ from: 'the click', moments: seenByOthers, atLeast: 8 },
    async before(lane, plan, queue) {
      await breaksTheGlass(lane, plan, queue);
      const [{ request } = { request: '' }] = await lane.witness.plansOf(queue);
      await lane.insist('the run ends', () => lane.witness.ended(`remediate:${request}`));
    },
    async click(lane, plan, queue) {
      const signed = async () => (await reviewOf(lane.witness.db, plan.plan))?.signed != null;
      await click(lane, queue, 'review', { ...plan, by: SAM, note: 'all well' }, signed);
      if (!(await signed())) throw new Error('a review that was answered is not signed');
    },
  },
  {
    ...{ name: 'with a step that is done by hand', asks: { action: 'purge-by-hand' }, end: 'done' },
    ...{ from: 'the click', moments: seenByOthers, atLeast: 20 },
    async before(lane, plan, queue) {
      await approves(lane, plan, queue);
      await lane.insist('the step by hand', (house) => house.whileAlive(lane.witness.begun(plan.plan, 1)));
    },
    click: (lane, plan, queue) =>
      click(lane, queue, 'byHand', { ...plan, by: SAM, step: 1, done: true }, async ({ id }) => {
        const steps = await stepsOf(lane.witness.db, id);
        return steps[1]?.endedAt != null;
      }),
  },
  {
    ...{ name: 'denied', asks: { action: 'purge' }, end: 'denied' },
    ...{ from: 'the click', moments: seenByOthers, atLeast: 16 },
    click: (lane, plan, queue) => click(lane, queue, 'deny', { ...plan, by: SAM, reason: 'not now' }),
  },
  {
    ...{ name: 'cancelled', asks: { action: 'purge' }, end: 'cancelled' },
    ...{ from: 'the click', moments: seenByOthers, atLeast: 10 },
    click: (lane, plan, queue) => click(lane, queue, 'cancel', { ...plan, by: NOOR }),
  },
  {
    ...{ name: 'changed after it was approved', asks: { action: 'purge' }, end: 'void' },
    ...{ from: 'the click', moments: seenByOthers, atLeast: 45 },
    async click(lane, plan, queue) {
      // Two steps were looked at when it was asked for, and two at the click.
      lane.world.growsAtLook(queue, 5);
      await approves(lane, plan, queue);
    },
  },
  {
    ...{ name: 'not approved in time', asks: { service: 'kiosk', action: 'purge' }, end: 'expired' },
    ...{ from: 'the click', moments: seenByOthers, atLeast: 12 },
    click: async () => {},
  },
];
