import { z } from 'zod';
import { GuardiaError } from '../errors.ts';
import { deadLetterFingerprint, moveToDeadLetter, previewDeadLetter } from './shared/celery/dead-letter.ts';
import { allQueues, type Broker, brokerNamed, jobsWaiting, queueNamed } from './shared/celery/queues.ts';
import { INSPECTIONS, type Inspection, readInspection, readPurge } from './shared/celery/replies.ts';
import { changed, growth } from './shared/growth.ts';
import { unknownPlaceholders } from './shared/placeholders.ts';
import { clipped, count, counted } from './shared/text.ts';
import type { CommandResult, Evidence, Fingerprint, Observation, StepCall, StepKind } from './step-kind.ts';

/** Celery's own name for the queue of jobs that name none. */
const DEFAULT_QUEUE = 'celery';
const EVERY_QUEUE = 'all';
const REPLY_SECONDS = 2;

const on = z.string().min(1).optional();
const connectionName = z.string().optional();
const queue = z.string().min(1);

const input = z.union([
  z.strictObject({ inspect: z.enum(INSPECTIONS), on, connection: connectionName }),
  z.strictObject({ 'queue-length': queue, connection: connectionName }),
  z.strictObject({
    purge: z.literal(true),
    /** `all` for every queue that there is. */
    queue: queue.default(DEFAULT_QUEUE),
    on,
    connection: connectionName,
  }),
  z.strictObject({ 'dead-letter': queue, connection: connectionName }),
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
type DeadLetter = Extract<Input, { 'dead-letter': string }>;
type Call = StepCall<Input, z.output<typeof connection>>;

/**
 * Celery's own command on a target. A ping that nobody answers is an empty list; everything else that nobody answers
 * is an error. A purge names its queues, `celery` unless the step says another. Dead letters are moved in the broker
 * itself, since Celery has no command for it.
 */
export const celery: StepKind<Input, z.output<typeof connection>> = {
  name: 'celery',
  about: 'Asks Celery workers, counts the jobs that wait, purges queues, puts jobs aside as dead letters.',
  input,
  connection,
  asks: (asked) => ('purge' in asked || 'dead-letter' in asked ? 'act' : 'look'),
  destroys: (asked) => 'purge' in asked,
  check: unknownPlaceholders,
  async observe(call) {
    if ('inspect' in call.input) return inspected(call, call.input.inspect);
    if ('queue-length' in call.input) return queueLength(call, call.input['queue-length']);
    throw new GuardiaError('bad-input', 'a check may neither purge nor move jobs');
  },
  async preview(call) {
    const { input: asked } = call;
    if ('dead-letter' in asked) return previewDeadLetter(await brokerOf(call), deadLettered(call, asked));
    const queues = await queuesToPurge(call);
    const waiting = await waitingIn(call, queues);
    const { where, reserved } = await reservedNow(call);
    const total = totalOf(waiting);
    const names = `${queues.length === 1 ? 'queue' : 'queues'} ${queues.join(', ')}`;
    return {
      what: `celery purge, ${names}, on ${where}`,
      amount: `${jobsInWords(waiting)}, ${reserved}`,
      ...(total === null ? {} : { count: total }),
      evidence: queues.length > 1 ? waitingByQueue(waiting) : [],
    };
  },
  async fingerprint(call) {
    const { input: asked } = call;
    if ('dead-letter' in asked) return deadLetterFingerprint(await brokerOf(call), deadLettered(call, asked));
    const queues = await queuesToPurge(call);
    const waiting = totalOf(await waitingIn(call, queues));
    const { app } = call.connection;
    return { substance: { queue: queues.join(', '), app, target: targetOf(call), waiting } };
  },
  drift: jobsDrift,
  async perform(call) {
    const { input: asked } = call;
    if ('dead-letter' in asked) {
      const broker = await brokerOf(call);
      return moveToDeadLetter(broker, deadLettered(call, asked), call.beforeEffect);
    }
    const queues = plannedQueues(call) ?? (await queuesToPurge(call));
    const result = await run(call, ['purge', '-f', '-Q', queues.join(',')], { changes: true });
    const amount = counted(readPurge(result), 'job');
    const says = `purged ${amount} from ${queues.join(', ')}`;
    return { says, amount, evidence: evidenceOf(call, result) };
  },
};

/** Fewer jobs than were approved are no reason to ask again; many more are, and so is any other place. */
export function jobsDrift(before: Fingerprint, now: Fingerprint): string[] {
  const [had, has] = [before.substance.waiting ?? null, now.substance.waiting ?? null];
  const unknown = 'how many jobs wait is known in one case and not in the other';
  return [
    ...changed(before, now, ['queue', 'app', 'target', 'broker']),
    ...((had === null) === (has === null) ? growth('queue', had, has) : [unknown]),
  ];
}

async function inspected(call: Call, inspection: Inspection): Promise<Observation> {
  const result = await run(call, ['inspect', inspection, '--json', '--timeout', String(REPLY_SECONDS)]);
  const { lines, ...observed } = readInspection(inspection, result);
  const replies = lines.length > 0 ? [{ label: 'Replies', text: lines.join('\n') }] : [];
  return { ...observed, evidence: [...evidenceOf(call, result).slice(0, 1), ...replies] };
}

async function queueLength(call: Call, template: string): Promise<Observation> {
  const name = queueNamed(template, call.parameters);
  const waiting = await jobsWaiting(await brokerOf(call), name);
  const text = `LLEN of ${name}, all priorities, on ${call.connection.broker}`;
  return {
    value: waiting,
    says: `${counted(waiting, 'job')} waiting`,
    evidence: [{ label: 'Command', text }],
  };
}

function deadLettered({ parameters }: Call, asked: DeadLetter): string {
  return queueNamed(asked['dead-letter'], parameters);
}

/** What a parameter says is always one queue, also when it says `all`. */
async function queuesToPurge(call: Call): Promise<string[]> {
  const { input: asked, parameters } = call;
  if (!('purge' in asked)) throw new GuardiaError('bad-input', 'an action of celery is purge or dead-letter');
  if (asked.queue !== EVERY_QUEUE) return [queueNamed(asked.queue, parameters)];
  const queues = call.connection.broker ? await allQueues(await brokerOf(call)) : await workersQueues(call);
  return queues.map((queue) => queueNamed(queue, {}));
}

/** A queue that has come up since is not among those that people approved. */
function plannedQueues({ planned }: Call): string[] | undefined {
  return typeof planned?.substance.queue === 'string' ? planned.substance.queue.split(', ') : undefined;
}

/** Without a broker to ask there is nothing but what the workers take from. */
async function workersQueues(call: Call): Promise<string[]> {
  const { value } = await inspected(call, 'active_queues');
  if (Array.isArray(value) && value.length > 0) return value;
  throw new GuardiaError('no-data', 'the workers take from no queue');
}

type Waiting = Readonly<Record<string, number>>;

async function waitingIn(call: Call, queues: readonly string[]): Promise<Waiting | null> {
  if (!call.connection.broker) return null;
  const broker = await brokerOf(call);
  const lengths = await Promise.all(queues.map(async (queue) => [queue, await jobsWaiting(broker, queue)]));
  return Object.fromEntries(lengths);
}

function totalOf(waiting: Waiting | null): number | null {
  return waiting && Object.values(waiting).reduce((total, jobs) => total + jobs, 0);
}

function jobsInWords(waiting: Waiting | null): string {
  const total = totalOf(waiting);
  return total === null ? 'how many jobs wait is not known' : `${counted(total, 'job')} waiting`;
}

function waitingByQueue(waiting: Waiting | null): Evidence[] {
  const lines = Object.entries(waiting ?? {}).map(([queue, jobs]) => `${queue}: ${count(jobs)}`);
  return lines.length === 0 ? [] : [{ label: 'Jobs waiting', text: lines.join('\n') }];
}

function brokerOf(call: Call): Promise<Broker> {
  return brokerNamed(call, call.connection.broker);
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

function run(call: Call, argv: readonly string[], options?: { changes: boolean }): Promise<CommandResult> {
  return call.run(targetOf(call), ['celery', '-A', call.connection.app, '--no-color', ...argv], options);
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
