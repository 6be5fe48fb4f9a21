import { z } from 'zod';
import { GuardiaError } from '../errors.ts';
import { inSeconds, withDeadline } from './shared/deadline.ts';
import { hostPort } from './shared/http/client.ts';
import { fillText, unknownPlaceholders } from './shared/placeholders.ts';
import { redisAt } from './shared/redis/client.ts';
import {
  type Change,
  type Deletion,
  deletionDrift,
  deletionOf,
  deletionProblems,
} from './shared/redis/deletion.ts';
import { keyPattern, keyShapes, scanKeys } from './shared/redis/keys.ts';
import { urlOf } from './shared/settings.ts';
import { clipped, count, counted, plainText } from './shared/text.ts';
import type { Observation, Scalar, StepCall, StepKind } from './step-kind.ts';

/** What can still say something when it takes too long stops a little before the check itself would. */
const DEADLINE_SHARE = 0.8;
const MOST_COUNTED = 100_000;
const MOST_FIELDS = 200;
const FIELD = /^[a-z0-9_-]+$/i;

const connectionName = { connection: z.string().optional() };
const key = z.string().min(1).max(512);
const field = z.string().regex(FIELD);
/** More keys than that are not deleted, but the whole step is refused. */
const atMost = z.number().int().min(1).max(100_000).default(10_000);

/** A parameter can be (part of) a key, and never a command. */
const input = z.union([
  z.strictObject({ ping: z.literal(true), ...connectionName }),
  z.strictObject({ info: field, field, ...connectionName }),
  z.strictObject({ info: field, fields: z.array(field).min(1).optional(), ...connectionName }),
  z.strictObject({ llen: key, ...connectionName }),
  z.strictObject({ dbsize: z.literal(true), ...connectionName }),
  z.strictObject({ slowlog: z.number().int().min(1).max(128), ...connectionName }),
  z.strictObject({ keys: key, ...connectionName }),
  z.strictObject({ delete: key, 'at-most': atMost, ...connectionName }),
  z.strictObject({ flush: z.literal(true), ...connectionName }),
]);

/** Also what a celery connection names as its broker. */
const connection = z.strictObject({ kind: z.literal('redis'), url: urlOf('redis', 'rediss') });

type Input = z.output<typeof input>;
type Call = StepCall<Input, z.output<typeof connection>>;

/**
 * Commands of Redis. For PING a server that refuses or does not answer is the finding (`refused by host:port`, which is
 * not `PONG`); for every other command it is an error, and the check is unknown.
 */
export const redis: StepKind<Input, z.output<typeof connection>> = {
  name: 'redis',
  about: 'Asks Redis: PING, INFO, LLEN, DBSIZE, SLOWLOG, keys by pattern; deletes keys, flushes a database.',
  input,
  connection,
  asks: (asked) => ('delete' in asked || 'flush' in asked ? 'act' : 'look'),
  destroys: (asked) => 'delete' in asked || 'flush' in asked,
  check: (asked, parameterNames) => [
    ...unknownPlaceholders(asked, parameterNames),
    ...deletionProblems(asked),
  ],
  async observe(call) {
    const asked = call.input;
    if ('ping' in asked) return ping(call);
    if ('info' in asked) return info(call, asked.info, asked);
    if ('llen' in asked) return length(call, asked.llen);
    if ('dbsize' in asked) return observed('DBSIZE', Number(await send(call, ['DBSIZE'])));
    if ('slowlog' in asked) return slowlog(call, asked.slowlog);
    if ('keys' in asked) return keyCount(call, asked.keys);
    throw new GuardiaError('bad-input', 'a check may not delete');
  },
  whenUnreachable(asked, error) {
    return 'ping' in asked
      ? { value: error.message, says: error.message, evidence: [command('PING')] }
      : undefined;
  },
  async preview(call) {
    const deletion = await deletionIn(call);
    const what = `delete ${deletion.what} in ${databaseOf(call)}`;
    const { keys } = deletion;
    return { what, amount: counted(keys, 'key'), count: keys, evidence: await deletion.shapes() };
  },
  async fingerprint(call) {
    const { what, keys } = await deletionIn(call);
    return { substance: { what, where: databaseOf(call), keys } };
  },
  drift: deletionDrift,
  async perform(call) {
    const { what, keys, run } = await deletionIn(call);
    const deleted = await run(call.beforeEffect);
    const of = deleted === keys ? '' : ` of ${count(keys)}`;
    const says = `deleted ${what} in ${databaseOf(call)}: ${count(deleted)}${of}`;
    return { says, amount: counted(deleted, 'key'), evidence: [] };
  },
};

function send(call: Call, argv: readonly string[], signal = call.signal): Promise<unknown> {
  return redisAt(call.clients, call.connection.url).command(argv, signal);
}

