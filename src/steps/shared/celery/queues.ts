import { z } from 'zod';
import { GuardiaError } from '../../../errors.ts';
import type { BeforeEffect, Clients, Parameters, StepCall } from '../../step-kind.ts';
import { hostPort } from '../http/client.ts';
import { fillText } from '../placeholders.ts';
import { redisAt } from '../redis/client.ts';
import { scanKeys } from '../redis/keys.ts';
import { urlOf } from '../settings.ts';

/** Between a queue and the priority of the jobs in one of its lists, and between the parts of a binding. */
const SEPARATOR = '\x06\x16';
/** An application may use any of them; Celery's own choice is 3, 6 and 9, beside the list without one. */
const PRIORITIES = [1, 2, 3, 4, 5, 6, 7, 8, 9];
const QUEUE = /^[A-Za-z0-9_][\w.:@-]{0,200}$/;
/** Queues in which workers talk to each other. */
const NOT_FOR_JOBS = /^celeryev\.|\.pidbox$/;
const MOST_EXCHANGES = 1_000;

const broker = z.looseObject({ kind: z.literal('redis'), url: urlOf('redis', 'rediss') });

type BrokerCall = Pick<StepCall<unknown, unknown>, 'another' | 'signal'> & { clients: Clients };

/** Where the jobs wait. */
export interface Broker {
  send(argv: readonly string[], beforeEffect?: BeforeEffect): Promise<unknown>;
  /** As an approver reads it: `database 0 of redis.denis:6379`. */
  where: string;
}

/** Throws 'not-configured' when the celery connection names no broker. */
export async function brokerNamed(call: BrokerCall, name: string | undefined): Promise<Broker> {
  if (!name)
    throw new GuardiaError('not-configured', 'not configured: the celery connection names no broker');
  const { url } = await call.another(name, broker);
  const redis = redisAt(call.clients, url);
  const database = new URL(url).pathname.slice(1) || '0';
  return {
    send: (argv, beforeEffect) => redis.command(argv, call.signal, beforeEffect),
    where: `database ${database} of ${hostPort(url)}`,
  };
}

/** A queue's name with parameters filled in. Celery would take a comma for a list of queues. */
export function queueNamed(template: string, parameters: Parameters): string {
  const queue = fillText(template, parameters, (value) => value);
  if (QUEUE.test(queue)) return queue;
  throw new GuardiaError('bad-input', `${JSON.stringify(queue)} is not the name of one queue`);
}

/** The lists of a queue: Kombu keeps the jobs of each priority in one of its own. What is taken first comes first. */
export function listsOf(queue: string): string[] {
  return [queue, ...PRIORITIES.map((priority) => `${queue}${SEPARATOR}${priority}`)];
}

/** Jobs that wait in a queue, of every priority. */
export async function jobsWaiting({ send }: Broker, queue: string): Promise<number> {
  const lengths = await Promise.all(listsOf(queue).map((list) => send(['LLEN', list])));
  return lengths.reduce<number>((total, length) => total + Number(length), 0);
}

/** Every queue that jobs were ever sent to or taken from, by name, as Kombu writes them down for each exchange. */
export async function allQueues({ send, where }: Broker): Promise<string[]> {
  const { keys, more } = await scanKeys(send, '_kombu.binding.*', MOST_EXCHANGES);
  if (more) throw new GuardiaError('refused', `there are more than ${MOST_EXCHANGES} exchanges in ${where}`);
  const bindings = await Promise.all([...keys].map((key) => send(['SMEMBERS', key])));
  const names = bindings.flat().map((binding) => String(binding).split(SEPARATOR).at(-1) ?? '');
  const queues = [...new Set(names)].filter((name) => !NOT_FOR_JOBS.test(name)).sort();
  if (queues.length === 0) throw new GuardiaError('no-data', `Celery has left no queue in ${where}`);
  return queues;
}
