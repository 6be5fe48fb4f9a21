import { setTimeout as wait } from 'node:timers/promises';
import { isByHand } from '../catalogue/by-hand.ts';
import type { CurrentCatalogue, Runbook } from '../catalogue/catalogue.ts';
import { observationOf, seenAfter, takesMs } from '../catalogue/drill.ts';
import type { Drill, Seen } from '../catalogue/schema.ts';
import { durationMs } from '../catalogue/schema-parts.ts';
import { inTitle } from '../catalogue/titles.ts';
import { GuardiaError } from '../errors.ts';
import { canonicalJson } from '../plan/digest.ts';
import { stepKinds } from '../steps/index.ts';
import { problemsWith } from '../steps/shared/prepare.ts';
import type {
  ActionRef,
  CheckRef,
  Observation,
  Parameters,
  Step,
  StepEnvironment,
  Steps,
} from '../steps/step-kind.ts';
import { amountAfter, touchedAfter } from './drill-amount.ts';
import type { DrillBoard } from './drill-board.ts';
import { seriesTowards } from './drill-series.ts';
import { simulatedAlertmanager } from './estate-alertmanager.ts';
import { checkAsking } from './estate-asked.ts';

const NOBODY_ASKED = 'simulated: no Alertmanager was asked';
/** How long a simulated step takes, so that its progress can be seen. */
const STEP_MS = 1_500;
/** The fault is older than the alert, as it is in life. */
const ONSET_MS = 9 * 60_000;

/**
 * The simulated estate: systems that answer from the drills in the catalogue. It stands where the step kinds stand,
 * at the outer edge, and nothing above it knows. Evidence says that it is simulated.
 */
export function createEstate(options: {
  catalogue: CurrentCatalogue;
  board: DrillBoard;
  stepMs?: number;
}): Steps {
  const { catalogue, board } = options;
  const alertmanager = simulatedAlertmanager(options);

  function drillIn(env: StepEnvironment, ref: { runbook: string } | undefined): Drill | undefined {
    return ref && board.running(`${env.service}/${ref.runbook}`)?.drill;
  }

  /** What the drill says of the action whose first step this is, and for how long it has been under way. */
  function previewed(env: StepEnvironment, action: ActionRef | undefined) {
    const now = action && board.running(`${env.service}/${action.runbook}`);
    const said = action && now?.drill.previews?.[action.action];
    if (!said || !isFirst(runbookOf(catalogue, env, action.runbook), action)) return null;
    return { said, sinceMs: Date.now() - now.startedAt };
  }

  function sees(env: StepEnvironment, { runbook, check }: CheckRef): Seen {
    const now = board.running(`${env.service}/${runbook}`);
    const seen = now
      ? seenAfter(now.drill, now.done, check)
      : inGoodTimes(runbookOf(catalogue, env, runbook), check);
    if (seen === undefined) throw new GuardiaError('no-data', `No drill says what the check ${check} sees.`);
    return seen;
  }

  /** An action has run once its last step has, whoever did that. */
  function takeNote(env: StepEnvironment, action: ActionRef): void {
    if (!isLast(runbookOf(catalogue, env, action.runbook), action)) return;
    board.ran(`${env.service}/${action.runbook}`, action.action);
  }

  function charted(env: StepEnvironment, step: Step, ref: CheckRef, now: Observation): Observation {
    const chart = (step.input as { chart?: string } | null)?.chart;
    if (typeof now.value !== 'number' || typeof chart !== 'string') return now;
    const running = board.running(`${env.service}/${ref.runbook}`);
    const healthy = inGoodTimes(runbookOf(catalogue, env, ref.runbook), ref.check);
    const points = seriesTowards({
      healthy: numberOf(healthy) ?? now.value,
      peak: numberOf(running?.drill.seen[ref.check]) ?? now.value,
      now: now.value,
      since: running ? running.startedAt - ONSET_MS : null,
      spanMs: durationMs(chart),
      at: Date.now(),
    });
    return { ...now, series: [{ name: ref.check, points }] };
  }

  return {
    async observe(env, step, { check, action, parameters, deadlineMs, signal }) {
      if (action) return dryRun(drillIn(env, action), action);
      if (!check && step.kind === 'alertmanager') return alertmanager.observe(env, step, parameters);
      const asks = check ?? checkAsking(catalogue, env, step);
      const seen = sees(env, asks);
      await within(takesMs(seen), deadlineMs, signal);
      const probe = observationOf(seen);
      if ('error' in probe) throw probe.error;
      const evidence = [
        ...probe.observation.evidence,
        { label: 'simulated', text: describe(step, parameters) },
      ];
      return { ...charted(env, step, asks, probe.observation), evidence };
    },
    problems: (step) => problemsWith(stepKinds, step),
    async preview(env, step, { action, parameters }) {
      const now = previewed(env, action);
      if (!now) return { what: describe(step, parameters), evidence: [] };
      return { what: now.said.what, ...amountAfter(now.said, now.sinceMs), evidence: [] };
    },
    async fingerprint(env, step, { action, parameters }) {
      const drill = action && board.running(`${env.service}/${action.runbook}`)?.id;
      // In whichever order its keys stand: those of a stored plan are sorted.
      const does = canonicalJson({ kind: step.kind, input: step.input, parameters });
      return { substance: { step: does, drill: drill ?? 'none' } };
    },
    async perform(env, step, { action, parameters, deadlineMs, signal, beforeEffect }) {
      await within(options.stepMs ?? STEP_MS, deadlineMs, signal);
      await beforeEffect();
      const now = previewed(env, action);
      const amount = now ? touchedAfter(now.said, now.sinceMs) : undefined;
      if (action) takeNote(env, action);
      else if (alertmanager.note(step, parameters)) return { says: NOBODY_ASKED, evidence: [] };
      const touched = amount === undefined ? {} : { amount };
      return { says: `simulated: ${describe(step, parameters)}`, ...touched, evidence: [] };
    },
    done: takeNote,
    drift: (_step, before, now) => {
      if (before.substance.drill !== now.substance.drill) return ['the drill that it was asked for is over'];
      return before.substance.step === now.substance.step ? [] : ['it does something else'];
    },
    async close() {},
  };
}

