import { AsyncResource } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import type { Person } from '../approval/person.ts';
import { messageOf } from '../errors.ts';
import { ANSWERS } from '../report/answers.ts';
import { acknowledgeAlert, keepInbox } from '../store/alerts.ts';
import { databaseTime } from '../store/clock.ts';
import { raiseFences } from '../store/fence.ts';
import { findPlan } from '../store/plans.ts';
import { beat, bury, leave, silent } from '../store/replicas.ts';
import { openRuns } from '../store/runs.ts';
import { approvalsOf } from './approvals.ts';
import { byHand } from './by-hand.ts';
import { diagnoseFlow } from './diagnose.ts';
import { draw } from './draw.ts';
import { choicesOf, escalateBy } from './escalate.ts';
import { followAlertFlow } from './follow-alert.ts';
import { breakGlass, review } from './glass.ts';
import { historyOf } from './history.ts';
import { homeOf } from './home.ts';
import { type House, runbookOf } from './house.ts';
import { takeIn } from './intake.ts';
import { isLate, lookAgain } from './late.ts';
import { answerToStart, whyNotStartLately } from './may-start.ts';
import { notPosted } from './not-posted.ts';
import { diagnosisOf, originOf } from './origin.ts';
import { wakeOverdue } from './overdue.ts';
import { catalogueChanged } from './policies.ts';
import { remediateFlow } from './remediate.ts';
import type {
  AlertGroup,
  Answer,
  DiagnoseRequest,
  Flows,
  RemediateRequest,
  SilenceRequest,
} from './requests.ts';
import { runDue, runNow, scheduledFlow } from './schedule.ts';
import { endSilence, silenceFlow, silenceOffer, silenceReach } from './silence.ts';
import { snapshot } from './snapshot.ts';
import { askDiagnosis } from './start.ts';
import { tellThread } from './thread-message.ts';
import { tick } from './tick.ts';
import { approve, cancel, claim, deny, settle, viewPlan } from './votes.ts';

const BEAT_MS = 5_000;
/** Longer than any pause of a living process. */
const SILENT_SECONDS = 45;
/** How long somebody who asked for an action waits for the plan to be made before the answer comes in the thread alone. */
const PLAN_WAIT_MS = 30_000;

export interface RunningFlows extends Flows {
  /** Stores an alert group; resolves once it cannot be lost any more. */
  takeAlert(group: AlertGroup): Promise<void>;
  /** Runs a scheduled runbook as the clock would. */
  runSchedule(service: string, runbook: string, requestId: string): Promise<Answer>;
  start(): Promise<void>;
  /** Another catalogue is in force. */
  catalogueChanged(): void;
  /** The message of this key cannot be posted where it is to stand. */
  notPosted(key: string): Promise<void>;
  /** Begins nothing new, waits for the steps that run, and leaves the rest to the next start. */
  stop(timeoutMs: number): Promise<void>;
}

/** The durable workflows, and what transports may ask of them. Registers them; `start` sets them going. */
export function createFlows(parts: Omit<House, 'nudge'>, replica: string): RunningFlows {
  const house: House = { ...parts, nudge: () => begin.poke() };
  const { durable, db, logger } = house;
  const diagnose = durable.flow('diagnose', (run: string) => diagnoseFlow(house, run));
  const follow = durable.flow('follow-alert', (run: string) => followAlertFlow(house, run));
  const scheduled = durable.flow('scheduled', (run: string) => scheduledFlow(house, run));
  const flowOf = { asked: diagnose, alert: follow, schedule: scheduled };
  const remediate = durable.flow('remediate', (request: RemediateRequest, id: string, at: string) =>
    remediateFlow(house, request, id, at),
  );

  const silence = durable.flow('silence', (request: SilenceRequest, id: string, at: string) =>
    silenceFlow(house, request, id, at),
  );

  const intake = worker((stopping) => takeIn(house, stopping), report('alerts could not be taken in'));
  let begun = new Set<string>();
  const begin = worker(async (stopping) => {
    const open = await openRuns(db);
    for (const { id, kind } of open) {
      if (stopping()) return;
      if (!begun.has(id)) await flowOf[kind](`run:${id}`, id);
    }
    begun = new Set(open.map(({ id }) => id));
  }, report('diagnoses could not be begun'));
  const policies = worker(() => catalogueChanged(house), report('the catalogue could not be compared'));
  const hand = worker(() => runDue(house), report('what the clock wants could not be begun'));
  const overdue = worker(() => wakeOverdue(house), report('overdue plans could not be woken'));
  const heart = worker(
    () => lookAfterReplicas(house, replica),
    report('this replica could not say that it lives'),
  );
  let timers: NodeJS.Timeout[] = [];

  function report(what: string) {
    return (error: unknown) => logger.error({ err: error }, `${what}; trying again`);
  }

  return {
    async takeAlert(group) {
      await keepInbox(house.pool, group);
      intake.poke();
    },
    diagnose: (request, id) => askedToDiagnose(house, request, id),
    async remediate(request, id) {
      await remediate(`remediate:${id}`, request, id, (await databaseTime(db)).toISOString());
      return (await durable.answerOf<Answer>(`remediate:${id}`, PLAN_WAIT_MS)) ?? { ok: true };
    },
    whyNotStart: (request) => answerToStart(house, request, whyNotStartLately),
    isLate: (request) => isLate(house, request),
    lookAgain: (request) => lookAgain(house, request),
    viewPlan: (request) => viewPlan(house, request),
    approve: (request) => approve(house, request),
    deny: (request) => deny(house, request),
    cancel: (request) => cancel(house, request),
    claim: (request) => claim(house, request),
    breakGlass: (request) => breakGlass(house, request),
    review: (request) => review(house, request),
    settle: (request) => settle(house, request),
    byHand: (request) => byHand(house, request),
    tick: (request) => tick(house, request),
    acknowledge: (alert, by) => acknowledge(house, alert, by),
    escalations: (alert) => choicesOf(house, alert),
    escalate: (alert, by, chosen) => escalateNow(house, alert, by, chosen),
    silenceOffer: (alert, by) => silenceOffer(house, alert, by),
    silenceReach: (alert, labels) => silenceReach(house, alert, labels),
    async silence(request) {
      const flow = `silence:${request.id}`;
      await silence(flow, request, randomUUID(), (await databaseTime(db)).toISOString());
      return (await durable.answerOf<Answer>(flow, PLAN_WAIT_MS)) ?? { ok: false, says: ANSWERS.notSaidYet };
    },
    endSilence: (alert, by) => endSilence(house, alert, by),
    async snapshot(origin, by, id) {
      if (await isOfThisWorkspace(house, by)) return snapshot(house, origin, by, id);
      return { ok: false, says: ANSWERS.strangersMayNotAct };
    },
    async draw(request, id) {
      if (await isOfThisWorkspace(house, request.by)) return draw(house, request, id);
      return { ok: false, says: ANSWERS.strangersMayNotAct };
    },
    origin: (ref) => originOf(db, ref),
    diagnosis: (ref) => diagnosisOf(db, ref),
    async plan({ plan, digest }) {
      const stored = await findPlan(db, plan);
      return stored?.digest === digest ? stored.plan : null;
    },
    history: (service, runbook) => historyOf(house, service, runbook),
    approvals: (by) => approvalsOf(house, by),
    home: (by) => homeOf(house, by),
    runSchedule: (service, runbook, id) => runNow(house, service, runbook, id),
    async start() {
      await beat(db, replica);
      await durable.launch();
      await lookAfterReplicas(house, replica);
      timers = [
        setInterval(heart.poke, BEAT_MS),
        setInterval(intake.poke, BEAT_MS),
        setInterval(begin.poke, BEAT_MS),
        setInterval(hand.poke, BEAT_MS),
        setInterval(overdue.poke, house.pace.wakeEveryMs),
      ];
      intake.poke();
      begin.poke();
      hand.poke();
      policies.poke();
    },
    catalogueChanged: policies.poke,
    notPosted: (key) => notPosted(house, key),
    async stop(timeoutMs) {
      timers.forEach(clearInterval);
      await Promise.all([intake, begin, hand, heart, overdue, policies].map((one) => one.stop()));
      await durable.park(timeoutMs);
      await leave(db, replica).catch((error: unknown) => {
        logger.warn({ err: error }, 'the other replicas could not be told that this one stops');
      });
    },
  };
}

