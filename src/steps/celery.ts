import { z } from 'zod';
import { GuardiaError } from '../errors.ts';
import { jobsWaiting, queueNamed } from './shared/celery-queues.ts';
import { INSPECTIONS, type Inspection, readInspection, readPurge } from './shared/celery-replies.ts';
import { unknownPlaceholders } from './shared/placeholders.ts';
import { clipped, count, counted } from './shared/text.ts';
import type { CommandResult, Evidence, Fingerprint, Observation, StepCall, StepKind } from './step-kind.ts';

/** Celery's own name for the queue of jobs that name none. */
const DEFAULT_QUEUE = 'celery';
/** A queue that grew by more than both is not what was approved. */
const GROWTH_SHARE = 0.2;
const GROWTH_JOBS = 100;
const REPLY_SECONDS = 2;

const on = z.string().min(1).optional();
const connectionName = z.string().optional();
const queue = z.string().min(1);

const input = z.union([
  z.strictObject({ inspect: z.enum(INSPECTIONS), on, connection: connectionName }),
  z.strictObject({ 'queue-length': queue, connection: connectionName }),
  z.strictObject({
    purge: z.literal(true),
    queue: queue.default(DEFAULT_QUEUE),
    on,
    connection: connectionName,
  }),
]);

const connection = z.strictObject({
  kind: z.literal('celery'),
  /** For `celery -A`. */
  app: z.string().regex(/^\w[\w.:]*$/, 'write a module, such as denis.celery_main:app'),
  /** Where `celery` runs, unless a step says `on`. */
  target: z.string().min(1),
  /** A redis connection of the same service: where the jobs wait. Without it nothing can be counted. */
  broker: z.string().min(1).optional(),
});

type Input = z.output<typeof input>;
type Purge = Extract<Input, { purge: true }>;
type Call = StepCall<Input, z.output<typeof connection>>;

/**
 * Celery's own command on a target. A ping that nobody answers is an empty list; everything else that nobody answers
 * is an error. A purge names its one queue, `celery` unless the step says another.
 */
export const celery: StepKind<Input, z.output<typeof connection>> = {
  name: 'celery',
  about: 'Asks Celery workers, counts the jobs that wait, purges a queue.',
  input,
  connection,
  check: unknownPlaceholders,
  async observe(call) {
    if ('inspect' in call.input) return inspected(call, call.input.inspect);
    if ('queue-length' in call.input) return queueLength(call, call.input['queue-length']);
    throw new GuardiaError('bad-input', 'a check may not purge');
  },
  async preview(call) {
    const purge = purgeOf(call);
    const waiting = await waitingIn(call, purge);
    const { where, reserved } = await reservedNow(call);
    const jobs = waiting === null ? 'how many jobs wait is not known' : `${counted(waiting, 'job')} waiting`;
    const what = `celery purge, queue ${purge.queue}, on ${where}`;
    return { what, amount: `${jobs}, ${reserved}`, evidence: [] };
  },
  async fingerprint(call) {
    const purge = purgeOf(call);
    const waiting = await waitingIn(call, purge);
    return { substance: { queue: purge.queue, app: call.connection.app, target: targetOf(call), waiting } };
  },
  drift: purgeDrift,
  async perform(call) {
    const purge = purgeOf(call);
    const result = await run(call, ['purge', '-f', '-Q', purge.queue]);
    const purged = readPurge(result);
    return {
      says: `purged ${counted(purged, 'job')} from ${purge.queue}`,
      evidence: evidenceOf(call, result),
    };
  },
};

/** Fewer jobs than were approved are no reason to ask again; many more are, and so is any other target. */
export function purgeDrift(before: Fingerprint, now: Fingerprint): string[] {
  const changed = ['queue', 'app', 'target']
    .filter((key) => before.substance[key] !== now.substance[key])
    .map((key) => `${key} changed from ${before.substance[key]} to ${now.substance[key]}`);
  return [...changed, ...growth(before.substance.waiting ?? null, now.substance.waiting ?? null)];
}

function growth(before: unknown, now: unknown): string[] {
  if (typeof before !== 'number' || typeof now !== 'number') {
    return before === now ? [] : ['how many jobs wait is known in one case and not in the other'];
  }
  const grew = now - before > GROWTH_JOBS && now > before * (1 + GROWTH_SHARE);
  return grew ? [`queue grew from ${count(before)} to ${count(now)}`] : [];
}

async function inspected(call: Call, inspection: Inspection): Promise<Observation> {
  const result = await run(call, ['inspect', inspection, '--json', '--timeout', String(REPLY_SECONDS)]);
  const { lines, ...observed } = readInspection(inspection, result);
  const replies = lines.length > 0 ? [{ label: 'Replies', text: lines.join('\n') }] : [];
  return { ...observed, evidence: [...evidenceOf(call, result).slice(0, 1), ...replies] };
}

async function queueLength(call: Call, template: string): Promise<Observation> {
  const name = queueNamed(template, call.parameters);
  const { broker } = call.connection;
  if (!broker)
    throw new GuardiaError('not-configured', 'not configured: the celery connection names no broker');
  const waiting = await jobsWaiting(call, broker, name);
  const evidence = [{ label: 'Command', text: `LLEN of ${name}, all priorities, on ${broker}` }];
  return { value: waiting, says: `${counted(waiting, 'job')} waiting`, evidence };
}

function purgeOf(call: Call): Purge {
  if (!('purge' in call.input)) throw new GuardiaError('bad-input', 'an action of celery is purge');
  return { ...call.input, queue: queueNamed(call.input.queue, call.parameters) };
}

async function waitingIn(call: Call, { queue: name }: Purge): Promise<number | null> {
  const { broker } = call.connection;
  return broker ? jobsWaiting(call, broker, name) : null;
}

/** Jobs that workers hold already are not purged; when no worker replies, that is what is known. */
async function reservedNow(call: Call): Promise<{ where: string; reserved: string }> {
  const result = await run(call, ['inspect', 'reserved', '--json', '--timeout', String(REPLY_SECONDS)]);
  const { where } = result;
  try {
    const { value } = readInspection('reserved', result);
    return { where, reserved: `${count((value as { jobs: number }).jobs)} reserved` };
  } catch (error) {
    if (error instanceof GuardiaError && error.code === 'no-data')
      return { where, reserved: 'no worker replies' };
    throw error;
  }
}

function run(call: Call, argv: readonly string[]): Promise<CommandResult> {
  return call.run(targetOf(call), ['celery', '-A', call.connection.app, '--no-color', ...argv]);
}

function targetOf(call: Call): string {
  return ('on' in call.input ? call.input.on : undefined) ?? call.connection.target;
}

function evidenceOf(call: Call, result: CommandResult): Evidence[] {
  const output = `${result.stdout}${result.stderr}`.trim();
  const command = `celery -A ${call.connection.app} on ${result.where}: exit code ${result.exitCode}`;
  return [
    { label: 'Command', text: command },
    ...(output === '' ? [] : [{ label: 'Output', text: clipped(output, 4_000) }]),
  ];
}
