import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ErrorCode, GuardiaError } from '../../src/errors.ts';
import { createSteps } from '../../src/steps/index.ts';
import type { StepSample } from '../../src/steps/shared/door.ts';
import type { StepEnvironment, StepKind, Steps } from '../../src/steps/step-kind.ts';

/** What the other side does. */
export type Behaviour = 'hangs' | 'refuses' | 'closes' | 'html' | 'huge';

/** A service whose connection or target leads to something that behaves so. */
export interface Scenario {
  env: StepEnvironment;
  settings: Record<string, string>;
  /** Resolves when nothing of the call is left on the other side: no socket, no process. */
  gone(): Promise<void>;
  /** Whether anything has reached the other side. */
  touched(): boolean;
  stop(): Promise<void>;
}

export interface Contract {
  /** An input that observes. */
  input: Record<string, unknown>;
  scenario(behaviour: Behaviour): Promise<Scenario>;
  /** Stands in the scenario's settings, and on the other side wherever that can send it back. */
  secret: string;
  /** How a call ends, where that is not as for a server: `finding` is an answer that stays small. */
  ends?: Partial<Record<Behaviour, ErrorCode | 'finding'>>;
}

const ENDS: Record<Behaviour, ErrorCode | 'finding'> = {
  hangs: 'deadline',
  refuses: 'unreachable',
  closes: 'unreachable',
  html: 'nonsense',
  huge: 'nonsense',
};
const SMALL = 50_000;

/** What every step kind must hold, whatever stands at the other end. */
export function describeStepKind(kind: StepKind, contract: Contract): void {
  describe(`${kind.name} keeps the contract`, () => {
    let steps: Steps;
    let scenario: Scenario;
    let samples: StepSample[];

    async function begin(behaviour: Behaviour): Promise<void> {
      scenario = await contract.scenario(behaviour);
      steps = createSteps({
        settings: scenario.settings,
        metrics: { call: (sample) => samples.push(sample) },
      });
    }

    function observe(options: { deadlineMs?: number; signal?: AbortSignal; input?: unknown } = {}) {
      const { deadlineMs = 4_000, input = contract.input, ...rest } = options;
      return steps.observe(scenario.env, { kind: kind.name, input }, { parameters: {}, deadlineMs, ...rest });
    }

    async function ending(call: Promise<unknown>): Promise<GuardiaError> {
      const error = await call.then(
        (value) => expect(value).toBe('an error'),
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(GuardiaError);
      expect(everythingIn(error)).not.toContain(contract.secret);
      return error as GuardiaError;
    }

    beforeEach(() => {
      samples = [];
    });

    afterEach(async () => {
      expect(everythingIn(samples)).not.toContain(contract.secret);
      await steps.close();
      await scenario.gone();
      await scenario.stop();
    });

    it('ends at its deadline when the other side hangs, and lets go of it', async () => {
      await begin('hangs');
      expect((await ending(observe({ deadlineMs: 300 }))).code).toBe('deadline');
      await scenario.gone();
      expect(samples).toMatchObject([{ kind: kind.name, operation: 'observe', outcome: 'deadline' }]);
    });

    it('stops at once when the caller gives up', async () => {
      await begin('hangs');
      const caller = new AbortController();
      setTimeout(() => caller.abort(), 150);
      expect((await ending(observe({ deadlineMs: 600_000, signal: caller.signal }))).code).toBe('aborted');
      await scenario.gone();
    });

    for (const behaviour of ['refuses', 'closes', 'html', 'huge'] as const) {
      const end = contract.ends?.[behaviour] ?? ENDS[behaviour];
      it(`answers '${end}' when the other side ${DOES[behaviour]}`, async () => {
        await begin(behaviour);
        // However busy the machine is, it is the answer that decides, unless there is none.
        const deadlineMs = end === 'deadline' ? 2_000 : 20_000;
        if (end !== 'finding') {
          expect((await ending(observe({ deadlineMs }))).code).toBe(end);
          return;
        }
        const observation = await observe({ deadlineMs });
        expect(everythingIn(observation)).not.toContain(contract.secret);
        expect(JSON.stringify(observation).length).toBeLessThan(SMALL);
      });
    }

    it('refuses an input with an unknown key before it asks anybody', async () => {
      await begin('hangs');
      const error = await ending(observe({ input: { ...contract.input, surprise: true } }));
      expect(error).toMatchObject({ code: 'bad-input', retryable: false });
      expect(scenario.touched()).toBe(false);
    });

    it('says which setting is missing', async () => {
      await begin('hangs');
      const [missing = ''] = Object.keys(scenario.settings);
      await steps.close();
      steps = createSteps({ settings: {} });
      const error = await ending(observe());
      expect(error).toMatchObject({
        code: 'not-configured',
        message: `not configured: ${missing} is not set`,
      });
    });
  });
}

const DOES: Record<Behaviour, string> = {
  hangs: 'hangs',
  refuses: 'refuses the connection',
  closes: 'closes in the middle of its answer',
  html: 'answers with an HTML page',
  huge: 'answers with 10 MB',
};

/** An error's message, stack, cause and fields as well. */
function everythingIn(value: unknown): string {
  return `${inspect(value, { depth: 12, showHidden: true, maxStringLength: null, maxArrayLength: null })}${JSON.stringify(value)}`;
}
