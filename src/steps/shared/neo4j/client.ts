import { bulkhead } from 'cockatiel';
import type { Driver, Result, ResultSummary, Session } from 'neo4j-driver';
import type { Clients } from '../../step-kind.ts';
import { untilAborted } from '../deadline.ts';
import { neo4jError } from './errors.ts';
import { boltAddress, greet } from './greeting.ts';

/** A server whose pool is exhausted has few connections to spare: whoever finds these busy waits. */
const AT_ONCE = 4;
const WAITING = 1_024;
const CONNECT_MS = 3_000;
const LAST_WORD_MS = 500;
/** How many records are kept of an answer; one more is asked for, to know that there are more. */
export const MOST_RECORDS = 1_000;

/** Stands in the metadata of every transaction of ours, of every replica. */
export const OURS = { app: 'guardia' } as const;

export interface Neo4jConnection {
  url: string;
  user: string;
  password: string;
  database?: string | undefined;
}

export type Parameters = Readonly<Record<string, unknown>>;

export interface Patience {
  deadlineMs: number;
  signal: AbortSignal;
}

export interface Answer {
  keys: readonly string[];
  rows: readonly (readonly unknown[])[];
}

/** One session that only reads: statements, and their plans without running them. */
export interface Reader {
  ask(cypher: string, parameters?: Parameters): Promise<Answer>;
  explain(cypher: string, parameters?: Parameters): Promise<ResultSummary>;
  /** Major and minor version of the server: `[5, 26]`. */
  version(): Promise<readonly [number, number]>;
}

export interface Neo4j {
  /** `graph.denis:7687` */
  name: string;
  read<T>(patience: Patience, work: (reader: Reader) => Promise<T>): Promise<T>;
  /** Whoever asks for the same while it is on its way gets the same answer. */
  together<T>(what: string, work: () => Promise<T>): Promise<T>;
}

/** The driver is opened with the first call, and again after it had to be given up. */
interface Server extends Neo4jConnection {
  name: string;
  gate: ReturnType<typeof bulkhead>;
  driver?: Driver | undefined;
}

/** Throws what neo4j-errors.ts makes of it. A call that is given up takes its statement on the server along. */
export function neo4jAt(clients: Clients, connection: Neo4jConnection): Neo4j {
  const { url, user, password, database } = connection;
  return clients.get(`neo4j ${JSON.stringify([url, user, password, database])}`, () => {
    const server: Server = { ...connection, name: boltAddress(url), gate: bulkhead(AT_ONCE, WAITING) };
    const onTheirWay = new Map<string, Promise<unknown>>();
    const client: Neo4j = {
      name: server.name,
      together<T>(what: string, work: () => Promise<T>): Promise<T> {
        const before = onTheirWay.get(what) as Promise<T> | undefined;
        const answer = before ?? work().finally(() => onTheirWay.delete(what));
        onTheirWay.set(what, answer);
        return answer;
      },
      read: (patience, work) => server.gate.execute(() => reading(server, patience, work), patience.signal),
    };
    return { client, close: () => server.driver?.close() };
  });
}

async function reading<T>(
  server: Server,
  { deadlineMs, signal }: Patience,
  work: (reader: Reader) => Promise<T>,
): Promise<T> {
  let session: Session | undefined;
  try {
    const driver = await untilAborted(signal, () => driverOf(server, signal));
    session = driver.session({
      defaultAccessMode: 'READ',
      fetchSize: MOST_RECORDS + 1,
      ...(server.database ? { database: server.database } : {}),
    });
    const reader = readerOf(driver, session, deadlineMs);
    return await untilAborted(signal, () => work(reader));
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    const known = neo4jError(error, server.name);
    if (known.code === 'unreachable') forget(server);
    throw known;
  } finally {
    if (session) await letGo(server, session);
  }
}

function readerOf(driver: Driver, session: Session, deadlineMs: number): Reader {
  const run = (cypher: string, parameters: Parameters = {}) =>
    session.run(cypher, parameters, { timeout: Math.ceil(deadlineMs), metadata: OURS });
  return {
    ask: (cypher, parameters) => answerOf(run(cypher, parameters)),
    explain: (cypher, parameters) => run(`EXPLAIN ${cypher}`, parameters).summary(),
    async version() {
      const { agent = '' } = await driver.getServerInfo();
      const [, major = 0, minor = 0] = /\/(\d+)\.(\d+)/.exec(agent) ?? [];
      return [Number(major), Number(minor)];
    },
  };
}

/** Leaves off once there is one record more than is kept; the rest stays where it is. */
async function answerOf(result: Result): Promise<Answer> {
  const rows: unknown[][] = [];
  let keys: string[] = [];
  for await (const record of result) {
    keys = record.keys.map(String);
    rows.push([...record.values()]);
    if (rows.length > MOST_RECORDS) break;
  }
  return { keys, rows };
}

/** Imported when first needed: whoever has no Neo4j does not pay for 30 MB of driver. */
async function driverOf(server: Server, signal: AbortSignal): Promise<Driver> {
  if (server.driver) return server.driver;
  await greet(server.url, signal);
  const { auth, driver } = await import('neo4j-driver');
  server.driver ??= driver(server.url, auth.basic(server.user, server.password), {
    userAgent: 'guardia',
    maxConnectionPoolSize: AT_ONCE,
    connectionTimeout: CONNECT_MS,
    useBigInt: true,
    telemetryDisabled: true,
  });
  return server.driver;
}

/**
 * Closing a session stops what it runs on the server. One that does not close belongs to a server that hangs, and
 * takes the driver with its sockets along.
 */
async function letGo(server: Server, session: Session): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(() => {
    forget(server);
    resolve();
  }, LAST_WORD_MS);
  await Promise.race([session.close().catch(() => undefined), late]);
  clearTimeout(timer);
}

/** The next call looks again who is there. */
function forget(server: Server): void {
  server.driver?.close().catch(() => undefined);
  server.driver = undefined;
}
