import { GuardiaError } from '../errors.ts';
import type { BeforeEffect } from '../steps/step-kind.ts';
import { persistently } from '../store/away.ts';
import { type HeldStep, holdsStep } from '../store/fence.ts';
import type { House } from './house.ts';

/** An answer that took longer may be from before this process was frozen. */
const FRESH_MS = 2_000;

/** Asks the database, right before each request that changes something, whether the step may still act. */
export function beforeEffectOf({ db }: Pick<House, 'db'>, step: HeldStep): BeforeEffect {
  let acted = false;
  return async () => {
    for (let fresh = false; !fresh; ) {
      const asked = performance.now();
      const held = await persistently(() => holdsStep(db, step));
      if (!held) throw takenOver(acted);
      fresh = performance.now() - asked < FRESH_MS;
    }
    acted = true;
  };
}

function takenOver(acted: boolean): GuardiaError {
  const left = acted ? 'it did nothing more' : 'it did nothing';
  const message = `this replica stood still, and its run was taken over or ended meanwhile: ${left}`;
  return new GuardiaError('conflict', message);
}
