import { z } from 'zod';
import { GuardiaError } from '../../errors.ts';
import type { Clients, Parameters, StepCall } from '../step-kind.ts';
import { fillText } from './placeholders.ts';
import { redisAt } from './redis-client.ts';
import { urlOf } from './settings.ts';

/** Kombu keeps the jobs of each priority in a list of its own: `celery`, `celery\x06\x163`, … */
const PRIORITY_SEPARATOR = '\x06\x16';
const PRIORITIES = [3, 6, 9];
const QUEUE = /^[A-Za-z0-9_][\w.:@-]{0,200}$/;

const broker = z.looseObject({ kind: z.literal('redis'), url: urlOf('redis', 'rediss') });

/** A queue's name with parameters filled in. Celery would take a comma for a list of queues. */
export function queueNamed(template: string, parameters: Parameters): string {
  const queue = fillText(template, parameters, (value) => value);
  if (QUEUE.test(queue)) return queue;
  throw new GuardiaError('bad-input', `${JSON.stringify(queue)} is not the name of one queue`);
}

/** Jobs that wait in a queue, of every priority. */
export async function jobsWaiting(
  call: Pick<StepCall<unknown, unknown>, 'another' | 'signal'> & { clients: Clients },
  brokerName: string,
  queue: string,
): Promise<number> {
  const redis = redisAt(call.clients, call.another(brokerName, broker).url);
  const keys = [queue, ...PRIORITIES.map((priority) => `${queue}${PRIORITY_SEPARATOR}${priority}`)];
  const lengths = await Promise.all(keys.map((key) => redis.command(['LLEN', key], call.signal)));
  return lengths.reduce<number>((total, length) => total + Number(length), 0);
}
