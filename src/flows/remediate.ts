import { setTimeout as pause } from 'node:timers/promises';
import { eligible, standingApprovals } from '../approval/decide.ts';
import { glassRefusal } from '../approval/glass.ts';
import type { Account, Person } from '../approval/person.ts';
import { isByHand } from '../catalogue/by-hand.ts';
import { needsApproval } from '../catalogue/policy.ts';
import { GuardiaError, messageOf } from '../errors.ts';
import { digestOf } from '../plan/digest.ts';
import type { Plan } from '../plan/plan.ts';
import { record } from '../store/audit.ts';
import { databaseTime } from '../store/clock.ts';
import { findPlan, move, noteOutcome, type StoredPlan, spendApproval } from '../store/plans.ts';
import { votesOn } from '../store/votes.ts';
import { tellAlert } from './alert-message.ts';
import { approversOf, ask } from './ask.ts';
import { waitForHand } from './by-hand.ts';
import { noteOnAlert } from './diagnose.ts';
import { orGiveUp } from './give-up.ts';
import { breakersOf } from './glass.ts';
import { type House, serviceOrGone } from './house.ts';
import { whyNotDuringIncident } from './incident.ts';
import { makeAnew, mayStartNoMore, noteAmount } from './make-plan.ts';
import { diagnose } from './observe.ts';
import { endRun, performOnce, type StepEnd } from './perform.ts';
import { tellPlan } from './plan-message.ts';
import { accountsOf, whyGone } from './requester.ts';
import type { RemediateRequest } from './requests.ts';
import { askDiagnosis } from './start.ts';
import { lookAfter, lookBefore } from './verify.ts';
import { expireIfDue } from './votes.ts';

/** A remediation, from the request to the proof. */
export async function remediateFlow(
  house: House,
  request: RemediateRequest,
  requestId: string,
  askedAt: string,
): Promise<void> {
  const { step, answer } = house.durable;
  const asked = await step('make the plan', () => ask(house, request, requestId, askedAt));
  await answer(asked.answer);
  if (asked.plan === null) return;
  const id = asked.plan;
  if (asked.waits && !(await isApproved(house, id))) return;

  const stored = await step('spend the approval', () => orGiveUp(house, id, () => spend(house, id), null));
  if (!stored) return;
  const end = await runSteps(house, stored);
  await step('see whether it helped', () => orGiveUp(house, id, () => prove(house, id, end), undefined));
}

async function isApproved(house: House, id: string): Promise<boolean> {
  for (;;) {
    const standing = await house.durable.step('see how it stands', () =>
      orGiveUp(house, id, () => expireIfDue(house, id), { state: 'void', leftMs: 0 }),
    );
    if (standing.state !== 'waiting') return standing.state === 'approved';
    await house.durable.told('changed', standing.leftMs);
  }
}

/**
 * Spends the approval, once. Everything is looked up again right before: the plan is made anew, and each approval
 * still has to come from somebody who may approve. Null when the plan ends here.
 */
async function spend(house: House, id: string): Promise<StoredPlan | null> {
  const stored = await findPlan(house.db, id);
  if (stored?.state === 'running') return stored;
  if (stored?.state !== 'approved') return null;
  if (digestOf(stored.plan) !== stored.digest)
    return endUnspent(house, stored, 'void', ['it is not what was approved: somebody has changed it']);
  const [{ problems, now }] = await Promise.all([whyVoid(house, stored), lookBefore(house, stored)]);
  if (problems.length > 0) return endUnspent(house, stored, 'void', problems);
  const spent = await house.db.transaction().execute(async (tx) => {
    if (!(await spendApproval(tx, id, stored.digest))) return false;
    await noteAmount(tx, id, 'amountBegun', now);
    await record(tx, { event: 'spent', by: null, plan: id, digest: stored.digest });
    await tellPlan(house, tx, id);
    return true;
  });
  house.wake();
  return spent ? findPlan(house.db, id) : endUnspent(house, stored, 'expired', []);
}

interface Checked {
  problems: string[];
  now: Plan | null;
}

/** A minute's limit of Slack is over by then. */
const PATIENCE_MS = 75_000;

/**
 * Why it does not run, and the plan as it would be made now, where that was asked. Waits for a Slack that is limited or
 * away; what may not begin any more meanwhile expires.
 */
async function whyVoid(house: House, stored: StoredPlan): Promise<Checked> {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await checkedAgain(house, stored);
    } catch (error) {
      if (!(error instanceof GuardiaError)) throw error;
      if (error.code !== 'slack' || !error.retryable || performance.now() > until)
        return { problems: [`it could not be checked again before it ran (${messageOf(error)})`], now: null };
    }
    await pause(house.pace.askAgainMs);
  }
}

