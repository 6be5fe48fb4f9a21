import { randomUUID } from 'node:crypto';
import { type Approvers, eligible } from '../approval/decide.ts';
import { type Account, personKey, samePerson } from '../approval/person.ts';
import { lackingForAction, lackingInWords } from '../catalogue/needs.ts';
import { durationMs } from '../catalogue/schema-parts.ts';
import { versionOf } from '../catalogue/version.ts';
import { GuardiaError, OUR_FAULT } from '../errors.ts';
import { digestOf } from '../plan/digest.ts';
import type { Plan } from '../plan/plan.ts';
import {
  ANSWERS,
  alreadyAsked,
  cannotBeMet,
  cannotLookUp,
  cannotPlan,
  lacksParameters,
  lateText,
  notNow,
} from '../report/answers.ts';
import type { Criterion, LateLook } from '../report/states.ts';
import { isReadable, wholeOf } from '../report/whole.ts';
import { findAlert } from '../store/alerts.ts';
import { record } from '../store/audit.ts';
import { isAway } from '../store/away.ts';
import { databaseTime } from '../store/clock.ts';
import type { Queries } from '../store/database.ts';
import { type Called, findTwin, insertPlan, type Outcome, planOfRequest } from '../store/plans.ts';
import { findRun } from '../store/runs.ts';
import { directMessagesTo } from './call-approvers.ts';
import { lookAtCriteria } from './criteria.ts';
import { actionOf, type House, runbookOf, serviceOf } from './house.ts';
import { whyNotDuringIncident } from './incident.ts';
import { lookAgain } from './late.ts';
import { makePlan } from './make-plan.ts';
import { answerToStart } from './may-start.ts';
import { originOf } from './origin.ts';
import { tellPlan } from './plan-message.ts';
import { accountsOf } from './requester.ts';
import type { Answer, RemediateRequest } from './requests.ts';

/** An action needs to begin soon after it was asked for, also when nobody has to approve it. */
const DEFAULT_BEGIN_WITHIN_MS = 5 * 60_000;

export interface Asked {
  /** The stored plan; null when the request was refused. */
  plan: string | null;
  waits: boolean;
  answer: Answer;
}

/**
 * Makes the plan that was asked for and stores it, or says why not. The same request a second time finds the first.
 * Between asking and this a process may have died and been away: who saw nothing come of it has asked again, or does
 * not expect it any more.
 */
export async function ask(
  house: House,
  request: RemediateRequest,
  requestId: string,
  askedAt: string,
): Promise<Asked> {
  const before = await planOfRequest(house.db, requestId);
  if (before) return { plan: before.id, waits: before.plan.policy !== undefined, answer: { ok: true } };
  try {
    const barred = await whyNotAsked(house, request);
    if (barred) return refused(barred);
    const unfit = whyNotAsShown(house, request);
    if (unfit) return refused(unfit);
    const [plan, criteria, late] = await Promise.all([
      makePlan(house, request),
      lookAtCriteria(house, request),
      lookAgain(house, request),
    ]);
    if (late?.needsReason && !saysWhy(request)) return refused(lateText(plan.title, late), late);
    const problem = await whyNot(house, plan);
    if (typeof problem === 'string') return refused(problem);
    if (!plan.policy && (await isTooLate(house, askedAt))) return refused(ANSWERS.tooLate);
    const called = await directMessagesTo(house, problem);
    return await store(house, { plan, criteria, late, called, request, requestId, askedAt });
  } catch (error) {
    if (isAway(error)) throw error;
    if (error instanceof GuardiaError)
      return refused(error.code === 'slack' ? cannotLookUp(error.message) : cannotPlan(error.message));
    house.logger.error({ err: error, action: request.action }, 'a plan could not be made');
    return refused(cannotPlan(OUR_FAULT));
  }
}

/** Whoever may start it may ask for it. Nobody asks in Guardia's name but the clock. */
async function whyNotAsked(house: House, request: RemediateRequest): Promise<string | null> {
  const isClocks = samePerson(request.by, house.people.self());
  return isClocks && !request.byClock ? ANSWERS.notAllowed : answerToStart(house, request);
}

/** What starts is what was shown, with everything that it needs. */
function whyNotAsShown(house: House, { seen, parameters, ...asked }: RemediateRequest): string | null {
  const service = serviceOf(house, asked.service);
  const runbook = runbookOf(house, asked.service, asked.runbook);
  const action = actionOf(runbook, asked.action);
  if (seen !== undefined && seen !== versionOf(service, runbook, action, parameters))
    return ANSWERS.changedSince;
  const lacking = lackingForAction(runbook, action, parameters);
  return lacking.length > 0 ? lacksParameters(lackingInWords(lacking, asked.refused)) : null;
}

/** Nothing calls for it any more: whoever wants it all the same was told so, and says why. */
function saysWhy({ allTheSame, reason = '' }: RemediateRequest): boolean {
  return allTheSame === true && reason.trim() !== '';
}

