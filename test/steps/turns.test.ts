import { setImmediate } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { createTurns } from '../../src/steps/shared/turns.ts';

it('lets eight begin in one turn of the event loop, the others in the next ones, in their order', async () => {
  const turn = createTurns();
  const begun: number[] = [];
  const all = Array.from({ length: 20 }, async (_, index) => {
    await turn();
    begun.push(index);
  });
  const seen: number[] = [];
  while (begun.length < 20) {
    await Promise.resolve().then(() => undefined);
    seen.push(begun.length);
    await setImmediate();
  }
  await Promise.all(all);
  expect(begun).toEqual(Array.from({ length: 20 }, (_, index) => index));
  expect(seen[0]).toBe(8);
  expect(seen).toContain(16);
});

it('holds nobody up who comes alone', async () => {
  const turn = createTurns();
  for (let call = 0; call < 3; call += 1) {
    const before = performance.now();
    await turn();
    await setImmediate();
    expect(performance.now() - before).toBeLessThan(1_000);
  }
});
