import { type Person, samePerson } from '../../../src/approval/person.ts';
import type { AuditEntry, AuditEvent } from '../../../src/audit/chain.ts';
import { isByHand } from '../../../src/catalogue/by-hand.ts';
import type { Vote } from '../../../src/plan/plan.ts';
import { PLAN } from '../../../src/report/signs.ts';
import { type StepRecord, stepsOf } from '../../../src/store/plan-steps.ts';
import { findPlan, type StoredPlan } from '../../../src/store/plans.ts';
import { type Review, reviewOf } from '../../../src/store/reviews.ts';
import { votesOn } from '../../../src/store/votes.ts';
import { INES, NOOR, SAM } from '../../helpers/house.ts';
import type { Change, Touch, Witness } from './witness.ts';

/** All that is left of a plan, in the database and in the system that it was about. */
interface Left {
  stored: StoredPlan;
  changes: readonly Change[];
  /** Entries of the record about this plan. */
  record: readonly AuditEntry[];
  votes: readonly Vote[];
  steps: readonly StepRecord[];
  touches: readonly Touch[];
  review: Review | null;
  /** The request for approval, as it stands in Slack. */
  message: string;
}

/** Each way that a plan's state may go, and what the record calls it. A run that ends well is told by its steps. */
const WAYS: Readonly<Record<string, readonly AuditEvent[]>> = {
  'made → waiting': ['asked'],
  'waiting → approved': ['approved', 'break-glass'],
  'waiting → denied': ['denied'],
  'waiting → cancelled': ['cancelled'],
  'waiting → expired': ['expired'],
  'waiting → void': ['voided'],
  'approved → running': ['spent'],
  'approved → cancelled': ['cancelled'],
  'approved → expired': ['expired'],
  'approved → void': ['voided'],
  'running → done': [],
  'running → unknown': ['unknown'],
};
const RAN = ['done', 'unknown'];
const APPROVERS = [SAM, INES, NOOR].map(({ team, user }) => `${team}:${user}`);
const BREAKERS = [NOOR, INES].map(({ team, user }) => `${team}:${user}`);

/** What is promised of a plan that has come to its end, whoever died on the way. */
const PROMISES: Readonly<Record<string, (left: Left) => boolean>> = {
  'its state goes only where it may, and an end is an end': ({ changes, stored }) =>
    changes.every(
      (change, index) => wayOf(change) in WAYS && change.from === (changes[index - 1]?.to ?? null),
    ) && changes.at(-1)?.to === stored.state,
  'each change of its state is in the record, once': ({ changes, record }) => {
    const told = changes.map((change) => WAYS[wayOf(change)] ?? []).filter((events) => events.length > 0);
    const entries = record.filter(({ event }) => Object.values(WAYS).flat().includes(event));
    return entries.length === told.length && told.every((events) => count(entries, ...events) === 1);
  },
  'each vote is of another person on this very plan, and in the record, once': ({
    votes,
    record,
    stored,
  }) => {
    const entries = record.filter(({ event }) => event === 'voted' || event === 'denied');
    const cast = votes.map(({ vote, user }) => `${vote === 'deny' ? 'denied' : 'voted'} ${user}`);
    return (
      new Set(votes.map(({ user }) => user)).size === votes.length &&
      votes.every((vote) => vote.digest === stored.digest && mayVote(vote, stored)) &&
      sorted(cast) === sorted(entries.map(({ event, user }) => `${event} ${user}`))
    );
  },
  'each step that began, and each that ended, is in the record, once': ({ steps, record }) =>
    count(record, 'step-begun') === steps.length &&
    count(record, 'step-ended') === steps.filter(({ endedAt }) => endedAt !== null).length,
  'nothing is done that is not written down and allowed': ({ stored, touches }) =>
    touches.every((touch) => isAllowed(touch, stored)),
  'each step is done in its turn, and once': ({ touches }) =>
    touches.every(({ step }, turn) => step === turn),
  'what is done was done wholly': ({ stored, touches, steps }) =>
    stored.state !== 'done' ||
    (touches.length === stored.plan.steps.filter((step) => !isByHand(step)).length &&
      steps.every(({ endedAt }) => endedAt !== null)),
  'what is unknown had begun, and nothing came after it': ({ stored, touches, steps }) =>
    stored.state !== 'unknown' ||
    (steps.at(-1)?.endedAt === null && [0, 1].includes(steps.length - touches.length)),
  'what ran through broken glass is reviewed once, as the record says': ({ review, record }) =>
    count(record, 'break-glass') === (review ? 1 : 0) &&
    count(record, 'reviewed') === (review?.signed ? 1 : 0),
  'what came to no run was not done': ({ stored, touches, steps }) =>
    RAN.includes(stored.state) || touches.length + steps.length === 0,
  'what ran is looked at again, and in the record, once': ({ stored, record }) =>
    count(record, 'verified') === (RAN.includes(stored.state) ? 1 : 0),
  'its message says how it stands': ({ stored, message }) =>
    message.includes(`${PLAN[stored.state].sign} ${PLAN[stored.state].word}`),
};

/** Which promises were not kept for a plan, and for the record since it was read last. */
export async function brokenPromises(
  witness: Witness,
  plan: string,
  touches: readonly Touch[],
): Promise<{ broken: string[]; record: readonly AuditEntry[] }> {
  const [stored, changes, { entries, broken }, votes, steps, review, message] = await Promise.all([
    findPlan(witness.db, plan),
    witness.changesOf(plan),
    witness.newRecord(),
    votesOn(witness.db, plan),
    stepsOf(witness.db, plan),
    reviewOf(witness.db, plan),
    witness.says(`plan:${plan}`),
  ]);
  const record = entries.filter((entry) => entry.plan === plan);
  if (!stored) return { broken: ['it is stored'], record };
  const left: Left = { stored, changes, record, votes, steps, touches, review, message };
  const unkept = Object.keys(PROMISES).filter((promise) => !PROMISES[promise]?.(left));
  const words = unkept.map((promise) => `not kept: ${promise} (${inShort(left)})`);
  return { broken: [...words, ...(broken ? [broken] : [])], record };
}

function inShort({ changes, record, touches }: Left): string {
  const events = record.map(({ event }) => event).join(', ');
  return `${changes.map(({ to }) => to).join(' → ')}; recorded: ${events}; touched ${touches.length} times`;
}

/** In the moment in which a system is touched: enough others have approved this very plan, or somebody broke the glass. */
function isAllowed(touch: Touch, { digest, plan }: StoredPlan): boolean {
  const others = touch.approvers.filter((one) => APPROVERS.includes(one));
  const byVotes = others.length >= (plan.policy?.votes ?? 1);
  const byGlass = touch.glass !== null && BREAKERS.includes(touch.glass);
  const written =
    touch.state === 'running' && touch.digest === digest && touch.spent === 1 && touch.begun === 1;
  return written && (byVotes || byGlass);
}

function mayVote({ team, user }: Person, { plan }: StoredPlan): boolean {
  return APPROVERS.includes(`${team}:${user}`) && !samePerson({ team, user }, plan.requester);
}

function wayOf({ from, to }: Change): string {
  return `${from ?? 'made'} → ${to}`;
}

function count(record: readonly AuditEntry[], ...events: readonly AuditEvent[]): number {
  return record.filter(({ event }) => events.includes(event)).length;
}

function sorted(words: readonly string[]): string {
  return words.toSorted().join();
}