async function isTooLate({ db }: House, askedAt: string): Promise<boolean> {
  return (await databaseTime(db)).getTime() - Date.parse(askedAt) > DEFAULT_BEGIN_WITHIN_MS;
}

function refused(says: string, late?: LateLook): Asked {
  return { plan: null, waits: false, answer: { ok: false, says, ...(late ? { late } : {}) } };
}

/** A request that may not run now, or that nobody could approve, is refused when it is made; else those who could. */
async function whyNot(house: House, plan: Plan): Promise<string | Account[]> {
  const never = await whyNotDuringIncident(house, plan);
  if (never) return notNow(never);
  if (!plan.policy) return plan.risk === 'destructive' ? ANSWERS.noPolicy : [];
  if (plan.reason.trim() === '') return ANSWERS.needsReason;
  if (!isReadable(wholeOf(plan))) return ANSWERS.unreadable;
  const approvers = await approversOf(house, plan);
  const members = approvers.users.map((user) => ({ team: approvers.team, user }));
  const [requester, ...accounts] = await accountsOf(house, [plan.requester, ...members] as const);
  if (personKey(requester) === null) return ANSWERS.unresolved;
  const able = eligible(accounts, requester, approvers);
  return able.length < plan.policy.votes ? cannotBeMet(able.length, plan.policy.votes) : able;
}

/** The members of a plan's approver groups at this moment. A group that cannot be read rejects. */
export function approversOf(house: House, plan: Plan): Promise<Approvers> {
  return membersOf(house, plan.service, plan.policy?.by ?? []);
}

/** Whoever is in the groups of these roles of a service at this moment. A group that cannot be read rejects. */
export async function membersOf(house: House, service: string, names: readonly string[]): Promise<Approvers> {
  const roles = house.catalogue().services.get(service)?.roles ?? {};
  const groups = names.flatMap((role) => roles[role]?.group ?? []);
  const members = await Promise.all(groups.map((group) => house.people.members(group, { fresh: true })));
  return { team: house.people.team(), users: [...new Set(members.flat())] };
}

/** Which group stands for each role of the plan's policy, when it is asked for. */
function groupsOf(house: House, { service, policy }: Plan): Record<string, string> {
  const roles = house.catalogue().services.get(service)?.roles ?? {};
  return Object.fromEntries(
    (policy?.by ?? []).flatMap((role) => (roles[role] ? [[role, roles[role].group]] : [])),
  );
}

interface Wanted {
  plan: Plan;
  criteria: Criterion[];
  late: LateLook | null;
  called: Called[];
  request: RemediateRequest;
  requestId: string;
  askedAt: string;
}

async function store(
  house: House,
  { plan, criteria, late, called, request, requestId, askedAt }: Wanted,
): Promise<Asked> {
  const id = randomUUID();
  const digest = digestOf(plan);
  const waits = plan.policy !== undefined;
  const twin = await house.db.transaction().execute(async (tx) => {
    const open = await findTwin(tx, plan, askedAt);
    if (open) return open;
    const origin = request.origin ? await originOf(tx, request.origin) : null;
    await insertPlan(tx, {
      id,
      request: requestId,
      digest,
      plan,
      state: waits ? 'waiting' : 'approved',
      origin: origin?.ref ?? `plan:${id}`,
      alert: origin?.alert ?? null,
      place: origin?.place ?? request.place,
      expiresInMs: plan.policy ? durationMs(plan.policy.expires) : DEFAULT_BEGIN_WITHIN_MS,
      beginWithinMs: DEFAULT_BEGIN_WITHIN_MS,
      outcome: {
        groups: groupsOf(house, plan),
        called,
        criteria,
        ...(late ? { late } : {}),
        ...(await cameFrom(tx, origin?.ref ?? null)),
      },
    });
    await record(tx, {
      event: 'asked',
      by: request.by,
      plan: id,
      digest,
      details: { title: plan.title, reason: plan.reason, ...(late ? { late } : {}) },
    });
    await tellPlan(house, tx, id);
    return null;
  });
  house.wake();
  if (twin) return refused(alreadyAsked(twin.plan.title, twin.state));
  house.observed.plan(waits ? 'waiting' : 'approved');
  return { plan: id, waits, answer: { ok: true } };
}

/** The diagnosis that was on the table when it was asked for. */
async function cameFrom(tx: Queries, ref: string | null): Promise<Pick<Outcome, 'diagnosis'>> {
  const [kind, id] = ref?.split(':') ?? [];
  if (!id) return {};
  const verdict =
    kind === 'alert'
      ? (await findAlert(tx, id))?.diagnosis
      : kind === 'run'
        ? (await findRun(tx, id))?.result?.verdict
        : null;
  return verdict ? { diagnosis: { status: verdict.status, sentence: verdict.sentence } } : {};
}
