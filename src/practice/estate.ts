import { setTimeout as wait } from 'node:timers/promises';
import type { CurrentCatalogue, Runbook } from '../catalogue/catalogue.ts';
import { isOver, observationOf, seenAfter, takesMs } from '../catalogue/drill.ts';
import { type Drill, durationMs, type Seen } from '../catalogue/schema.ts';
import { GuardiaError } from '../errors.ts';
import type { Observation, Preview, Step, StepEnvironment, Steps } from '../steps/step-kind.ts';
import { alertOf } from './drill-alert.ts';
import { seriesTowards } from './drill-series.ts';
import type { Drills } from './workspace/context.ts';
import type { DrillView } from './workspace/protocol.ts';

/** How long a simulated step takes, so that its progress can be seen. */
const STEP_MS = 1_500;
/** How long after the fault is over the alert ends: Prometheus needs a moment to see it, too. */
const RESOLVE_MS = 3_000;
/** What the charts show: the fault is older than the alert, as it is in life. */
const ONSET_MS = 9 * 60_000;
const TICK_MS = 5_000;

interface Running {
  id: string;
  drill: Drill;
  startedAt: number;
  done: string[];
  healedAt: number | null;
}

export interface EstateOptions {
  catalogue: CurrentCatalogue;
  /** Delivers an Alertmanager webhook to the bot, the way Alertmanager would. */
  fire(webhook: object): Promise<void>;
  stepMs?: number;
  resolveMs?: number;
}

/**
 * The simulated estate: systems that answer from the drills in the catalogue. It stands where the step kinds stand,
 * at the outer edge, and nothing above it knows. A drill makes a runbook's checks see the fault and fires its alert;
 * the right actions end both.
 */
