import { setImmediate } from 'node:timers/promises';

/** Beginning one takes up to half a millisecond. */
const AT_ONCE = 8;

/**
 * Resolves when the caller may begin: at once, or in a later turn of the event loop when eight have begun in this one.
 * A hundred checks that are asked in one go hold up nothing else.
 */
export function createTurns(): () => Promise<void> {
  let begun = 0;
  let next: Promise<void> = Promise.resolve();
  return async () => {
    while (begun >= AT_ONCE) await next;
    begun += 1;
    if (begun > 1) return;
    next = setImmediate().then(() => {
      begun = 0;
    });
  };
}
