import { GuardiaError } from '../../../errors.ts';
import type { BeforeEffect, Fingerprint, Performed, Preview } from '../../step-kind.ts';
import { count, counted } from '../text.ts';
import { type Broker, jobsWaiting, listsOf } from './queues.ts';

const AT_ONCE = 100;

/** The list that a queue's jobs are put aside in. No worker takes from it. */
function deadLetterOf(queue: string): string {
  return `${queue}.dead-letter`;
}

export async function previewDeadLetter(broker: Broker, queue: string): Promise<Preview> {
  const aside = deadLetterOf(queue);
  const [waiting, there] = [await jobsWaiting(broker, queue), Number(await broker.send(['LLEN', aside]))];
  return {
    what: `move every waiting job of ${queue} into the list ${aside}, in ${broker.where}`,
    amount: `${counted(waiting, 'job')} waiting`,
    count: waiting,
    evidence: [{ label: 'Dead letters', text: `${aside} holds ${counted(there, 'job')} already` }],
  };
}

export async function deadLetterFingerprint(broker: Broker, queue: string): Promise<Fingerprint> {
  return { substance: { queue, broker: broker.where, waiting: await jobsWaiting(broker, queue) } };
}

/**
 * Moves job by job with LMOVE, the oldest first: each move is one command, so whenever it is cut off every job is in
 * one of the two lists, and going on later is the same as beginning. RENAMENX would take a whole list at once, but
 * there are several (one a priority) for one name, and it does nothing once that name is taken. A job keeps its
 * priority within itself. Only as many are moved as waited at the start, so that it ends while more arrive.
 */
export async function moveToDeadLetter(
  broker: Broker,
  queue: string,
  beforeEffect: BeforeEffect,
): Promise<Performed> {
  const aside = deadLetterOf(queue);
  let moved = 0;
  try {
    for (const list of listsOf(queue)) {
      for await (const jobs of movedInPieces(broker, list, aside, beforeEffect)) moved += jobs;
    }
  } catch (error) {
    throw interrupted(error, moved, aside);
  }
  const back = `LMOVE ${aside} ${queue} RIGHT LEFT brings back one, the oldest first`;
  return {
    says: `moved ${counted(moved, 'job')} of ${queue} into the list ${aside}, in ${broker.where}`,
    amount: counted(moved, 'job'),
    evidence: [{ label: 'To bring them back', text: `${back}; once for each of ${count(moved)}` }],
  };
}

/** Gives how many were moved, piece by piece; ends early when workers have taken the rest. A piece goes out as one. */
async function* movedInPieces(
  { send }: Broker,
  list: string,
  aside: string,
  beforeEffect: BeforeEffect,
): AsyncGenerator<number> {
  for (let left = Number(await send(['LLEN', list])); left > 0; left -= AT_ONCE) {
    const piece = Math.min(left, AT_ONCE);
    let free: Promise<void> | undefined;
    const together = () => {
      free ??= beforeEffect();
      return free;
    };
    const move = () => send(['LMOVE', list, aside, 'RIGHT', 'LEFT'], together);
    const answers = await Promise.all(Array.from({ length: piece }, move));
    const moved = answers.filter((job) => job !== null).length;
    yield moved;
    if (moved < piece) return;
  }
}

function interrupted(error: unknown, moved: number, aside: string): unknown {
  if (!(error instanceof GuardiaError) || moved === 0) return error;
  const message = `${error.message}, after ${counted(moved, 'job')} or more had been moved into ${aside}`;
  return error.saying(message);
}