async function ping(call: Call): Promise<Observation> {
  const whom = hostPort(call.connection.url);
  const deadlineMs = call.deadlineMs * DEADLINE_SHARE;
  try {
    const limits = { what: `PING of ${whom}`, deadlineMs, signal: call.signal };
    const answer = await withDeadline(limits, (signal) => send(call, ['PING'], signal));
    return observed('PING', String(answer));
  } catch (error) {
    if (!(error instanceof GuardiaError) || call.signal.aborted) throw error;
    if (error.code === 'deadline') return pingFinding(`no answer from ${whom} in ${inSeconds(deadlineMs)}`);
    if (error.code === 'refused' && error.retryable) return pingFinding(error.message);
    throw error;
  }
}

function pingFinding(says: string): Observation {
  return { value: says, says, evidence: [command('PING')] };
}

interface Fields {
  field?: string;
  fields?: string[] | undefined;
}

async function info(call: Call, section: string, wanted: Fields): Promise<Observation> {
  const text = String(await send(call, ['INFO', section]));
  const all = parseInfo(text);
  const evidence = [
    command(`INFO ${section}`),
    { label: 'Answer', text: clipped(plainText(text).trim(), 4_000) },
  ];
  if (wanted.field === undefined) return { value: picked(all, wanted.fields), evidence };
  const value = all[wanted.field] ?? null;
  return value === null
    ? { value, says: `INFO ${section} has no ${wanted.field}`, evidence }
    : { value, evidence };
}

function picked(all: Record<string, Scalar>, fields: readonly string[] | undefined): Record<string, Scalar> {
  const names = fields ?? Object.keys(all).slice(0, MOST_FIELDS);
  return Object.fromEntries(names.map((name) => [name, all[name] ?? null]));
}

/** `used_memory:1024` lines below `# Memory`; figures become numbers. */
function parseInfo(text: string): Record<string, Scalar> {
  const pairs = text.split(/\r?\n/).map((line) => /^([^#:][^:]*):(.*)$/.exec(line));
  return Object.fromEntries(
    pairs.flatMap((pair) => (pair ? [[pair[1] ?? '', figureOr(pair[2] ?? '')]] : [])),
  );
}

function figureOr(text: string): Scalar {
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : clipped(text, 500);
}

async function length(call: Call, template: string): Promise<Observation> {
  const name = fillText(template, call.parameters, (value) => value);
  return observed(`LLEN ${name}`, Number(await send(call, ['LLEN', name])));
}

async function slowlog(call: Call, entries: number): Promise<Observation> {
  const answer = await send(call, ['SLOWLOG', 'GET', String(entries)]);
  const slow = (Array.isArray(answer) ? answer : []).map(slowCommand);
  return {
    value: slow,
    says: counted(slow.length, 'slow command'),
    evidence: [command(`SLOWLOG GET ${entries}`)],
  };
}

/** `[id, unix seconds, microseconds, argv, …]` -> `12.3 ms KEYS user:*`: the first argument tells enough. */
function slowCommand(entry: unknown): string {
  const [, , micros, argv] = Array.isArray(entry) ? entry : [];
  const words = Array.isArray(argv) ? argv.slice(0, 2).map(String) : [];
  return `${(Number(micros) / 1_000).toFixed(1)} ms ${clipped(words.join(' '), 60)}`;
}

async function keyCount(call: Call, template: string): Promise<Observation> {
  const pattern = keyPattern(template, call.parameters);
  const until = performance.now() + call.deadlineMs * DEADLINE_SHARE;
  const isOver = () => performance.now() > until;
  const { keys, more } = await scanKeys((argv) => send(call, argv), pattern, MOST_COUNTED, isOver);
  const number = counted(keys.size, 'key');
  if (more && keys.size <= MOST_COUNTED)
    throw new GuardiaError('no-data', `not all keys were seen in time: ${number} so far match ${pattern}`);
  return {
    value: keys.size,
    says: more ? `${number} or more match ${pattern}` : `${number} match ${pattern}`,
    evidence: [command(`SCAN for ${pattern} in ${databaseOf(call)}`), ...keyShapes(keys)],
  };
}

function deletionIn(call: Call): Promise<Deletion> {
  const { input: asked, parameters } = call;
  const change: Change = (argv, beforeEffect) =>
    redisAt(call.clients, call.connection.url).command(argv, call.signal, beforeEffect);
  if ('delete' in asked || 'flush' in asked) return deletionOf(change, asked, parameters);
  throw new GuardiaError('bad-input', 'an action of redis is delete or flush');
}

/** `database 0 of redis.denis:6379` */
function databaseOf({ connection: { url } }: Call): string {
  return `database ${new URL(url).pathname.slice(1) || '0'} of ${hostPort(url)}`;
}

function observed(sent: string, value: Scalar): Observation {
  return { value, evidence: [command(sent), { label: 'Answer', text: clipped(String(value), 500) }] };
}

function command(text: string) {
  return { label: 'Command', text };
}
