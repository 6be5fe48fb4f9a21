import { z } from 'zod';
import { GuardiaError } from '../errors.ts';
import { fillText, unknownPlaceholders } from './shared/placeholders.ts';
import { MOST_ROWS, observed } from './shared/postgres/answers.ts';
import { type Postgres, postgresAt } from './shared/postgres/client.ts';
import { connections, lastVacuum, locks } from './shared/postgres/figures.ts';
import { fillSql, sqlProblems } from './shared/postgres/sql.ts';
import { amountOf, describedTable, type Table, tablesOf } from './shared/postgres/tables.ts';
import { vacuum } from './shared/postgres/vacuum.ts';
import { urlOf } from './shared/settings.ts';
import type { Evidence, Observation, StepCall, StepKind } from './step-kind.ts';

const MOST_LISTED = 20;

const connectionName = { connection: z.string().optional() };
const table = z.string().min(1).max(200);

const input = z.union([
  z.strictObject({ query: z.string().min(1).max(10_000), ...connectionName }),
  z.strictObject({ connections: z.literal(true), ...connectionName }),
  z.strictObject({ locks: z.literal(true), ...connectionName }),
  z.strictObject({ 'last-vacuum': z.literal(true), ...connectionName }),
  z.strictObject({
    vacuum: z.literal('analyze'),
    tables: z.array(table).min(1).max(100).optional(),
    ...connectionName,
  }),
]);

const connection = z.strictObject({ kind: z.literal('postgres'), url: urlOf('postgres', 'postgresql') });

type Input = z.output<typeof input>;
type Call = StepCall<Input, z.output<typeof connection>>;

/** Queries that read, in a read-only transaction; VACUUM (ANALYZE) of some tables or of the whole database. */
export const postgres: StepKind<Input, z.output<typeof connection>> = {
  name: 'postgres',
  about: 'Asks PostgreSQL with queries that read; vacuums tables.',
  input,
  connection,
  asks: (asked) => ('vacuum' in asked ? 'act' : 'look'),
  check: (asked, names) =>
    'query' in asked ? sqlProblems(asked.query, names) : unknownPlaceholders(asked, names),
  async observe(call) {
    const asked = call.input;
    if ('vacuum' in asked) throw new GuardiaError('bad-input', 'a check may not vacuum');
    if ('query' in asked) return queried(call, asked.query);
    const look = 'connections' in asked ? connections : 'locks' in asked ? locks : lastVacuum;
    const seen = await server(call).read(call, look);
    return { ...seen, evidence: [at(call), ...seen.evidence] };
  },
  async preview(call) {
    const tables = await look(call, 'with sizes');
    const what = `VACUUM (ANALYZE) ${whatOf(call, tables)} in ${server(call).name}`;
    return { what, amount: amountOf(tables), count: tables.length, evidence: listed(tables) };
  },
  async fingerprint(call) {
    const where = { server: server(call).name };
    if (!namesIn(call)) return { substance: { ...where, tables: 'all' } };
    const tables = await look(call, 'without sizes');
    return { substance: { ...where, ...Object.fromEntries(tables.map(({ name, oid }) => [name, oid])) } };
  },
  async perform(call) {
    const warnings: string[] = [];
    const names = namesIn(call);
    const warn = (text: string) => warnings.push(text);
    const done = await server(call).act(call, (ask) => vacuum(ask, call, names), warn);
    if (warnings.length === 0) return done;
    const text = warnings.slice(0, MOST_LISTED).join('\n');
    return { ...done, evidence: [...done.evidence, { label: 'Warnings of PostgreSQL', text }] };
  },
};

async function queried(call: Call, template: string): Promise<Observation> {
  const { text, values, shown } = fillSql(template, call.parameters);
  const answer = await server(call).read(call, async (ask) => {
    // The grammar of a cursor lets nothing pass but a query, and the rest of a long answer stays where it is.
    await ask(`declare guardia no scroll cursor for ${text}`, values);
    return ask(`fetch ${MOST_ROWS + 1} from guardia`);
  });
  const seen = observed(answer);
  return { ...seen, evidence: [{ label: 'Query', text: shown }, at(call), ...seen.evidence] };
}

function namesIn({ input: asked, parameters }: Call): string[] | undefined {
  if (!('vacuum' in asked)) throw new GuardiaError('bad-input', 'an action of postgres is vacuum');
  const quoted = (value: string) => `"${value.replaceAll('"', '""')}"`;
  return asked.tables?.map((template) => fillText(template, parameters, quoted));
}

function look(call: Call, size: 'with sizes' | 'without sizes'): Promise<Table[]> {
  const names = namesIn(call);
  return server(call).read(call, (ask) => tablesOf(ask, names, size));
}

function whatOf(call: Call, tables: readonly Table[]): string {
  return namesIn(call) ? tables.map(({ name }) => name).join(', ') : 'every table';
}

function listed(tables: readonly Table[]): Evidence[] {
  if (tables.length === 0) return [];
  const rest = tables.length - MOST_LISTED;
  const lines = [
    ...tables.slice(0, MOST_LISTED).map(describedTable),
    ...(rest > 0 ? [`and ${rest} more`] : []),
  ];
  return [{ label: 'Tables', text: lines.join('\n') }];
}

function server({ clients, connection: { url } }: Call): Postgres {
  return postgresAt(clients, url);
}

function at(call: Call): Evidence {
  return { label: 'PostgreSQL', text: server(call).name };
}
