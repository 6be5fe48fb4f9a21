import { AsyncLocalStorage } from 'node:async_hooks';
import { writeSync } from 'node:fs';
import pg from 'pg';

/** Something that a process does and others can see. */
export interface Effect {
  what: string;
  /** Others see it once that is committed, and a death undoes it. */
  inTransaction: boolean;
}

/** At which effect a process ends, counted from one: before it is sent, or once it took place and nobody has seen its answer. */
export interface Doom {
  at: number;
  when: 'before' | 'after';
}

/** What a process says when it ends itself. */
export interface LastWords extends Doom {
  what: string;
}

type Query = (...args: unknown[]) => unknown;
type OnQuery = (text: string, values: readonly unknown[]) => void;
type Begin = (what: string, inTransaction?: boolean) => () => void;

/**
 * Counts what others can see of this process, which is every query that it sends and every question to a system or to
 * Slack, and kills it with -9 at the one that it is doomed to. Only what comes of `counted` counts: clocks do not.
 */
export function createInjector(onQuery: OnQuery) {
  const within = new AsyncLocalStorage<true>();
  let doom: Doom | null = null;
  let effects: Effect[] = [];

  /** Answers what is to be called when it took place. */
  function begin(what: string, inTransaction = false): () => void {
    if (!within.getStore()) return () => {};
    effects.push({ what, inTransaction });
    if (effects.length !== doom?.at) return () => {};
    const last = { ...doom, what };
    if (last.when === 'before') die(last);
    return () => die(last);
  }
  watchQueries(begin, onQuery);

  return {
    arm(at: Doom | null) {
      doom = at;
      effects = [];
    },
    /** Since it was armed. */
    effects: () => effects,
    counted: <Result>(work: () => Result) => within.run(true, work),
    async effect<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
      const done = begin(what);
      const result = await work();
      done();
      return result;
    },
  };
}

function die(words: LastWords): never {
  writeSync(process.stdout.fd, `${JSON.stringify(words)}\n`);
  process.kill(process.pid, 'SIGKILL');
  throw new Error('killed');
}

/** Guardia's queries and those of DBOS go through the same client. */
function watchQueries(begin: Begin, onQuery: OnQuery): void {
  const client = pg.Client.prototype as unknown as { query: Query };
  const query = client.query;
  const inTransaction = new WeakSet<object>();
  client.query = function (this: object, ...args: unknown[]) {
    const text = textOf(args[0]);
    const done = begin(text, inTransaction.has(this) && !/^(commit|rollback)/i.test(text));
    if (/^begin/i.test(text)) inTransaction.add(this);
    if (/^(commit|rollback)/i.test(text)) inTransaction.delete(this);
    return onceSeen(query, this, args, () => {
      done();
      onQuery(text, Array.isArray(args[1]) ? args[1] : []);
    });
  };
}

/** `seen` is called before whoever asked gets the answer, by a callback or by a promise. */
function onceSeen(query: Query, client: object, args: readonly unknown[], seen: () => void): unknown {
  const callback = args.at(-1);
  if (typeof callback !== 'function') return Promise.resolve(query.apply(client, [...args])).finally(seen);
  const answered = (...answer: unknown[]) => {
    seen();
    callback(...answer);
  };
  return query.apply(client, [...args.slice(0, -1), answered]);
}

function textOf(query: unknown): string {
  const text = typeof query === 'string' ? query : (query as { text: string }).text;
  return text.replace(/\s+/g, ' ').trim();
}
