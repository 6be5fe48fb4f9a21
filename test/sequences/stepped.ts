import { AsyncLocalStorage } from 'node:async_hooks';
import { EventEmitter, once } from 'node:events';
import type { Durable } from '../../src/flows/durable.ts';

/**
 * Test equipment: durable execution that a test has in its hands. As with the real one, a step whose result is kept never
 * runs again, and a flow that was cut off goes on behind it on another replica. The test says when flows rest, and before
 * or after which step a replica dies. (The real one is under the other tests of flows, and under those that kill.)
 */

/** One flow, as the database would keep it. */
interface FlowRecord {
  id: string;
  name: string;
  args: unknown[];
  /** What each of its steps gave, in order, as JSON would bring it back. */
  results: unknown[];
  /** What it was told and has not heard yet. */
  mail: number;
  /** Where it runs. */
  at: SteppedDurable;
  over: boolean;
  answered: PromiseWithResolvers<unknown>;
}

/** What outlives every replica, and what of it is at work. */
export class Ledger extends EventEmitter {
  readonly flows = new Map<string, FlowRecord>();
  /** Flows go on only while they are not held. */
  held = false;
  /** What flows ended with that should not have failed. */
  readonly failed: unknown[] = [];
  #atWork = 0;

  begins(): void {
    this.#atWork += 1;
  }

  rests(): void {
    this.#atWork -= 1;
    if (this.#atWork === 0) this.emit('idle');
  }

  /** Resolves when no flow can go on by itself. */
  async idle(): Promise<void> {
    while (this.#atWork > 0) await once(this, 'idle');
  }

  /** Whoever may go on is at work from the moment in which they may. */
  async restUntil(isSo: () => boolean): Promise<void> {
    if (isSo()) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const goOn = () => {
      if (!isSo()) return;
      this.off('changed', goOn);
      this.begins();
      resolve();
    };
    this.on('changed', goOn);
    this.rests();
    await promise;
  }

  hold(held: boolean): void {
    this.held = held;
    this.emit('changed');
  }

  /** The clock of every flow that waits: each looks at its plan once more. */
  lookAgain(): void {
    for (const flow of this.flows.values()) flow.mail += 1;
    this.emit('changed');
  }
}

/** How many more steps a replica passes before it dies, and on which side of the last. */
export interface Fuse {
  steps: number;
  side: 'before' | 'after';
}

export class SteppedDurable implements Durable {
  readonly #ledger: Ledger;
  readonly #flows = new Map<string, (...args: unknown[]) => Promise<unknown>>();
  readonly #current = new AsyncLocalStorage<{ flow: FlowRecord; at: number }>();
  readonly died = Promise.withResolvers<void>();
  fuse: Fuse | null = null;
  diesInTheMiddle = false;
  dead = false;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  flow<Args extends unknown[], Result>(name: string, run: (...args: Args) => Promise<Result>) {
    this.#flows.set(name, run as (...args: unknown[]) => Promise<unknown>);
    return async (id: string, ...args: Args) => {
      if (this.dead) await new Promise(() => {});
      if (this.#ledger.flows.has(id)) return;
      const answered = Promise.withResolvers<unknown>();
      const flow = { id, name, args, results: [], mail: 0, at: this, over: false, answered };
      this.#ledger.flows.set(id, flow);
      this.#go(flow);
    };
  }

  /** Goes on with every flow that a dead replica left, from its start. */
  recover(): void {
    for (const flow of this.#ledger.flows.values()) if (!flow.over && flow.at.dead) this.#go(flow);
  }

  die(): Promise<never> {
    this.dead = true;
    this.died.resolve();
    this.#ledger.rests();
    return new Promise(() => {});
  }

  #go(flow: FlowRecord): void {
    const run = this.#flows.get(flow.name);
    if (!run) throw new Error(`there is no flow ${flow.name}`);
    flow.at = this;
    this.#ledger.begins();
    void this.#current.run({ flow, at: 0 }, async () => {
      await run(...structuredClone(flow.args)).catch((error: unknown) => this.#ledger.failed.push(error));
      flow.over = true;
      this.#ledger.rests();
    });
  }

  async #kept<Result>(work: (flow: FlowRecord) => Promise<Result>): Promise<Result> {
    const place = this.#current.getStore();
    if (!place) throw new Error('a step stands outside every flow');
    const { flow } = place;
    const index = place.at++;
    if (index < flow.results.length) return structuredClone(flow.results[index]) as Result;
    // Whoever asks waits for the answer: the first two steps are never held.
    if (index > 1) await this.#rest(() => !this.#ledger.held);
    await this.#passOrDie('before');
    const result = await work(flow);
    await this.#passOrDie('after');
    flow.results[index] = result === undefined ? undefined : JSON.parse(JSON.stringify(result));
    return result;
  }

  async #rest(isSo: () => boolean): Promise<void> {
    await this.#ledger.restUntil(() => this.dead || isSo());
  }

  async #passOrDie(side: Fuse['side']): Promise<void> {
    if (this.dead) await this.die();
    if (this.fuse?.side !== side) return;
    if (this.fuse.steps === 0) await this.die();
    this.fuse.steps -= 1;
  }

  step = <Result>(_name: string, work: () => Promise<Result>): Promise<Result> => this.#kept(work);

  told(): Promise<void> {
    return this.#kept(async (flow) => {
      await this.#rest(() => flow.mail > 0);
      if (!this.dead) flow.mail = 0;
    });
  }

  /** Whoever is told so waits for the lock of its plan until that is committed. */
  async tell(_tx: unknown, id: string): Promise<void> {
    const flow = this.#ledger.flows.get(id);
    if (flow) flow.mail += 1;
    this.#ledger.emit('changed');
  }

  answer = (value: unknown): Promise<void> => this.#kept(async (flow) => flow.answered.resolve(value));

  async answerOf<Result>(id: string): Promise<Result | null> {
    return (await this.#ledger.flows.get(id)?.answered.promise) as Result | null;
  }

  async pause(): Promise<void> {}
  async launch(): Promise<void> {}
  async park(): Promise<void> {}
  leftRunning = () => false;
  unfinishedOf = async () => [];
  resume = async () => undefined;
}
