import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { GuardiaError } from '../errors.ts';
import { inSeconds, withDeadline } from './shared/deadline.ts';
import {
  askDocker,
  type Container,
  type DockerConnection,
  dockerConnection,
  dockerServer,
  identityOf,
  inspectContainer,
} from './shared/docker/client.ts';
import { fillText, unknownPlaceholders } from './shared/placeholders.ts';
import { counted } from './shared/text.ts';
import type { Observation, Performed, Preview, StepCall, StepKind } from './step-kind.ts';

const POLL_MS = 1_000;
/** A restart is followed until so long before the deadline, so that what is known can still be said. */
const LAST_WORD_MS = 500;
const LAST_LOOK_MS = 100;
const MOST_DESCRIBED = 3;

const connectionName = { connection: z.string().optional() };
const names = z
  .array(z.string().regex(/^[\w.{}-]+$/, "write a container's name"))
  .min(1)
  .max(50)
  .refine((all) => new Set(all).size === all.length, 'name each container once');

const input = z.union([
  z.strictObject({ containers: names, ...connectionName }),
  z.strictObject({ restart: names, ...connectionName }),
]);

type Input = z.output<typeof input>;
type Call = StepCall<Input, DockerConnection>;

/** Containers by name to look at; restarts to do, one after the other, each followed until it runs and is healthy. */
export const docker: StepKind<Input, DockerConnection> = {
  name: 'docker',
  about: 'Looks at containers of a Docker host; restarts several in order.',
  input,
  connection: dockerConnection,
  check: unknownPlaceholders,
  async observe(call) {
    if (!('containers' in call.input))
      throw new GuardiaError('bad-input', 'a check may only look at containers');
    return observed(
      call,
      await Promise.all(named(call, call.input.containers).map((name) => find(call, name))),
    );
  },
  async preview(call) {
    const before = await toRestart(call);
    return previewOf(call, before);
  },
  async fingerprint(call) {
    const now = await toRestart(call);
    return { substance: Object.fromEntries(now.map(({ name, container }) => [name, identityOf(container)])) };
  },
  async perform(call) {
    const all = await toRestart(call);
    refuseOthers(call, all);
    return restartInOrder(call, all);
  },
};

interface Asked {
  name: string;
  /** Absent when there is none of that name. */
  container?: Container;
}
type Found = Required<Asked>;

function named({ parameters }: Call, templates: readonly string[]): string[] {
  return templates.map((template) => fillText(template, parameters, (value) => value));
}

async function find(call: Call, name: string): Promise<Asked> {
  try {
    return { name, container: await look(call, name) };
  } catch (error) {
    if (error instanceof GuardiaError && error.code === 'not-found') return { name };
    throw error;
  }
}

function look({ clients, connection, signal }: Call, name: string): Promise<Container> {
  return inspectContainer(clients, connection, name, signal);
}

/** All of them as they are now; one that is missing stops it before the first is touched. */
async function toRestart(call: Call): Promise<Found[]> {
  if (!('restart' in call.input)) throw new GuardiaError('bad-input', 'an action of docker is restart');
  const all = named(call, call.input.restart);
  return Promise.all(all.map(async (name) => ({ name, container: await look(call, name) })));
}

/** A container that was made anew is another than the one that people looked at. */
function refuseOthers({ planned }: Call, all: readonly Found[]): void {
  const other = all.find(
    ({ name, container }) => planned && planned.substance[name] !== identityOf(container),
  );
  if (other)
    throw new GuardiaError('conflict', `${other.name} was made anew since it was planned; nothing was done`);
}

function observed(call: Call, all: readonly Asked[]): Observation {
  const there = all.flatMap(({ container }) => (container ? [container] : []));
  const health = (word: string) => there.filter(({ State }) => State.Health?.Status === word).length;
  const state = (word: string) => there.filter(({ State }) => State.Status === word).length;
  const value = {
    containers: there.length,
    running: state('running'),
    healthy: health('healthy'),
    unhealthy: health('unhealthy'),
    restarting: state('restarting'),
    missing: all.length - there.length,
    restarts: there.reduce((total, { RestartCount }) => total + RestartCount, 0),
  };
  const lines = all.map(({ name, container }) =>
    container ? described(name, container) : `${name} missing`,
  );
  const bad = lines.filter((_, index) => !isWell(all[index]?.container));
  return { value, says: inWords(bad, all.length), evidence: [asked(call, lines.join('\n'))] };
}

function inWords(bad: readonly string[], all: number): string {
  if (bad.length === 0) return `${all} of ${all} running`;
  const rest = bad.length - MOST_DESCRIBED;
  return [...bad.slice(0, MOST_DESCRIBED), ...(rest > 0 ? [`and ${rest} more`] : [])].join('; ');
}

