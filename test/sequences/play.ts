import type { PlanState } from '../../src/plan/plan.ts';
import type { TestDatabase } from '../helpers/database.ts';
import type { Act, Command, Replica, Sequence } from './commands.ts';
import { type Done, letTimePass, perform } from './deeds.ts';
import { breaches } from './invariants.ts';
import { act, beginning, goesOn, happens, type Model, type Outcome } from './model.ts';
import { sendAgain } from './paths.ts';
import { approvalsOf, lookAt, type Standing } from './standing.ts';
import { bury, changeCatalogue, openWorld, reflect, type World } from './world.ts';

interface Play {
  world: World;
  /** How things may stand, after all that was seen. */
  possible: readonly Model[];
  known: readonly Standing[];
  /** Everything that people did. */
  done: Done[];
  deaths: number;
}

/** How the plans of a sequence ended, what people did and how it was answered, and how many replicas died. */
export interface Played {
  ends: readonly PlanState[];
  done: readonly Done[];
  deaths: number;
}

/** Plays a sequence; rejects with what was promised and not kept. */
export async function play(database: TestDatabase, queue: string, sequence: Sequence): Promise<Played> {
  const first = beginning(sequence.votes, sequence.glass);
  const world = await openWorld(database, queue, first);
  const playing: Play = { world, possible: [first], known: [], done: [], deaths: 0 };
  for (const command of [...sequence.commands, ...ENDING]) {
    const before = playing.known;
    const expected = await played(playing, command);
    playing.known = await lookAt(world);
    playing.possible = distinct(expected.filter((model) => fits(model, playing.known)));
    if (playing.possible.length === 0) throw new Error(unexpected(command, expected, playing.known));
    const broken = breaches(world, before, playing.known);
    if (broken.length > 0) throw new Error(`after ${JSON.stringify(command)}: ${broken.join('; ')}`);
  }
  return { ends: playing.known.map(({ state }) => state), done: playing.done, deaths: playing.deaths };
}

/** Whatever still waits comes to its end. */
const ENDING: readonly Command[] = [{ does: 'flows-are-held', held: false }, { does: 'time-passes' }];

function played(playing: Play, command: Command): Promise<readonly Model[]> {
  switch (command.does) {
    case 'both':
      return both(playing, command);
    case 'dies-during':
      return diesDuring(playing, command);
    case 'again':
      return again(playing);
    case 'joins-or-leaves':
    case 'account-goes-or-returns':
    case 'slack-goes-or-returns':
    case 'target-changes':
    case 'catalogue-changes':
    case 'time-passes':
    case 'flows-are-held':
      return happened(playing, command);
    default:
      return alone(playing, command);
  }
}

async function happened(playing: Play, what: Parameters<typeof happens>[1]): Promise<Model[]> {
  const { world } = playing;
  const next = playing.possible.map((model) => goesOn(happens(model, what)));
  if (what.does === 'catalogue-changes')
    for (const at of what.at) await changeCatalogue(world, at, what.votes);
  if (what.does === 'time-passes') await letTimePass(world);
  reflect(world, next[0] as Model);
  if (what.does === 'time-passes' || what.does === 'flows-are-held') world.ledger.lookAgain();
  await world.ledger.idle();
  return next;
}

async function alone(playing: Play, does: Act): Promise<readonly Model[]> {
  const done = first(playing, does);
  await perform(playing.world, playing.known, [done]);
  return follow(playing, done).map(goesOnOnce);
}

async function again(playing: Play): Promise<readonly Model[]> {
  const last = playing.done.at(-1);
  if (!last) return playing.possible;
  if (last.sent) return sentAgain(playing, last);
  const [before, done] = [last.ok, { ...last }];
  await perform(playing.world, playing.known, [done]);
  if (done.act.does !== 'ask') return follow(playing, done).map(goesOnOnce);
  // The same request: the first one's answer, and nothing else, unless the first was cut off before it was stored.
  if (before === null) return [...playing.possible, ...follow(playing, done).map(goesOnOnce)];
  return before === done.ok ? playing.possible : [];
}

/** A payload is handled once; of one that was cut off a person knows nothing, and tries anew. */
async function sentAgain(playing: Play, before: Done): Promise<readonly Model[]> {
  if (before.ok === null) return alone(playing, before.act);
  const { asked } = await sendAgain(playing.world, before);
  await playing.world.ledger.idle();
  return asked.length === 0 ? playing.possible : [];
}

async function both(
  playing: Play,
  { acts, letGo }: Extract<Command, { does: 'both' }>,
): Promise<readonly Model[]> {
  const [one, other] = [first(playing, acts[0]), first(playing, acts[1])];
  if (letGo) playing.world.ledger.hold(false);
  await perform(playing.world, playing.known, [one, other]);
  const from = letGo
    ? playing.possible.map((model) => ({ ...model, held: false })).flatMap(meanwhile)
    : playing.possible;
  return [...inOrder(from, one, other), ...inOrder(from, other, one)];
}

