import { fakePeople, INES, NOOR, SAM } from '../../helpers/house.ts';
import type { Outside } from './process.ts';
import type { Touch, Witness } from './witness.ts';

const WAITING = 1_243;

/** Systems and people as every process of one database finds them. */
export interface World {
  outside: Outside;
  /** What was done to this queue, in order. */
  touches(queue: string): readonly Touch[];
  /** From its nth look on, whoever looks at this queue finds that it has grown. */
  growsAtLook(queue: string, nth: number): void;
  /** Whatever is done to this queue takes until it is let go; `touched` resolves once it was done. */
  hold(queue: string): { touched: Promise<void>; letGo(): void };
  /** A house that was told to halt stands right before it does something to this queue, until it is let go. */
  halt(queue: string): { reached: Promise<void>; letGo(): void };
}

export function openWorld(witness: Witness): World {
  const people = fakePeople();
  people.groups.S0SRE = [NOOR, SAM, INES].map(({ user }) => user);
  people.groups.S0CALL = [NOOR, INES].map(({ user }) => user);
  const touched = new Map<string, Touch[]>();
  const looks = new Map<string, number>();
  const grows = new Map<string, number>();
  const holds = new Map<string, { touched: () => void; over: Promise<void> }>();
  const halts = new Map<string, { reached: () => void; over: Promise<void> }>();
  const touchesOf = (queue: string) => touched.get(queue) ?? [];
  const asked: Record<string, (...args: never[]) => unknown> = {
    account: people.account,
    members: people.members,
    directMessage: people.directMessage,
    waiting: (queue: string) => (touchesOf(queue).length > 0 ? 0 : WAITING),
    look(queue: string) {
      const nth = (looks.get(queue) ?? 0) + 1;
      looks.set(queue, nth);
      return nth >= (grows.get(queue) ?? Number.POSITIVE_INFINITY) ? 2 * WAITING : WAITING;
    },
    async halt(queue: string) {
      halts.get(queue)?.reached();
      await halts.get(queue)?.over;
    },
    async touch(queue: string, index: number) {
      const seen = await witness.atTouch(queue, index);
      touched.set(queue, [...touchesOf(queue), seen]);
      holds.get(queue)?.touched();
      await holds.get(queue)?.over;
      return `did step ${index + 1}`;
    },
  };
  return {
    outside: async (what, args) => (asked[what] as (...args: readonly unknown[]) => unknown)(...args),
    touches: touchesOf,
    growsAtLook: (queue, nth) => void grows.set(queue, nth),
    hold(queue) {
      const [touched, over] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      holds.set(queue, { touched: touched.resolve, over: over.promise });
      return { touched: touched.promise, letGo: over.resolve };
    },
    halt(queue) {
      const [reached, over] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      halts.set(queue, { reached: reached.resolve, over: over.promise });
      return { reached: reached.promise, letGo: over.resolve };
    },
  };
}
