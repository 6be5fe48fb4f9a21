import type { PlanState } from '../../src/plan/plan.ts';
import {
  type Act,
  type Ask,
  type Click,
  FORGED,
  type Happening,
  humanOf,
  type Replica,
  type User,
} from './commands.ts';

/** What approvals.md promises, written down once more and as plainly as can be: what may follow from what. */
export interface PlanModel {
  by: User;
  needed: 1 | 2;
  state: PlanState;
  approvals: readonly User[];
  /** How much it would touch when it was asked for. */
  amount: number;
  /** Where its flow runs. */
  at: Replica;
  /** Whether its first and its second clock have run out. */
  late: boolean;
  tooLate: boolean;
  brokenBy: User | null;
  /** Who said how a run ended whose end nobody saw. */
  settledBy: User | null;
  reviewed: boolean;
}

export interface Model {
  plans: readonly PlanModel[];
  sre: readonly User[];
  oncall: readonly User[];
  gone: readonly User[];
  slackAnswers: boolean;
  waiting: number;
  /** Votes that the catalogue of each replica wants. */
  catalogue: Readonly<Record<Replica, 1 | 2>>;
  glass: boolean;
  held: boolean;
}

/** What a person was told, and how everything stands then. */
export interface Outcome {
  ok: boolean;
  next: Model;
}

const OPEN: readonly PlanState[] = ['waiting', 'approved', 'running'];

export function beginning(votes: 1 | 2, glass: boolean): Model {
  return {
    plans: [],
    sre: ['noor', 'sam', 'ines', 'guest', 'noortoo', 'samtoo'],
    oncall: ['noor', 'call', 'guest'],
    gone: [],
    slackAnswers: true,
    waiting: 1_243,
    catalogue: { a: votes, b: votes },
    glass,
    held: false,
  };
}

export function toggled<T>(all: readonly T[], one: T): readonly T[] {
  return all.includes(one) ? all.filter((other) => other !== one) : [...all, one];
}

function isMember(model: Model, user: User): boolean {
  return user !== 'guest' && user !== 'stranger' && !model.gone.includes(user);
}

/** The roles of the service are its approvers and those on call; whoever is in none of them starts nothing. */
function mayStart(model: Model, user: User): boolean {
  return isMember(model, user) && (model.sre.includes(user) || model.oncall.includes(user));
}

function mayApprove(model: Model, plan: Pick<PlanModel, 'by'>, user: User): boolean {
  return isMember(model, user) && model.sre.includes(user) && !isSame(user, plan.by);
}

/** The same human, whichever of their ids they come with. */
function isSame(one: User, other: User | null): boolean {
  return other !== null && humanOf(one) === humanOf(other);
}

function tookPart({ brokenBy, settledBy, approvals }: PlanModel, user: User): boolean {
  return [brokenBy, settledBy, ...approvals].some((one) => isSame(user, one));
}

function mayBreak(model: Model, user: User): boolean {
  return model.glass && isMember(model, user) && model.oncall.includes(user);
}

function hasChanged(model: Model, plan: PlanModel, at: Replica): boolean {
  const isGone = plan.amount > 0 && model.waiting === 0;
  const hasMoved = isGone || model.waiting > plan.amount * 1.2 || model.catalogue[at] !== plan.needed;
  return hasMoved || !mayStart(model, plan.by);
}

function put(model: Model, index: number, change: Partial<PlanModel>): Model {
  return { ...model, plans: model.plans.map((plan, at) => (at === index ? { ...plan, ...change } : plan)) };
}

/** What a person's act comes to by itself, before the flow goes on. `index`: of the plan that it is about. */
export function act(model: Model, does: Act, index: number): Outcome {
  const no = { ok: false, next: model };
  if (does.does === 'ask') return ask(model, does);
  const plan = model.plans[index];
  if (!plan || does.digest === 'other' || isForged(does)) return no;
  if (does.does === 'cancel') {
    // Whether another id is theirs is asked of Slack.
    const own = does.by === plan.by || (model.slackAnswers && isSame(does.by, plan.by));
    const may = own && (plan.state === 'waiting' || plan.state === 'approved');
    return may ? { ok: true, next: put(model, index, { state: 'cancelled' }) } : no;
  }
  if (!model.slackAnswers) return no;
  if (does.does === 'review') {
    const may =
      plan.brokenBy && !plan.reviewed && mayApprove(model, plan, does.by) && !tookPart(plan, does.by);
    return may ? { ok: true, next: put(model, index, { reviewed: true }) } : no;
  }
  if (does.does === 'settle') {
    const may = plan.state === 'unknown' && isMember(model, does.by);
    return may ? { ok: true, next: put(model, index, { state: 'done', settledBy: does.by }) } : no;
  }
  if (plan.state !== 'waiting') return no;
  return does.does === 'break-glass' ? breakGlass(model, plan, does, index) : vote(model, plan, does, index);
}