function runbookOf(catalogue: CurrentCatalogue, env: StepEnvironment, name: string): Runbook {
  const runbook = catalogue().services.get(env.service)?.runbooks.get(name);
  if (!runbook)
    throw new GuardiaError('not-found', `The simulated estate has no runbook ${env.service}/${name}.`);
  return runbook;
}

function inGoodTimes(runbook: Runbook, check: string): Seen | undefined {
  return Object.values(runbook.drills).find((drill) => Object.hasOwn(drill.healthy, check))?.healthy[check];
}

function numberOf(seen: Seen | undefined): number | undefined {
  if (seen === undefined) return undefined;
  const probe = observationOf(seen);
  return 'observation' in probe && typeof probe.observation.value === 'number'
    ? probe.observation.value
    : undefined;
}

/** What an approver reads before a destructive action. */
function dryRun(drill: Drill | undefined, action: ActionRef | undefined): Observation {
  const output = action && drill?.previews?.[action.action]?.output;
  return { value: null, evidence: output ? [{ label: 'simulated', text: output }] : [] };
}

/** What is previewed first: what people do by hand is no system's. */
function isFirst(runbook: Runbook, ref: ActionRef): boolean {
  return ref.index === stepsOf(runbook, ref).findIndex((step) => !isByHand(step));
}

function isLast(runbook: Runbook, ref: ActionRef): boolean {
  return ref.index === stepsOf(runbook, ref).length - 1;
}

function stepsOf(runbook: Runbook, ref: ActionRef): readonly Step[] {
  return runbook.actions.find((one) => one.name === ref.action)?.steps ?? [];
}

async function within(ms: number, deadlineMs: number, signal: AbortSignal | undefined): Promise<void> {
  await wait(Math.min(ms, deadlineMs), undefined, { signal });
  if (ms <= deadlineMs) return;
  throw new GuardiaError('deadline', `No answer within ${deadlineMs / 1_000} s.`, { retryable: true });
}

/** `kubernetes rollout-restart deployment/redis` */
function describe(step: Step, parameters: Parameters): string {
  return inTitle(`${step.kind} ${inWords(step.input)}`, parameters);
}

function inWords(value: unknown): string {
  if (Array.isArray(value)) return value.map(inWords).join(' ');
  if (value === null || typeof value !== 'object') return String(value);
  return Object.entries(value)
    .map(([key, each]) => `${key} ${inWords(each)}`)
    .join(', ');
}