export function createEstate(options: EstateOptions): { steps: Steps; drills: Drills; stop(): void } {
  const running = new Map<string, Running>();
  const listeners = new Set<() => void>();
  const timers = new Set<NodeJS.Timeout>();
  let counter = 0;
  const ticking = setInterval(() => running.size > 0 && changed(), TICK_MS);

  function changed(): void {
    for (const listener of listeners) listener();
  }

  function runbooks(): Runbook[] {
    return [...options.catalogue().services.values()].flatMap((service) => [...service.runbooks.values()]);
  }

  function runningIn(env: StepEnvironment, runbook: string): Running | undefined {
    return running.get(`${env.service}/${runbook}`);
  }

  function find(env: StepEnvironment, name: string): Runbook {
    const runbook = options.catalogue().services.get(env.service)?.runbooks.get(name);
    if (!runbook)
      throw new GuardiaError('not-found', `the simulated estate has no runbook ${env.service}/${name}`);
    return runbook;
  }

  function sees(env: StepEnvironment, name: string, check: string): Seen {
    const now = runningIn(env, name);
    const seen = now ? seenAfter(now.drill, now.done, check) : seenInGoodTimes(find(env, name), check);
    if (seen === undefined) throw new GuardiaError('no-data', `no drill says what the check ${check} sees`);
    return seen;
  }

  const steps: Steps = {
    async observe(env, step, { check, action, deadlineMs, signal }) {
      if (!check) return previewed(runningIn(env, action?.runbook ?? '')?.drill, action?.action);
      const seen = sees(env, check.runbook, check.check);
      await within(takesMs(seen), deadlineMs, signal);
      const probe = observationOf(seen);
      if ('error' in probe) throw probe.error;
      const evidence = [...probe.observation.evidence, { label: 'simulated', text: describe(step) }];
      return { ...charted(env, step, check, probe.observation), evidence };
    },
    async preview(env, step, { action }): Promise<Preview> {
      const said =
        action?.index === 0 ? runningIn(env, action.runbook)?.drill.previews?.[action.action] : undefined;
      const { what = describe(step), amount } = said ?? {};
      return { what, ...(amount === undefined ? {} : { amount }), evidence: [] };
    },
    async fingerprint(env, step, { action }) {
      return {
        substance: { step: describe(step), drill: runningIn(env, action?.runbook ?? '')?.id ?? 'none' },
      };
    },
    async perform(env, step, { action, deadlineMs, signal }) {
      await within(options.stepMs ?? STEP_MS, deadlineMs, signal);
      if (action && isLast(find(env, action.runbook), action))
        done(`${env.service}/${action.runbook}`, action.action);
      return { says: `simulated: ${describe(step)}`, evidence: [] };
    },
    drift: (_step, before, now) =>
      Object.keys(before.substance)
        .filter((key) => before.substance[key] !== now.substance[key])
        .map((key) => (key === 'drill' ? 'the drill that it was asked for is over' : `its ${key} changed`)),
    async close() {},
  };

  function charted(
    env: StepEnvironment,
    step: Step,
    check: { runbook: string; check: string },
    now: Observation,
  ): Observation {
    const chart = (step.input as { chart?: string } | null)?.chart;
    if (typeof now.value !== 'number' || typeof chart !== 'string') return now;
    const drill = runningIn(env, check.runbook);
    const good = observationOf(seenInGoodTimes(find(env, check.runbook), check.check) ?? now.value);
    const healthy =
      'observation' in good && typeof good.observation.value === 'number'
        ? good.observation.value
        : now.value;
    const worst = drill?.drill.seen[check.check];
    const peak = typeof worst === 'number' ? worst : now.value;
    const since = drill ? drill.startedAt - ONSET_MS : null;
    const series = seriesTowards({
      healthy,
      peak,
      now: now.value,
      since,
      spanMs: durationMs(chart),
      at: Date.now(),
    });
    return { ...now, series: [{ name: check.check, points: series }] };
  }

  function done(key: string, action: string): void {
    const now = running.get(key);
    if (!now || now.healedAt !== null) return;
    now.done.push(action);
    if (isOver(now.drill, now.done)) {
      now.healedAt = Date.now();
      const timer = setTimeout(() => {
        timers.delete(timer);
        if (running.get(key) === now) void end(key, now);
      }, options.resolveMs ?? RESOLVE_MS);
      timers.add(timer);
    }
    changed();
  }

  async function end(key: string, now: Running): Promise<void> {
    running.delete(key);
    changed();
    await options.fire(alertOf(now, labelsOf(key), 'resolved'));
  }

  function labelsOf(key: string): Readonly<Record<string, string>> {
    return options.catalogue().services.get(key.split('/')[0] ?? '')?.labels ?? {};
  }

  function view(runbook: Runbook, name: string, drill: Drill): DrillView {
    const key = `${runbook.service}/${runbook.name}`;
    const now = running.get(key);
    const active = now?.drill === drill;
    return {
      id: `${key}/${name}`,
      service: runbook.service,
      runbook: runbook.name,
      title: drill.title ?? runbook.title,
      about: runbook.symptoms,
      running: active,
      state: active ? stateOf(now) : '',
    };
  }

  const drills: Drills = {
    list: () =>
      runbooks().flatMap((one) => Object.entries(one.drills).map(([name, drill]) => view(one, name, drill))),
    async start(id) {
      const [service = '', name = '', drillName = ''] = id.split('/');
      const key = `${service}/${name}`;
      const drill = options.catalogue().services.get(service)?.runbooks.get(name)?.drills[drillName];
      if (!drill) throw new GuardiaError('not-found', `there is no drill ${id}`);
      const before = running.get(key);
      if (before) await end(key, before);
      counter += 1;
      const now: Running = { id: `drill-${counter}`, drill, startedAt: Date.now(), done: [], healedAt: null };
      running.set(key, now);
      changed();
      await options.fire(alertOf(now, labelsOf(key), 'firing'));
    },
    async stop(id) {
      const key = id.split('/').slice(0, 2).join('/');
      const now = running.get(key);
      if (now) await end(key, now);
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };

  return {
    steps,
    drills,
    stop() {
      clearInterval(ticking);
      timers.forEach(clearTimeout);
    },
  };
}

function seenInGoodTimes(runbook: Runbook, check: string): Seen | undefined {
  return Object.values(runbook.drills).find((drill) => Object.hasOwn(drill.healthy, check))?.healthy[check];
}

/** The dry run that an approver reads. */
function previewed(drill: Drill | undefined, action: string | undefined): Observation {
  const output = action ? drill?.previews?.[action]?.output : undefined;
  return { value: null, evidence: output ? [{ label: 'dry run (simulated)', text: output }] : [] };
}

function isLast(runbook: Runbook, action: { action: string; index: number }): boolean {
  const steps = runbook.actions.find((one) => one.name === action.action)?.steps ?? [];
  return action.index === steps.length - 1;
}

async function within(ms: number, deadlineMs: number, signal: AbortSignal | undefined): Promise<void> {
  await wait(Math.min(ms, deadlineMs), undefined, { signal });
  if (ms > deadlineMs)
    throw new GuardiaError('deadline', `no answer within ${deadlineMs / 1_000} s`, { retryable: true });
}

function describe(step: Step): string {
  return `${step.kind} ${JSON.stringify(step.input)}`;
}

function stateOf(now: Running): string {
  if (now.healedAt !== null) return 'healing';
  const seconds = Math.round((Date.now() - now.startedAt) / 1_000);
  const since = seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
  return now.done.length === 0
    ? `fault since ${since}`
    : `fault since ${since}, done: ${now.done.join(', ')}`;
}