/** A container without a health check is well when it runs. */
function isWell(container: Container | undefined): boolean {
  const { Status, Health } = container?.State ?? {};
  return Status === 'running' && (!Health || Health.Status === 'healthy');
}

/** `web running, healthy, 3 restarts, since 2026-01-01 03:00:12 UTC`, `web exited with code 137, out of memory, …` */
function described(name: string, { State, RestartCount }: Container): string {
  const { Status, Health, ExitCode, OOMKilled, StartedAt } = State;
  const ended = Status !== 'running' && Status !== 'paused' && Status !== 'created';
  return [
    `${name} ${Status}${ended ? ` with code ${ExitCode}` : ''}`,
    ...(ended && OOMKilled ? ['out of memory'] : []),
    ...(!ended && Health ? [Health.Status] : []),
    ...(RestartCount > 0 ? [counted(RestartCount, 'restart')] : []),
    ...(wasStarted(StartedAt) ? [`started ${StartedAt.slice(0, 19).replace('T', ' ')} UTC`] : []),
  ].join(', ');
}

/** One that never was has the year 1. */
function wasStarted(at: string): boolean {
  return /^\d{4}-\d\d-\d\dT/.test(at) && !at.startsWith('0001');
}

function previewOf(call: Call, before: readonly Found[]): Preview {
  const order = before.length > 1 ? ', in this order, each once the one before is well' : '';
  const where = dockerServer(call.clients, call.connection).name;
  return {
    what: `restart ${before.map(({ name }) => name).join(', ')} of ${where}${order}`,
    amount: counted(before.length, 'container'),
    count: before.length,
    evidence: [asked(call, before.map(({ name, container }) => described(name, container)).join('\n'))],
  };
}

async function restartInOrder(call: Call, all: readonly Found[]): Promise<Performed> {
  const end = performance.now() + call.deadlineMs - LAST_WORD_MS;
  const done: string[] = [];
  for (const { name, container } of all) {
    const limits = { what: `restart of ${name}`, deadlineMs: end - performance.now(), signal: call.signal };
    try {
      await withDeadline(limits, async (signal) => {
        await restart({ ...call, signal }, container.Id);
        done.push(described(name, await untilWell({ ...call, signal }, { name, container }, end)));
      });
    } catch (error) {
      throw halfway(error, done.length, all);
    }
  }
  const amount = counted(done.length, 'container');
  return { says: `restarted ${done.join('; ')}`, amount, evidence: [asked(call, done.join('\n'))] };
}

async function restart({ clients, connection, signal, beforeEffect }: Call, id: string): Promise<void> {
  const request = { method: 'POST', path: `/containers/${id}/restart`, signal, beforeEffect } as const;
  await askDocker(clients, connection, request, z.null());
}

/** Without a health check it has to be seen running twice: what dies at its start is mostly dead by then. */
async function untilWell(call: Call, { name, container }: Found, end: number): Promise<Container> {
  for (let [wellBefore, last] = [false, 'nothing was seen of it since']; ; ) {
    const now = await passing(look(call, container.Id));
    if (now) {
      const well = wasRestarted(name, container, now) && isWell(now);
      if (well && (wellBefore || now.State.Health?.Status === 'healthy')) return now;
      [wellBefore, last] = [well, described(name, now)];
    }
    const left = end - LAST_LOOK_MS - performance.now();
    if (left <= 0)
      throw new GuardiaError(
        'deadline',
        `restarted ${name}, but not well in ${inSeconds(call.deadlineMs)}: ${last}`,
      );
    await sleep(Math.min(POLL_MS, left, call.deadlineMs / 20), undefined, { signal: call.signal });
  }
}

/** Throws when it has begun anew and has ended already. */
function wasRestarted(name: string, before: Container, now: Container): boolean {
  const begun = now.State.StartedAt !== before.State.StartedAt;
  if (begun && ['exited', 'dead', 'stopped'].includes(now.State.Status))
    throw new GuardiaError('refused', `${described(name, now)}, right after its restart`, {
      conclusive: true,
    });
  return begun;
}

/** A Docker that is away for a moment is asked again. */
async function passing<T>(answer: Promise<T>): Promise<T | undefined> {
  return answer.catch((error) => {
    if (error instanceof GuardiaError && error.code === 'unreachable') return undefined;
    throw error;
  });
}

/** What was done before it failed, and what was left alone. */
function halfway(error: unknown, done: number, all: readonly Found[]): unknown {
  if (!(error instanceof GuardiaError)) return error;
  const names = all.map(({ name }) => name);
  const before = done > 0 ? `restarted ${names.slice(0, done).join(', ')}; ` : '';
  const after = done + 1 < names.length ? `; not touched: ${names.slice(done + 1).join(', ')}` : '';
  return error.saying(`${before}${error.message}${after}`);
}

function asked({ clients, connection }: Call, text: string) {
  return { label: dockerServer(clients, connection).name, text };
}
