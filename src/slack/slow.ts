import { setTimeout as pause } from 'node:timers/promises';
import type { Asked } from './asked.ts';

const SLOW_MS = 2_500;

/** Awaits what was asked for, and tells whoever asked when it takes longer than one waits without a word. */
export async function tellWhenSlow<T>(
  asked: Pick<Asked, 'tell'>,
  work: Promise<T>,
  says: string,
  afterMs = SLOW_MS,
): Promise<T> {
  const over = new AbortController();
  const told = pause(afterMs, null, { signal: over.signal, ref: false }).then(
    () => asked.tell(says),
    () => {},
  );
  try {
    return await work;
  } finally {
    over.abort();
    await told;
  }
}
