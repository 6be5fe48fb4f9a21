import type { ResultSummary } from 'neo4j-driver';
import { z } from 'zod';
import { duration, durationMs, scalar } from '../catalogue/schema-parts.ts';
import { GuardiaError } from '../errors.ts';
import { observed } from './shared/neo4j/answers.ts';
import { MOST_RECORDS, type Neo4j, neo4jAt } from './shared/neo4j/client.ts';
import { type CypherStep, cypherProblems, cypherValues, isShow } from './shared/neo4j/cypher.ts';
import {
  describedTransaction,
  fingerprintOf,
  MOST_TERMINATED,
  runningFor,
  type Transaction,
  terminate,
  terminationDrift,
} from './shared/neo4j/transactions.ts';
import { urlOf } from './shared/settings.ts';
import { count, counted } from './shared/text.ts';
import type { Evidence, Observation, StepCall, StepKind } from './step-kind.ts';

const MOST_LISTED = 20;
const USERS = 'CALL dbms.listConnections() YIELD userAgent RETURN userAgent, count(*) AS n ORDER BY n DESC';
/** Procedures of the server itself that only read, though the server does not call them reading. */
const READING = /^dbms\.(components|info|listConnections|listQueries|listTransactions|queryJmx)\(/;

const connectionName = { connection: z.string().optional() };
const age = z.strictObject({ 'longer-than': duration });

const input = z.union([
  z.strictObject({
    cypher: z.string().min(1).max(10_000),
    /** What the query names as `$name`; a text that is one placeholder keeps the parameter's type. */
    with: z.record(z.string().regex(/^[A-Za-z_]\w*$/), scalar).optional(),
    ...connectionName,
  }),
  z.strictObject({ transactions: age, ...connectionName }),
  z.strictObject({ connections: z.literal(true), ...connectionName }),
  z.strictObject({ terminate: age, ...connectionName }),
]);

/** Transactions and connections are those of one server: of a cluster, name the member with `bolt://`. */
const connection = z.strictObject({
  kind: z.literal('neo4j'),
  url: urlOf('bolt', 'neo4j', 'bolt+s', 'neo4j+s', 'bolt+ssc', 'neo4j+ssc'),
  user: z.string().min(1),
  password: z.string().min(1),
  database: z.string().min(1).optional(),
});

type Input = z.output<typeof input>;
type Call = StepCall<Input, z.output<typeof connection>>;

/** Cypher that reads, transactions that run for long, connections; terminates exactly the transactions of a plan. */
export const neo4j: StepKind<Input, z.output<typeof connection>> = {
  name: 'neo4j',
  about: 'Asks Neo4j with Cypher that reads; sees and terminates long transactions.',
  input,
  connection,
  asks: (asked) => ('terminate' in asked ? 'act' : 'look'),
  check: (asked, names) => ('cypher' in asked ? cypherProblems(asked, names) : []),
  async observe(call) {
    const asked = call.input;
    if ('cypher' in asked) return queried(call, asked);
    if ('transactions' in asked) return transactions(call, asked.transactions);
    if ('connections' in asked) return connections(call);
    throw new GuardiaError('bad-input', 'a check may not terminate');
  },
  async preview(call) {
    const found = await doomed(call);
    const [oldest] = found;
    const age = `longer than ${ageOf(call)}`;
    if (!oldest) throw new GuardiaError('not-found', `no transaction runs ${age} on ${server(call).name}`);
    return {
      what: `terminate ${counted(found.length, 'transaction')} that ran ${age} on ${server(call).name}`,
      amount: `${counted(found.length, 'transaction')}, the oldest for ${seconds(oldest)} s`,
      count: found.length,
      evidence: [{ label: 'Transactions', text: found.map(describedTransaction).join('\n') }],
    };
  },
  async fingerprint(call) {
    return fingerprintOf(server(call).name, await doomed(call));
  },
  drift: terminationDrift,
  async perform(call) {
    const planned = call.planned ?? fingerprintOf(server(call).name, await doomed(call));
    return server(call).read(call, (reader) => terminate(reader, call, planned));
  },
};

async function queried(call: Call, asked: CypherStep): Promise<Observation> {
  const values = cypherValues(asked, call.parameters);
  const answer = await server(call).read(call, async (reader) => {
    refuseUnlessReading(asked.cypher, await reader.explain(asked.cypher, values));
    return reader.ask(asked.cypher, values);
  });
  const seen = observed(answer);
  const shown = Object.entries(values).map(([name, value]) => `$${name} = ${JSON.stringify(value, plainly)}`);
  const query = [asked.cypher, ...shown].join('\n');
  return { ...seen, evidence: [{ label: 'Query', text: query }, at(call), ...seen.evidence] };
}

/** Throws 'refused' when the server's own plan for a statement does more than read. */
function refuseUnlessReading(cypher: string, { plan, queryType }: ResultSummary): void {
  const steps = plan ? operatorsIn(plan) : [];
  const acting = steps.find(({ operatorType }) => /^(TerminateTransactions|LoadCSV)/.test(operatorType));
  const calls = steps.filter(({ operatorType }) => operatorType.startsWith('ProcedureCall'));
  const reading =
    queryType === 'r' ||
    (queryType === 's' && isShow(cypher)) ||
    (queryType === 's' &&
      calls.length > 0 &&
      calls.every(({ arguments: { Details } }) => READING.test(Details ?? '')));
  if (acting || !reading)
    throw new GuardiaError('refused', 'a check may only read, and this statement does more');
}

type Plan = Exclude<ResultSummary['plan'], false>;

function operatorsIn(plan: Plan): Plan[] {
  return [plan, ...plan.children.flatMap(operatorsIn)];
}

async function transactions(
  call: Call,
  { 'longer-than': least }: z.output<typeof age>,
): Promise<Observation> {
  const found = await server(call).read(call, (reader) => runningFor(reader, durationMs(least)));
  const [oldest] = found;
  const lines = found.slice(0, MOST_LISTED).map(describedTransaction);
  const more =
    found.length > MOST_RECORDS
      ? `over ${count(MOST_RECORDS)} transactions`
      : counted(found.length, 'transaction');
  return {
    value: { transactions: found.length, oldest_s: oldest ? seconds(oldest) : 0 },
    says: oldest
      ? `${more} longer than ${least}, the oldest for ${seconds(oldest)} s`
      : `none longer than ${least}`,
    evidence: [at(call), ...(oldest ? [{ label: 'Transactions', text: lines.join('\n') }] : [])],
  };
}

async function connections(call: Call): Promise<Observation> {
  const { rows } = await server(call).read(call, (reader) => reader.ask(USERS));
  const lines = rows.slice(0, MOST_LISTED).map(([agent, n]) => `${n} of ${agent}`);
  const all = rows.reduce((sum, [, n]) => sum + Number(n), 0);
  return {
    value: all,
    says: counted(all, 'connection'),
    evidence: [at(call), { label: 'Connections', text: lines.join('\n') }],
  };
}

/** A plan's preview and its fingerprint are asked for at once, and have to speak of the same transactions. */
function doomed(call: Call): Promise<Transaction[]> {
  const least = ageOf(call);
  const { read, together } = server(call);
  return together(`terminate ${least}`, async () => {
    const found = await read(call, (reader) => runningFor(reader, durationMs(least)));
    return found.slice(0, MOST_TERMINATED);
  });
}

function ageOf({ input: asked }: Call): string {
  if ('terminate' in asked) return asked.terminate['longer-than'];
  throw new GuardiaError('bad-input', 'an action of neo4j is terminate');
}

function seconds({ ms }: Transaction): number {
  return Math.round(ms / 100) / 10;
}

function server({ clients, connection }: Call): Neo4j {
  return neo4jAt(clients, connection);
}

function at(call: Call): Evidence {
  return { label: 'Neo4j', text: server(call).name };
}

function plainly(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? Number(value) : value;
}