async function checkedAgain(house: House, stored: StoredPlan): Promise<Checked> {
  const [requester] = await accountsOf(house, [stored.plan.requester] as const);
  const gone = whyGone(house, requester);
  if (gone.length > 0) return { problems: gone, now: null };
  if (!stored.plan.policy) return { problems: await whyNotUnasked(house, stored.plan), now: null };
  const [{ changed, now }, lost] = await Promise.all([
    makeAnew(house, stored.plan),
    whatIsLost(house, stored, requester),
  ]);
  const problems = [...changed, ...lost];
  return { problems: problems.length > 0 ? problems : await mayStartNoMore(house, stored.plan), now };
}

/** What nobody had to approve when it was asked for. */
async function whyNotUnasked(house: House, plan: Plan): Promise<string[]> {
  const service = serviceOrGone(house, plan.service);
  const action = service.runbooks.get(plan.runbook)?.actions.find(({ name }) => name === plan.action);
  const never = await whyNotDuringIncident(house, plan);
  const asks = action && needsApproval(service, action) ? ['somebody has to approve it by now'] : [];
  const problems = never ? [never, ...asks] : asks;
  return problems.length > 0 ? problems : mayStartNoMore(house, plan);
}

/** Whoever approved it, or broke the glass, still has to be one who may. */
async function whatIsLost(house: House, stored: StoredPlan, requester: Account): Promise<string[]> {
  const { glass } = stored.outcome;
  if (glass)
    return (await mayStillBreak(house, stored, glass.by))
      ? []
      : ['whoever broke the glass may no longer do so'];
  const left = await supportLeft(house, stored, requester);
  return left < (stored.plan.policy?.votes ?? 1) ? ['somebody who approved it may no longer do so'] : [];
}

async function mayStillBreak(house: House, stored: StoredPlan, by: Person): Promise<boolean> {
  const [account, breakers] = await Promise.all([
    house.people.account(by, { fresh: true }),
    breakersOf(house, stored.plan),
  ]);
  const until = new Date(Date.parse(stored.expiresAt) - 1);
  return glassRefusal(stored, account, stored.digest, breakers, until) === null;
}

async function supportLeft(house: House, stored: StoredPlan, requester: Account): Promise<number> {
  const votes = await votesOn(house.db, stored.id);
  const [approvers, voters] = await Promise.all([approversOf(house, stored.plan), accountsOf(house, votes)]);
  return standingApprovals(votes, stored.digest, eligible(voters, requester, approvers)).length;
}

async function endUnspent(
  house: House,
  stored: StoredPlan,
  to: 'void' | 'expired',
  difference: string[],
): Promise<null> {
  await house.db.transaction().execute(async (tx) => {
    if (!(await move(tx, stored.id, ['approved'], to))) return;
    await noteOutcome(tx, stored.id, { difference });
    const event = to === 'void' ? 'voided' : 'expired';
    await record(tx, { event, by: null, plan: stored.id, digest: stored.digest, details: { difference } });
    await tellPlan(house, tx, stored.id);
  });
  house.observed.plan(to);
  house.wake();
  return null;
}

/** The steps in order; the first that does not end well ends the run. */
async function runSteps(house: House, stored: StoredPlan): Promise<StepEnd> {
  let end: StepEnd = 'ok';
  let index = 0;
  for (; index < stored.plan.steps.length && end === 'ok'; index += 1) {
    end = await runStep(house, stored, index);
  }
  await house.durable.step('end the run', () => endRun(house, stored.id, end, index - 1));
  return end;
}

function runStep(house: House, stored: StoredPlan, index: number): Promise<StepEnd> {
  const planned = stored.plan.steps[index];
  if (planned && isByHand(planned)) return waitForHand(house, stored, index);
  return house.durable.step(`step ${index + 1}`, () =>
    orGiveUp<StepEnd>(house, stored.id, () => performOnce(house, stored, index), 'unknown'),
  );
}

/**
 * Checks again and tells before and after. Where the action did not help, a new diagnosis says what fits now;
 * otherwise the alert's headline is brought up to date.
 */
async function prove(house: House, id: string, end: StepEnd): Promise<void> {
  const stored = await findPlan(house.db, id);
  if (!stored) return;
  if (end === 'void') return refreshAlert(house, stored);
  const healed = await lookAfter(house, stored, end !== 'ok');
  if (end === 'unknown') return;
  if (healed !== false) return refreshAlert(house, stored);
  const { service, runbook, parameters } = stored.plan;
  const asked = { service, runbook, parameters, by: null, origin: stored.origin, place: stored.place };
  await askDiagnosis(house, asked, `after:${id}`, stored.alert);
}

/** What the alert says now that the action has run; its thread has the proof already. */
async function refreshAlert(house: House, stored: StoredPlan): Promise<void> {
  const { alert, plan } = stored;
  const service = serviceOrGone(house, plan.service);
  const runbook = service.runbooks.get(plan.runbook);
  if (!alert || !runbook) return;
  const look = { service, runbook, parameters: plan.parameters };
  const at = (await databaseTime(house.db)).toISOString();
  const diagnosis = await diagnose(house, look, at, async () => {});
  await house.db.transaction().execute(async (tx) => {
    await noteOnAlert(tx, alert, diagnosis);
    await tellAlert(house, tx, alert);
  });
  house.wake();
}
