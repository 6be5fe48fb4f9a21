import { GuardiaError } from '../../../errors.ts';
import { count, counted } from '../text.ts';
import type { Answer, Ask } from './client.ts';

/** A table as it is at the moment; of a partitioned one all its parts together. */
export interface Table {
  /** Schema and name, each quoted where it has to be. */
  name: string;
  /** Another one that took its name has another. */
  oid: string;
  bytes: number;
  dead: number;
  /** How often it was vacuumed by hand. */
  vacuums: number;
}

/** A size waits for whoever has locked the table, so it is only asked for where somebody reads it. */
const named = (size: string) => `
  with recursive named as (
    select name, to_regclass(name) as oid from unnest($1::text[]) as name),
  parts as (
    select name, oid as root, oid from named
    union all
    select name, root, i.inhrelid from parts
      join pg_class c on c.oid = parts.oid and c.relkind = 'p'
      join pg_inherits i on i.inhparent = parts.oid)
  select parts.name, t.oid, case when t.oid is not null then format('%I.%I', n.nspname, t.relname) end,
    sum(${size}), sum(coalesce(s.n_dead_tup, 0)), sum(coalesce(s.vacuum_count, 0))
  from parts
    left join pg_class t on t.oid = root and t.relkind in ('r', 'm', 'p')
    left join pg_namespace n on n.oid = t.relnamespace
    left join pg_stat_all_tables s on s.relid = parts.oid
  group by 1, 2, 3`;

const all = (size: string) => `
  select relname, relid, format('%I.%I', schemaname, relname), ${size}, n_dead_tup, vacuum_count
  from pg_stat_user_tables order by n_dead_tup desc, 3`;

/** Tables by their names as one writes them in SQL, in that order; without names all of the database's own. */
export async function tablesOf(
  ask: Ask,
  names: readonly string[] | undefined,
  size: 'with sizes' | 'without sizes',
): Promise<Table[]> {
  if (!names) return read(await ask(all(size === 'with sizes' ? 'pg_total_relation_size(relid)' : '0')));
  const statement = named(size === 'with sizes' ? 'pg_total_relation_size(parts.oid)' : '0');
  const answer = await ask(statement, [arrayOf(names)]);
  const tables = new Map(read(answer).map((table, index) => [answer.rows[index]?.[0], table]));
  const missing = names.filter((name) => !tables.get(name)?.oid);
  if (missing.length > 0) throw new GuardiaError('not-found', `there is no table ${missing.join(', ')}`);
  const wanted = names.map((name) => tables.get(name) as Table);
  return wanted.filter(({ oid }, index) => wanted.findIndex((other) => other.oid === oid) === index);
}

function read({ rows }: Answer): Table[] {
  return rows.map(([, oid, name, bytes, dead, vacuums]) => ({
    oid: oid ?? '',
    name: name ?? '',
    bytes: Number(bytes),
    dead: Number(dead),
    vacuums: Number(vacuums),
  }));
}

/** As PostgreSQL writes an array of texts. */
function arrayOf(texts: readonly string[]): string {
  return `{${texts.map((text) => `"${text.replace(/[\\"]/g, '\\$&')}"`).join(',')}}`;
}

/** `2 tables, 1.2 GB, 12,345 dead rows` */
export function amountOf(tables: readonly Table[]): string {
  const sum = (key: 'bytes' | 'dead') => tables.reduce((total, table) => total + table[key], 0);
  return `${counted(tables.length, 'table')}, ${sizeOf(sum('bytes'))}, ${deadRows(sum('dead'))}`;
}

export function deadRows(dead: number): string {
  return counted(dead, 'dead row');
}

export function describedTable({ name, bytes, dead }: Table): string {
  return `${name} ${bytes > 0 ? `${sizeOf(bytes)}, ` : ''}${deadRows(dead)}`;
}

function sizeOf(bytes: number): string {
  const [unit = '', size = 1] =
    [['GB', 1e9] as const, ['MB', 1e6] as const].find(([, least]) => bytes >= least) ??
    (['kB', 1e3] as const);
  return `${count(Number((bytes / size).toFixed(1)))} ${unit}`;
}
