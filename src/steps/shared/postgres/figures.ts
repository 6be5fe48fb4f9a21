import type { Observation } from '../../step-kind.ts';
import { clipped, count, counted } from '../text.ts';
import { table } from './answers.ts';
import type { Ask } from './client.ts';
import { withoutTexts } from './sql.ts';

const USED = `
  select count(*), current_setting('max_connections')
  from pg_stat_activity where backend_type = 'client backend'`;

const USERS = `
  select datname as database, usename as user, application_name as application, state, count(*) as connections
  from pg_stat_activity where backend_type = 'client backend'
  group by 1, 2, 3, 4 order by 5 desc, 1, 2, 3, 4 limit 20`;

/** Since when somebody waits is only told from version 14 on; before that, since when the statement runs. */
const WAITING = `
  select a.pid, greatest(0, extract(epoch from clock_timestamp() - min(
      coalesce((to_jsonb(l) ->> 'waitstart')::timestamptz, a.query_start)))) as seconds,
    coalesce(nullif(a.application_name, ''), a.usename, 'somebody') as who,
    array_to_string(pg_blocking_pids(a.pid), ', ') as behind, a.query
  from pg_locks l join pg_stat_activity a using (pid)
  where not l.granted
  group by a.pid, 3, a.query
  order by 2 desc`;

/** One that never was has waited at least since its figures began, where there is something to clear away. */
const VACUUMED = `
  with tables as (
    select format('%I.%I', schemaname, relname) as name, n_dead_tup as dead,
      greatest(last_vacuum, last_autovacuum) as last
    from pg_stat_user_tables),
  began as (
    select coalesce(stats_reset, pg_postmaster_start_time()) as at
    from pg_stat_database where datname = current_database())
  select name, last is null as never,
    round((extract(epoch from now() - coalesce(last, at)) / 3600)::numeric, 1) as hours
  from tables, began
  where last is not null or dead > 0
  order by coalesce(last, at), name limit 20`;

export async function connections(ask: Ask): Promise<Observation> {
  const [[used = 0, max = 0] = []] = (await ask(USED)).rows.map((row) => row.map(Number));
  const percent = Math.round((1_000 * used) / max) / 10;
  return {
    value: { used, max, percent },
    says: `${count(used)} of ${count(max)} connections used`,
    evidence: [{ label: 'Connections', text: table(await ask(USERS)) }],
  };
}

export async function locks(ask: Ask): Promise<Observation> {
  const waiting = (await ask(WAITING)).rows;
  const longest = Math.round(Number(waiting[0]?.[1] ?? 0) * 10) / 10;
  const lines = waiting.slice(0, 20).map(([pid, seconds, who, behind, query]) => {
    const statement = clipped(withoutTexts(query ?? ''), 200);
    return `${pid} (${who}) behind ${behind} for ${Number(seconds).toFixed(1)} s: ${statement}`;
  });
  return {
    value: { waiting: waiting.length, longest_s: longest },
    says:
      waiting.length === 0
        ? 'nobody waits'
        : `${count(waiting.length)} waiting, the longest for ${longest} s`,
    evidence: lines.length === 0 ? [] : [{ label: 'Waiting', text: lines.join('\n') }],
  };
}

export async function lastVacuum(ask: Ask): Promise<Observation> {
  const answer = await ask(VACUUMED);
  const [oldest] = answer.rows;
  if (!oldest)
    return { value: null, says: 'no table was ever vacuumed, and none has dead rows', evidence: [] };
  const [name, never, hours] = oldest;
  const when = never === 't' ? `never in the last ${counted(Number(hours), 'hour')}` : `${hours} h ago`;
  return {
    value: Number(hours),
    says: `the longest ago: ${name}, ${when}`,
    evidence: [{ label: 'Tables', text: table(answer) }],
  };
}
