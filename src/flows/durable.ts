import { setTimeout as wait } from 'node:timers/promises';
import { DBOS, DBOSClient } from '@dbos-inc/dbos-sdk';
import { wfQueueRunner } from '@dbos-inc/dbos-sdk/internal/wfqueue';
import { CompiledQuery, type Transaction } from 'kysely';
import type { ClientBase } from 'pg';
import { persistently } from '../store/away.ts';
import type { Tables } from '../store/schema.ts';

/** Set by hand: a release does not orphan the approvals that are waiting. A changed flow says so with a patch. */
const APPLICATION_VERSION = '1';

/**
 * Durable execution on the database. A flow is a plain async function whose finished steps never run again; after a
 * restart it goes on behind the last one.
 */
export interface Durable {
  /** Names a flow, before `launch`. */
  flow<Args extends unknown[], Result>(
    name: string,
    run: (...args: Args) => Promise<Result>,
  ): (id: string, ...args: Args) => Promise<void>;
  /**
   * One step of a flow: its result is stored, and it is not run again once it is. While the database is away it is
   * tried again, since a flow whose step fails has ended.
   */
  step<Result>(name: string, work: () => Promise<Result>): Promise<Result>;
  /**
   * Waits until somebody tells the flow something, or about so long by a replica's own clock: whoever wakes asks the
   * database what time it is, and waits again when it is early. Survives restarts.
   */
  told(topic: string, timeoutMs: number): Promise<void>;
  /** Tells a flow once the transaction is committed, and only then; nothing happens when it has ended. */
  tell(tx: Transaction<Tables>, id: string, topic: string): Promise<void>;
  /** By its length, whatever the own clock of this replica, or of the one before it, says. */
  pause(ms: number): Promise<void>;
  /** Hands something out before the flow ends. */
  answer(value: unknown): Promise<void>;
  answerOf<Result>(id: string, timeoutMs: number): Promise<Result | null>;
  launch(): Promise<void>;
  /** Begins no further step, waits for those that run, and leaves the rest to the next start. */
  park(timeoutMs: number): Promise<void>;
  /** Whether a step was left running when its time was over: what fails from then on fails because of us. */
  leftRunning(): boolean;
  /** Names of the unfinished flows of another replica. */
  unfinishedOf(replica: string): Promise<string[]>;
  /** Goes on with these flows, here or at any other replica. */
  resume(flows: readonly string[]): Promise<void>;
}

const ANSWER = 'answer';

export interface DurableOptions {
  databaseUrl: string;
  replica: string;
  poolSize?: number;
  /** How often a waiting flow looks by itself, should a notification get lost. */
  lookEveryMs?: number;
}

export function createDurable(options: DurableOptions): Durable {
  const look = { pollingIntervalMs: options.lookEveryMs ?? 10_000 };
  // It writes with connections of ours, and has none of its own.
  const mail = DBOSClient.create({ systemDatabaseUrl: options.databaseUrl });
  const running = new Set<Promise<unknown>>();
  let parked = false;
  let left = false;

  DBOS.setConfig({
    name: 'guardia',
    systemDatabaseUrl: options.databaseUrl,
    systemDatabasePoolSize: options.poolSize ?? 8,
    applicationVersion: APPLICATION_VERSION,
    executorID: options.replica,
    logLevel: 'error',
    enablePatching: true,
  });

  /** A parked flow waits for ever in this process, and goes on in the next. */
  function gate(): Promise<void> | undefined {
    return parked ? new Promise(() => {}) : undefined;
  }

  async function tracked<Result>(work: () => Promise<Result>): Promise<Result> {
    await gate();
    const under = work();
    running.add(under);
    try {
      return await under;
    } finally {
      running.delete(under);
    }
  }

  return {
    flow(name, run) {
      const registered = DBOS.registerWorkflow(run, { name });
      return async (id, ...args) => {
        await DBOS.startWorkflow(registered, { workflowID: id })(...args);
      };
    },
    async step(name, work) {
      await gate();
      const result = await DBOS.runStep(() => persistently(() => tracked(work)), { name });
      await gate();
      return result;
    },
    async told(topic, timeoutMs) {
      await DBOS.recv(topic, { timeoutSeconds: Math.max(0.01, timeoutMs / 1_000), ...look });
      await gate();
    },
    async tell(tx, id, topic) {
      await (await mail).sendInTransaction(clientOf(tx), id, 'changed', topic);
    },
    async pause(ms) {
      if (await DBOS.patch('pause by its length')) {
        await DBOS.runStep(() => wait(ms, undefined, { ref: false }).then(gate), { name: 'pause' });
      } else await DBOS.sleep(ms);
      await gate();
    },
    answer: (value) => DBOS.setEvent(ANSWER, value),
    answerOf: (id, timeoutMs) => DBOS.getEvent(id, ANSWER, { timeoutSeconds: timeoutMs / 1_000, ...look }),
    launch: () => DBOS.launch(),
    async park(timeoutMs) {
      parked = true;
      // What another replica puts back to be gone on with would be taken, and then never begun.
      wfQueueRunner.stop();
      const over = AbortSignal.timeout(timeoutMs);
      while (running.size > 0 && !over.aborted) {
        await Promise.race([Promise.allSettled([...running]), aborted(over)]);
      }
      left = running.size > 0;
      await DBOS.shutdown({ deregister: true });
    },
    leftRunning: () => left,
    async unfinishedOf(replica) {
      const flows = await DBOS.listWorkflows({ executorId: replica, status: 'PENDING' });
      return flows.map(({ workflowID }) => workflowID);
    },
    async resume(flows) {
      await Promise.all(flows.map((flow) => DBOS.resumeWorkflow(flow)));
    },
  };
}

/** A transaction of ours as DBOS knows one. */
function clientOf(tx: Transaction<Tables>): ClientBase {
  const query = (text: string, values: unknown[]) => tx.executeQuery(CompiledQuery.raw(text, values));
  return { query } as unknown as ClientBase;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((done) => signal.addEventListener('abort', () => done(), { once: true }));
}