function isForged({ via }: Click): boolean {
  return (FORGED as readonly string[]).includes(via);
}

function ask(model: Model, { by, at }: Ask): Outcome {
  const no = { ok: false, next: model };
  const needed = model.catalogue[at];
  const able = new Set(model.sre.filter((user) => mayApprove(model, { by }, user)).map(humanOf));
  const newest = model.plans.at(-1);
  if (!model.slackAnswers || !mayStart(model, by) || able.size < needed) return no;
  if (newest && OPEN.includes(newest.state)) return no;
  const plan: PlanModel = {
    ...{ by, needed, state: 'waiting', approvals: [], amount: model.waiting, at },
    ...{ late: false, tooLate: false, brokenBy: null, settledBy: null, reviewed: false },
  };
  return { ok: true, next: { ...model, plans: [...model.plans, plan] } };
}

function breakGlass(model: Model, plan: PlanModel, { by, at }: Click, index: number): Outcome {
  if (!mayBreak(model, by) || plan.late) return { ok: false, next: model };
  if (hasChanged(model, plan, at)) return { ok: false, next: put(model, index, { state: 'void' }) };
  return { ok: true, next: put(model, index, { state: 'approved', brokenBy: by }) };
}

function vote(model: Model, plan: PlanModel, { does, by, at }: Click, index: number): Outcome {
  const no = (state: PlanState) => ({ ok: false, next: put(model, index, { state }) });
  const yes = (change: Partial<PlanModel>) => ({ ok: true, next: put(model, index, change) });
  if (!mayApprove(model, plan, by) || plan.approvals.some((one) => isSame(by, one))) return no('waiting');
  if (plan.late) return no('expired');
  if (!isMember(model, plan.by)) return no('void');
  if (does === 'deny') return yes({ state: 'denied' });
  if (does === 'claim') return yes({});
  if (hasChanged(model, plan, at)) return no('void');
  if (does === 'view') return yes({});
  const approvals = [...plan.approvals, by];
  return yes({ approvals, state: approvals.length >= plan.needed ? 'approved' : 'waiting' });
}

/** How the flow of the newest plan goes on by itself, at this replica, as far as it can. `cut`: the run's end is not seen. */
export function goesOn(model: Model, cut = false): Model {
  const index = model.plans.length - 1;
  const plan = model.plans[index];
  if (!plan || model.held) return model;
  if (plan.state === 'waiting') return plan.late ? put(model, index, { state: 'expired' }) : model;
  if (plan.state === 'running') return put(model, index, { state: cut ? 'unknown' : 'done' });
  if (plan.state !== 'approved') return model;
  const stands = plan.brokenBy
    ? mayBreak(model, plan.brokenBy)
    : plan.approvals.filter((user) => mayApprove(model, plan, user)).length >= plan.needed;
  if (!model.slackAnswers || !stands || hasChanged(model, plan, plan.at))
    return put(model, index, { state: 'void' });
  if (plan.tooLate) return put(model, index, { state: 'expired' });
  return put(model, index, { state: cut ? 'unknown' : 'done' });
}

/** What follows from what happens around the people. */
export function happens(model: Model, what: Happening): Model {
  const index = model.plans.length - 1;
  const newest = model.plans[index];
  switch (what.does) {
    case 'joins-or-leaves':
      return { ...model, [what.group]: toggled(model[what.group], what.user) };
    case 'account-goes-or-returns':
      return { ...model, gone: toggled(model.gone, what.user) };
    case 'slack-goes-or-returns':
      return { ...model, slackAnswers: !model.slackAnswers };
    case 'target-changes':
      return { ...model, waiting: what.waiting };
    case 'flows-are-held':
      return { ...model, held: what.held };
    case 'time-passes':
      return newest ? put(model, index, { late: true, tooLate: newest.state === 'approved' }) : model;
    case 'catalogue-changes': {
      const votes = Object.fromEntries(what.at.map((at) => [at, what.votes]));
      const next = { ...model, catalogue: { ...model.catalogue, ...votes } };
      const isVoid = newest?.state === 'waiting' && newest.needed !== what.votes;
      return isVoid ? put(next, index, { state: 'void' }) : next;
    }
  }
}
