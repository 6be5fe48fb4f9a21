import { setTimeout as sleep } from 'node:timers/promises';
import { GuardiaError } from '../../../errors.ts';
import type { BeforeEffect, Evidence, Performed } from '../../step-kind.ts';
import { inSeconds } from '../deadline.ts';
import { count, counted } from '../text.ts';
import type { Ask, Patience } from './client.ts';
import { deadRows, describedTable, type Table, tablesOf } from './tables.ts';

/** VACUUM is given up so long before the deadline, so that what is known can still be said. */
const LAST_WORD_MS = 500;
/** Servers before version 15 tell a moment later what became of a table. */
const TOLD_WITHIN_MS = 1_500;
const POLL_MS = 100;
const MOST_LISTED = 20;

/** Who began before the rows died, and may still see them. */
const OLDER = `
  select pid, coalesce(nullif(application_name, ''), usename, 'somebody'), state,
    round(extract(epoch from clock_timestamp() - xact_start)::numeric, 1)
  from pg_stat_activity
  where backend_xmin is not null and datname = current_database() and pid <> pg_backend_pid()
  order by age(backend_xmin) desc limit ${MOST_LISTED}`;

/** One table after the other; without names one statement for the whole database, the system's own tables included. */
export async function vacuum(
  ask: Ask,
  patience: Patience & { beforeEffect: BeforeEffect },
  names?: readonly string[],
): Promise<Performed> {
  const end = performance.now() + patience.deadlineMs - LAST_WORD_MS;
  const before = await tablesOf(ask, names, 'without sizes');
  const started = performance.now();
  const targets = names ? before.map(({ name }) => name) : [''];
  for (const [index, target] of targets.entries()) {
    await ask(`set statement_timeout = ${Math.max(1, Math.ceil(end - performance.now()))}`);
    await patience.beforeEffect();
    await ask(`vacuum (analyze) ${target}`).catch((error) => {
      throw halfway(error, targets, index);
    });
  }
  const took = inSeconds(performance.now() - started);
  const done = outcome(before, await afterwards(ask, before, patience.signal, names), took);
  return { ...done, evidence: [...done.evidence, ...(await older(ask))] };
}

async function older(ask: Ask): Promise<Evidence[]> {
  const lines = (await ask(OLDER)).rows.map(
    ([pid, who, state, seconds]) => `${pid} (${who}), ${state}, for ${seconds} s`,
  );
  return lines.length === 0
    ? []
    : [{ label: 'Transactions that may still need dead rows', text: lines.join('\n') }];
}

/** The tables once the server has counted what was done to them, or as they are after a short while. */
async function afterwards(
  ask: Ask,
  before: readonly Table[],
  signal: AbortSignal,
  names: readonly string[] | undefined,
): Promise<Table[]> {
  const until = performance.now() + TOLD_WITHIN_MS;
  for (;;) {
    const now = await tablesOf(ask, names, 'without sizes');
    if (before.every((table) => wasVacuumed(table, now)) || performance.now() > until) return now;
    await sleep(POLL_MS, undefined, { signal });
  }
}

function wasVacuumed({ oid, vacuums }: Table, now: readonly Table[]): boolean {
  return now.some((table) => table.oid === oid && table.vacuums > vacuums);
}

function outcome(before: readonly Table[], now: readonly Table[], took: string): Performed {
  const done = before.filter((table) => wasVacuumed(table, now));
  const left = before.filter((table) => !done.includes(table)).map(({ name }) => name);
  if (done.length === 0 && left.length > 0)
    throw new GuardiaError(
      'refused',
      `PostgreSQL skipped ${listed(left)}: the connection's user may not vacuum it`,
      { conclusive: true },
    );
  const after = now.filter((table) => done.some(({ oid }) => oid === table.oid));
  const dead = (tables: readonly Table[]) => tables.reduce((sum, table) => sum + table.dead, 0);
  const skipped = left.length > 0 ? `; skipped ${listed(left)}` : '';
  return {
    says: `vacuumed ${listed(done.map(({ name }) => name))} in ${took}: ${deadRows(dead(done))} before, ${count(dead(after))} after${skipped}`,
    amount: counted(done.length, 'table'),
    evidence: [{ label: 'Afterwards', text: after.slice(0, MOST_LISTED).map(describedTable).join('\n') }],
  };
}

/** `public.orders, public.items`, or `34 tables` */
function listed(names: readonly string[]): string {
  return names.length <= 5 ? names.join(', ') : counted(names.length, 'table');
}

/** What was done before it failed, and what was left alone. */
function halfway(error: unknown, targets: readonly string[], index: number): unknown {
  if (!(error instanceof GuardiaError)) return error;
  const [done, left] = [targets.slice(0, index), targets.slice(index + 1)];
  const parts = [
    ...(done.length > 0 ? [`vacuumed ${listed(done)}`] : []),
    `${targets[index] || 'the database'}: ${error.message}`,
    ...(left.length > 0 ? [`not touched: ${listed(left)}`] : []),
  ];
  return error.saying(parts.join('; '));
}
