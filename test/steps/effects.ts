import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { GuardiaError } from '../../src/errors.ts';
import type { BeforeEffect, Fingerprint, StepEnvironment } from '../../src/steps/step-kind.ts';
import type { Ending } from './fakes/between.ts';
import { serviceWith } from './harness.ts';

/** What the other side and the step's question have seen, in order. */
export type Journal = (event: 'connect' | 'talk' | 'change') => void;

export interface Stage {
  connections?: StepEnvironment['connections'];
  targets?: StepEnvironment['targets'];
  settings?: Record<string, string>;
  /** Where a change is not seen as it comes: looks whether it has. */
  looked?(): void;
}

/** Something that a step kind changes, and the ways in which that can end. */
export interface Act<How = Ending> {
  kind: string;
  /** `a restart` */
  does: string;
  input: Record<string, unknown>;
  planned?: Fingerprint;
  /** How many changes it makes when all goes well. */
  changes?: number;
  /** Several changes that go out as one. */
  together?: true;
  /** Once it was done: none of these says so. `hangs` is given up by the caller. */
  unconfirmed: Readonly<Record<string, How>>;
  /** These prove that nothing was done, or tell what was. */
  conclusive: Readonly<Record<string, How>>;
  stage(note: Journal, ending?: How): Promise<Stage>;
  /** What all its stages have in common, and how that is given back. */
  around?(): Promise<() => Promise<void>>;
}

type Event = Parameters<Journal>[0] | 'asked';

/** What every kind must hold that changes something, whatever comes of its request. */
export function describeAct<How>(act: Act<How>): void {
  describe(`${act.kind}, ${act.does}`, () => {
    let giveBack: (() => Promise<void>) | undefined;
    beforeAll(async () => {
      giveBack = await act.around?.();
    });
    afterAll(() => giveBack?.());

    async function performing(
      ending: How | undefined,
      beforeEffect: (events: Event[], caller: AbortController) => BeforeEffect,
      givesUpAtChange = false,
    ) {
      const events: Event[] = [];
      const caller = new AbortController();
      const note: Journal = (event) => {
        events.push(event);
        if (event === 'change' && givesUpAtChange) caller.abort();
      };
      const { looked, ...given } = await act.stage(note, ending);
      const { steps, env } = serviceWith(given);
      const step = { kind: act.kind, input: act.input, ...(act.planned ? { fingerprint: act.planned } : {}) };
      const end = await steps
        .perform(env, step, {
          ...{ parameters: {}, deadlineMs: 30_000, signal: caller.signal },
          beforeEffect: beforeEffect(events, caller),
        })
        .then(
          () => 'done',
          (error: unknown) => error,
        );
      looked?.();
      return { events, end };
    }

    const mayAct = (events: Event[]) => async () => {
      // So that whatever else was on its way has arrived.
      for (let turns = 0; turns < 5; turns += 1) await turn();
      events.push('asked');
    };

    it('asks right before each change, after connecting, login and reads', async () => {
      const { events, end } = await performing(undefined, mayAct);
      expect(end).toBe('done');
      const changes = events.flatMap((event, index) => (event === 'change' ? [events[index - 1]] : []));
      const before = act.together ? ['asked', 'change'] : ['asked'];
      expect(changes.length).toBeGreaterThanOrEqual(act.changes ?? 1);
      expect(changes.every((event) => event !== undefined && before.includes(event))).toBe(true);
      expect(events.filter((event) => event === 'asked')).toHaveLength(act.changes ?? 1);
    });

    it('changes nothing where it may not, and has failed', async () => {
      const refusal = new GuardiaError('conflict', 'taken over');
      const { events, end } = await performing(undefined, () => () => Promise.reject(refusal));
      expect(end).toMatchObject({ code: 'conflict', unconfirmed: false });
      expect((end as GuardiaError).message).toContain('taken over');
      expect(events).not.toContain('change');
    });

    it('changes nothing once its time was over while it asked', async () => {
      const answer = Promise.withResolvers<void>();
      const slow = (_: Event[], caller: AbortController) => async () => {
        caller.abort();
        await answer.promise;
      };
      const { events, end } = await performing(undefined, slow);
      answer.resolve();
      for (let turns = 0; turns < 20; turns += 1) await turn();
      expect(end).toMatchObject({ code: 'aborted', unconfirmed: false });
      expect(events).not.toContain('change');
    });

    it.each(Object.entries(act.unconfirmed))(
      'is unknown when it was done, and then: %s',
      async (name, how) => {
        const { events, end } = await performing(how, mayAct, name === 'hangs');
        expect(end).toMatchObject({ unconfirmed: true });
        expect(events).toContain('change');
      },
    );

    it.each(Object.entries(act.conclusive))('has failed, and is known to have: %s', async (_, how) => {
      const { end } = await performing(how, mayAct);
      expect(end).toBeInstanceOf(GuardiaError);
      expect(end).toMatchObject({ unconfirmed: false });
    });
  });
}
