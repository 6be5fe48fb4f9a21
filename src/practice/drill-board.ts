import type { CurrentCatalogue, Runbook } from '../catalogue/catalogue.ts';
import { isOver } from '../catalogue/drill.ts';
import type { Drill } from '../catalogue/schema.ts';
import { inTitle } from '../catalogue/titles.ts';
import { GuardiaError } from '../errors.ts';
import type { Parameters } from '../steps/step-kind.ts';
import { alertOf } from './drill-alert.ts';
import type { Drills } from './workspace/context.ts';
import type { DrillView } from './workspace/protocol.ts';

/** How long after the fault is over the alert ends: Prometheus needs a moment to see it, too. */
const RESOLVE_MS = 3_000;
const TICK_MS = 5_000;

/** A drill that is under way; one a runbook at most. */
export interface RunningDrill {
  id: string;
  title: string;
  drill: Drill;
  /** Unix milliseconds. */
  startedAt: number;
  /** Actions that have run, in order. */
  done: string[];
  healed: boolean;
}

export interface DrillBoard extends Drills {
  /** The drill that a runbook (`service/runbook`) is in. */
  running(runbook: string): RunningDrill | undefined;
  /** An action of a runbook has run to its end. */
  ran(runbook: string, action: string): void;
  close(): void;
}

/** Which drills are under way. Starting one fires its alert, and the actions that end it end the alert, too. */
export function createDrillBoard(options: {
  catalogue: CurrentCatalogue;
  fire(webhook: object): Promise<void>;
  /** Begins a scheduled runbook, as the clock would. */
  clock(service: string, runbook: string): Promise<void>;
  /** Begins a runbook that neither an alert nor the clock begins: somebody asks for it. */
  ask(service: string, runbook: string): Promise<void>;
  resolveMs?: number;
}): DrillBoard {
  const running = new Map<string, RunningDrill>();
  const listeners = new Set<() => void>();
  const timers = new Set<NodeJS.Timeout>();
  const ticking = setInterval(() => running.size > 0 && changed(), TICK_MS);
  let counter = 0;

  function changed(): void {
    for (const listener of listeners) listener();
  }

  async function tell(key: string, now: RunningDrill, status: 'firing' | 'resolved'): Promise<void> {
    const { alert } = now.drill;
    if (alert) await options.fire(alertOf(now, alert, labelsOf(options.catalogue, key), status));
  }

  /** Nothing fires: the clock's hand, or a person, begins it. */
  async function begin(service: string, name: string): Promise<void> {
    const scheduled = options.catalogue().services.get(service)?.runbooks.get(name)?.schedule;
    await (scheduled ? options.clock(service, name) : options.ask(service, name));
  }

  async function end(key: string, now: RunningDrill): Promise<void> {
    if (running.get(key) !== now) return;
    running.delete(key);
    changed();
    await tell(key, now, 'resolved');
  }

  return {
    running: (key) => running.get(key),
    list: () =>
      runbooksOf(options.catalogue).flatMap((runbook) => viewsOf(runbook, running.get(keyOf(runbook)))),
    async start(id) {
      const [service = '', name = '', drillName = ''] = id.split('/');
      const key = `${service}/${name}`;
      const drill = options.catalogue().services.get(service)?.runbooks.get(name)?.drills[drillName];
      if (!drill) throw new GuardiaError('not-found', `There is no drill ${id}.`);
      const before = running.get(key);
      if (before) await end(key, before);
      counter += 1;
      const title = drill.title ?? drillName.replaceAll('-', ' ');
      const now = { id: `drill-${counter}`, title, drill, startedAt: Date.now(), done: [], healed: false };
      running.set(key, now);
      changed();
      if (drill.alert) await tell(key, now, 'firing');
      else await begin(service, name);
    },
    async stop(id) {
      const key = id.split('/').slice(0, 2).join('/');
      const now = running.get(key);
      if (now) await end(key, now);
    },
    ran(key, action) {
      const now = running.get(key);
      if (!now || now.healed) return;
      now.done.push(action);
      now.healed = isOver(now.drill, now.done);
      changed();
      if (!now.healed) return;
      const timer = setTimeout(() => timers.delete(timer) && end(key, now), options.resolveMs ?? RESOLVE_MS);
      timers.add(timer);
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close() {
      clearInterval(ticking);
      timers.forEach(clearTimeout);
    },
  };
}

function runbooksOf(catalogue: CurrentCatalogue): Runbook[] {
  return [...catalogue().services.values()].flatMap((service) => [...service.runbooks.values()]);
}

function keyOf(runbook: Runbook): string {
  return `${runbook.service}/${runbook.name}`;
}

function labelsOf(catalogue: CurrentCatalogue, key: string): Readonly<Record<string, string>> {
  return catalogue().services.get(key.split('/')[0] ?? '')?.labels ?? {};
}

function viewsOf(runbook: Runbook, now: RunningDrill | undefined): DrillView[] {
  return Object.entries(runbook.drills).map(([name, drill]) => {
    const active = now?.drill === drill ? now : undefined;
    return {
      id: `${keyOf(runbook)}/${name}`,
      service: runbook.service,
      runbook: runbook.name,
      title: drill.title ?? name.replaceAll('-', ' '),
      about: { title: runbook.title, symptoms: runbook.symptoms },
      running: active !== undefined,
      state: active ? stateOf(active, runbook) : '',
    };
  });
}

function stateOf(now: RunningDrill, runbook: Runbook): string {
  if (now.healed) return 'healing';
  const seconds = Math.round((Date.now() - now.startedAt) / 1_000);
  const since = seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
  const done = now.done.map((name) => inTitle(titleOf(runbook, name), defaultsOf(runbook)));
  return done.length === 0 ? `started ${since} ago` : `started ${since} ago, done: ${done.join(', ')}`;
}

function titleOf(runbook: Runbook, action: string): string {
  return runbook.actions.find((one) => one.name === action)?.title ?? action;
}

function defaultsOf(runbook: Runbook): Parameters {
  return Object.fromEntries(
    Object.entries(runbook.parameters).map(([name, { default: value }]) => [name, value ?? null]),
  );
}