function inOrder(possible: readonly Model[], one: Done, other: Done): Model[] {
  return follow({ possible: follow({ possible }, one).flatMap(meanwhile) }, other).map(goesOnOnce);
}

/** The flow may have done nothing yet, be at it, or have done all it can. */
function meanwhile(model: Model): Model[] {
  return [model, running(model), goesOn(model)];
}

function running(model: Model): Model {
  const plan = model.plans.at(-1);
  const after = goesOn(model).plans.at(-1);
  if (plan?.state !== 'approved' || after?.state !== 'done') return model;
  return { ...model, plans: [...model.plans.slice(0, -1), { ...plan, state: 'running' }] };
}

async function diesDuring(
  playing: Play,
  command: Extract<Command, { does: 'dies-during' }>,
): Promise<readonly Model[]> {
  const { world } = playing;
  const dying = command.act.does === 'ask' ? command.act.at : runsAt(world);
  const { durable } = world.replicas[dying];
  if (command.side === 'in the middle') durable.diesInTheMiddle = true;
  else durable.fuse = { steps: command.steps, side: command.side };
  const done = first(playing, command.act);
  world.ledger.hold(false);
  await perform(world, playing.known, [done]);
  [durable.fuse, durable.diesInTheMiddle] = [null, false];
  const from = playing.possible.map((model) => ({ ...model, held: false })).flatMap(meanwhile);
  if (!durable.dead) return follow({ possible: from }, done).map(goesOnOnce);
  playing.deaths += 1;
  bury(world, dying);
  await world.ledger.idle();
  return afterDeath(playing.possible, done, dying, command.side === 'in the middle');
}

function runsAt({ replicas, ledger }: World): Replica {
  return [...ledger.flows.values()].at(-1)?.at === replicas.b.durable ? 'b' : 'a';
}

/** Some of it was done where it began, and some where it was gone on with. `cut`: nobody saw the end of what ran. */
function afterDeath(possible: readonly Model[], done: Done, dead: Replica, cut: boolean): Model[] {
  const other = dead === 'a' ? 'b' : 'a';
  const goesOnAnywhere = (model: Model) => [goesOn(model, cut), goesOn(movedTo(model, other), cut)];
  const asAsked =
    done.act.does === 'ask' ? [done, { ...done, act: { ...done.act, at: other } } as Done] : [done];
  const from = possible
    .map((model) => ({ ...model, held: false }))
    .flatMap((model) => [model, running(model), ...goesOnAnywhere(model)]);
  const unheard = done.act.does === 'ask' && done.ok === null ? from : [];
  return [...unheard, ...asAsked.flatMap((one) => follow({ possible: from }, one))]
    .flatMap(goesOnAnywhere)
    .map((model) => movedTo(model, other));
}

function movedTo(model: Model, at: Replica): Model {
  const plan = model.plans.at(-1);
  return plan ? { ...model, plans: [...model.plans.slice(0, -1), { ...plan, at }] } : model;
}

function goesOnOnce(model: Model): Model {
  return goesOn(model);
}

/** The act in every way that things may stand, as far as its answer was that one. */
function follow({ possible }: Pick<Play, 'possible'>, { act: does, index, ok }: Done): Model[] {
  const outcomes: Outcome[] = possible.map((model) => act(model, does, index));
  return outcomes.filter((outcome) => ok === null || outcome.ok === ok).map(({ next }) => next);
}

function first(playing: Play, does: Act): Done {
  const newest = playing.known.length - 1;
  const index = does.does !== 'ask' && does.plan === 'before' ? Math.max(0, newest - 1) : newest;
  const id = `${playing.world.queue} ${playing.done.length + 1}`;
  const done: Done = { act: does, index, id, ok: null, sent: null };
  playing.done.push(done);
  return done;
}

/** Whether things stand as people see them. */
function fits({ plans }: Model, known: readonly Standing[]): boolean {
  return (
    plans.length === known.length &&
    plans.every((plan, index) => {
      const is = known[index] as Standing;
      return (
        plan.state === is.state && plan.approvals.length === approvalsOf(is) && plan.reviewed === is.reviewed
      );
    })
  );
}

function distinct(models: readonly Model[]): Model[] {
  return [...new Map(models.map((model) => [JSON.stringify(model), model])).values()];
}

function unexpected(command: Command, expected: readonly Model[], known: readonly Standing[]): string {
  const says = expected.map(({ plans }) =>
    plans.map((plan) => `${plan.state}/${plan.approvals.length}`).join(' '),
  );
  const is = known.map((plan) => `${plan.state}/${approvalsOf(plan)}`).join(' ');
  return `after ${JSON.stringify(command)}: expected [${[...new Set(says)].join('] or [')}], but it is [${is}]`;
}
