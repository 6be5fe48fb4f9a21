import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { GuardiaError } from '../errors.ts';
import type { ChartSpec, Picture } from './chart-spec.ts';
import { pack } from './pack.ts';
import type { Painted } from './worker.ts';

export type { ChartSpec, Picture, Thresholds } from './chart-spec.ts';

export interface Painter {
  /** Rejects with `refused` when too many drawings wait, `deadline`, `aborted` after `close`, or `internal`. */
  draw(spec: ChartSpec): Promise<Picture>;
  close(): Promise<void>;
}

export interface PainterOptions {
  /** Drawings that may wait. */
  waiting?: number;
  /** How long one drawing may take, the start of the thread included. */
  drawMs?: number;
  /** How long the thread is kept without work; it holds about 80 MB. */
  idleMs?: number;
  /** The thread's code. */
  script?: URL;
}

/** The thread is kept small beside a bot that rests; a drawing that needs more ends it, and the next one starts it anew. */
const LIMITS = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 160 };

interface Job {
  spec: ChartSpec;
  resolve(picture: Picture): void;
  reject(error: unknown): void;
}

/** Draws charts in a thread of its own, one at a time, so that the event loop is never held. */
export function createPainter(options: PainterOptions = {}): Painter {
  const { waiting = 100, drawMs = 10_000, idleMs = 60_000 } = options;
  const thread = createThread(options.script ?? new URL('./worker.ts', import.meta.url), idleMs);
  const jobs: Job[] = [];
  let busy = false;
  let closed = false;

  async function work(): Promise<void> {
    if (busy) return;
    busy = true;
    for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
      const { resolve, reject } = job;
      await paint(job.spec).then(resolve, (error: unknown) => reject(closed ? closing() : error));
    }
    busy = false;
    thread.rest();
  }

  async function paint(spec: ChartSpec): Promise<Picture> {
    const sheet = await pack(spec);
    if (closed) throw closing();
    const painted = await thread.ask(sheet, [sheet.points.buffer], drawMs);
    if (!painted.ok) throw new GuardiaError('internal', `The chart could not be drawn: ${painted.why}`);
    return painted.picture;
  }

  return {
    draw(spec) {
      if (closed) return Promise.reject(closing());
      if (jobs.length >= waiting) return Promise.reject(full(waiting));
      return new Promise((resolve, reject) => {
        jobs.push({ spec, resolve, reject });
        void work();
      });
    },
    async close() {
      closed = true;
      for (const job of jobs.splice(0)) job.reject(closing());
      await thread.end();
    },
  };
}

interface Thread {
  ask(message: unknown, transfer: ArrayBuffer[], withinMs: number): Promise<Painted>;
  /** Nothing to do: the thread ends itself after a while. */
  rest(): void;
  end(): Promise<void>;
}

/** A thread that is started when it is needed, and again when it died. */
function createThread(script: URL, idleMs: number): Thread {
  let worker: Worker | null = null;
  let idle: NodeJS.Timeout | undefined;

  function started(): Worker {
    if (worker !== null) return worker;
    const made = new Worker(script, { execArgv: [], env: {}, name: 'painter', resourceLimits: LIMITS });
    const forget = () => {
      if (worker === made) worker = null;
    };
    worker = made.on('error', forget).on('exit', forget);
    made.setMaxListeners(20);
    return made;
  }

  async function end(): Promise<void> {
    clearTimeout(idle);
    const ending = worker;
    worker = null;
    await ending?.terminate();
  }

  return {
    end,
    async ask(message, transfer, withinMs) {
      clearTimeout(idle);
      const asked = started();
      const stop = new AbortController();
      asked.ref();
      asked.postMessage(message, transfer);
      try {
        return await Promise.race([
          answer(asked, stop.signal),
          death(asked, stop.signal),
          late(withinMs, stop.signal),
        ]);
      } catch (error) {
        await end();
        throw error;
      } finally {
        stop.abort();
        asked.unref();
      }
    },
    rest() {
      clearTimeout(idle);
      idle = setTimeout(end, idleMs).unref();
    },
  };
}

async function answer(worker: Worker, signal: AbortSignal): Promise<Painted> {
  try {
    const [painted] = await once(worker, 'message', { signal });
    return painted;
  } catch (cause) {
    throw new GuardiaError('internal', 'The painting thread failed over a chart', { retryable: true, cause });
  }
}

async function death(worker: Worker, signal: AbortSignal): Promise<never> {
  await once(worker, 'exit', { signal });
  throw new GuardiaError('internal', 'The painting thread ended in the middle of a chart', {
    retryable: true,
  });
}

async function late(withinMs: number, signal: AbortSignal): Promise<never> {
  await wait(withinMs, undefined, { signal });
  throw new GuardiaError('deadline', `A chart was not drawn within ${withinMs} ms`, { retryable: true });
}

function closing(): GuardiaError {
  return new GuardiaError('aborted', 'The painter is closing and draws nothing more');
}

function full(waiting: number): GuardiaError {
  return new GuardiaError('refused', `${waiting} charts wait to be drawn; one more was not taken`, {
    retryable: true,
  });
}