async function askedToDiagnose(house: House, request: DiagnoseRequest, id: string): Promise<Answer> {
  if (request.by && !(await isOfThisWorkspace(house, request.by)))
    return { ok: false, says: ANSWERS.strangersMayNotLook };
  runbookOf(house, request.service, request.runbook);
  const origin = request.origin ? await originOf(house.db, request.origin) : null;
  if (request.origin && !origin) return { ok: false, says: ANSWERS.noOrigin };
  await askDiagnosis(house, request, `ask:${id}`, origin?.alert ?? null);
  return { ok: true };
}

/** In a channel that is shared with another organisation, its people see the same buttons. */
async function isOfThisWorkspace(house: House, person: Person): Promise<boolean> {
  const { kind } = await house.people.account(person);
  return kind !== 'stranger' && kind !== 'deactivated';
}

async function acknowledge(house: House, id: string, by: Person): Promise<Answer> {
  if (!(await isOfThisWorkspace(house, by))) return { ok: false, says: ANSWERS.strangersMayNotAct };
  const done = await house.db.transaction().execute(async (tx) => {
    if (!(await acknowledgeAlert(tx, id, by))) return false;
    await tellThread(house, tx, id);
    return true;
  });
  house.wake();
  return done ? { ok: true } : { ok: false, says: ANSWERS.acknowledgedBefore };
}

async function escalateNow(
  house: House,
  id: string,
  by: Person,
  chosen: Parameters<Flows['escalate']>[2],
): Promise<Answer> {
  if (!(await isOfThisWorkspace(house, by))) return { ok: false, says: ANSWERS.strangersMayNotAct };
  return escalateBy(house, id, by, chosen);
}

/** Says that this replica lives, and goes on with the flows of those that fell silent. */
async function lookAfterReplicas(house: House, replica: string): Promise<void> {
  await beat(house.db, replica);
  for (const name of await silent(house.db, SILENT_SECONDS)) {
    await bury(house.db, name, SILENT_SECONDS, async (tx) => {
      const flows = await house.durable.unfinishedOf(name);
      await raiseFences(tx, flows.map(requestOf));
      await house.durable.resume(flows);
      house.logger.warn({ replica: name, flows: flows.length }, 'took over from a replica that fell silent');
    });
  }
}

/** The request that a flow is named by. */
function requestOf(flow: string): string {
  return flow.slice(flow.indexOf(':') + 1);
}

/**
 * Runs one piece of work at a time; a poke while it runs has it run once more. Bound to where it was made, so a poke
 * from within a flow does not make what it starts a part of that flow.
 */
function worker(work: (stopping: () => boolean) => Promise<void>, failed: (error: unknown) => void) {
  let again = false;
  let running: Promise<void> | null = null;
  let stopped = false;
  async function loop(): Promise<void> {
    do {
      again = false;
      await work(() => stopped).catch((error) => failed(messageOf(error)));
    } while (again && !stopped);
    running = null;
  }
  return {
    poke: AsyncResource.bind(() => {
      again = true;
      if (!stopped) running ??= loop();
    }),
    async stop() {
      stopped = true;
      await running;
    },
  };
}
