import { afterEach } from '@jest/globals';
import { createSteps, type StepsOptions } from '../../src/steps/index.ts';
import type {
  BeforeEffect,
  Fingerprint,
  Parameters,
  StepEnvironment,
  Steps,
} from '../../src/steps/step-kind.ts';

export interface Given extends Partial<StepsOptions> {
  connections?: StepEnvironment['connections'];
  targets?: StepEnvironment['targets'];
}

export interface CallOptions {
  parameters?: Parameters;
  deadlineMs?: number;
  signal?: AbortSignal;
  beforeEffect?: BeforeEffect;
}

/** What steps are told in tests that are not about it: they may act. */
export const mayAct: BeforeEffect = async () => undefined;

const open: { close(): Promise<void> }[] = [];

/** Whatever is handed in is closed after the test, the last one first. */
export function closing<T extends { close(): Promise<void> } | { stop(): Promise<void> }>(thing: T): T {
  open.push('close' in thing ? thing : { close: () => thing.stop() });
  return thing;
}

afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
});

/** Real step kinds for one service, with shorter calls for tests. */
export function serviceWith({ connections = {}, targets = {}, settings = {}, ...rest }: Given) {
  const steps: Steps = closing(createSteps({ settings, ...rest }));
  const env: StepEnvironment = { service: 'denis', connections, targets };
  const limits = ({ parameters = {}, deadlineMs = 20_000, signal }: CallOptions) => ({
    ...{ parameters, deadlineMs, ...(signal ? { signal } : {}) },
  });
  const call =
    (operation: 'observe' | 'preview' | 'fingerprint') =>
    (kind: string, input: unknown, options: CallOptions = {}) =>
      steps[operation](env, { kind, input }, limits(options));
  return {
    steps,
    env,
    observe: call('observe') as Call<'observe'>,
    preview: call('preview') as Call<'preview'>,
    /** What is the kind's own; where the service leads to is the door's (whereabouts.test.ts), and another at each server. */
    fingerprint: (async (...asked) => {
      const { at: _, ...own } = (await call('fingerprint')(...asked)) as Fingerprint;
      return own;
    }) as Call<'fingerprint'>,
    perform: ((kind, input, { beforeEffect = mayAct, ...options } = {}) =>
      steps.perform(env, { kind, input }, { ...limits(options), beforeEffect })) as Call<'perform'>,
  };
}

type Call<O extends 'observe' | 'preview' | 'fingerprint' | 'perform'> = (
  kind: string,
  input: unknown,
  options?: CallOptions,
) => ReturnType<Steps[O]>;
