import pg from 'pg';
import { GuardiaError } from '../../../errors.ts';
import type { Parameters, Scalar } from '../../step-kind.ts';
import { parameterNamed } from '../placeholders.ts';
import {
  fillStatement,
  placeOf,
  type Quoting,
  quotedPlaceholders,
  readStatement,
  type Statement,
  shapeProblems,
} from '../statements.ts';

/** What begins a string, a dollar quote or a comment. */
const TEXTS = /(?<!\w)e'|'|(?<![\w$])\$(?:[a-z_]\w*)?\$|--|\/\*/gi;

const SQL: Quoting = {
  opens: new RegExp(`"|${TEXTS.source}`, TEXTS.flags),
  rest(opening) {
    if (opening === '--') return /[^\n]*/y;
    if (opening === '/*') return /[\s\S]*?\*\//y;
    if (opening === '"') return /(?:[^"]|"")*"(?!")/y;
    if (opening === "'") return /(?:[^']|'')*'(?!')/y;
    if (opening.endsWith("'")) return /(?:[^'\\]|\\[\s\S]|'')*'(?!')/y;
    return new RegExp(`[\\s\\S]*?${opening.replaceAll('$', '\\$')}`, 'y');
  },
};
const READS = /^\(*\s*(select|with|values|table)\b/i;
/** Functions that a read-only transaction does not hold back, though they do more than read. */
const ACTS =
  /\b(pg_(?:terminate|cancel)_backend|pg_(?:reload_conf|rotate_logfile|promote|switch_wal|notify)|pg_(?:try_)?advisory_\w+|pg_stat_reset\w*|lo_export|dblink\w*)\s*\(/i;

/** A query and its values, never pasted into it. */
export interface SqlQuery {
  text: string;
  values: (string | null)[];
  /** With the values written in, for people. */
  shown: string;
}

/** Throws a GuardiaError 'bad-input' when the query is none that only reads. */
export function fillSql(query: string, parameters: Parameters): SqlQuery {
  const problems = sqlProblems(query, Object.keys(parameters));
  if (problems.length > 0) throw new GuardiaError('bad-input', problems.join('\n'));
  const statement = readStatement(query, SQL);
  const values = statement.placeholders.map(({ name }) => parameterNamed(name, parameters));
  return {
    text: fillStatement(statement, (index) => `$${index + 1}`),
    values: values.map((value) => (value === null ? null : String(value))),
    shown: fillStatement(statement, (index) => literal(values[index] ?? null)),
  };
}

/** What is wrong with a query, as far as one can tell without a server. */
export function sqlProblems(query: string, parameterNames: readonly string[]): string[] {
  const statement = readStatement(query, SQL);
  return [
    ...shapeProblems(statement),
    ...placeholderProblems(statement, parameterNames),
    ...kindProblems(query, statement.code),
  ];
}

function placeholderProblems(statement: Statement, names: readonly string[]): string[] {
  const unknown = statement.placeholders.filter(({ name }) => !names.includes(name));
  const misplaced = quotedPlaceholders(statement, names);
  const advice =
    'stands inside quotes or a comment; write it outside of them, and Guardia hands it over as a value';
  return [
    ...misplaced.map(({ name, from }) => `${placeOf(statement.text, from)}: {${name}} ${advice}`),
    ...unknown.map(
      ({ name, from }) => `${placeOf(statement.text, from)}: {${name}} names no declared parameter`,
    ),
  ];
}

function kindProblems(text: string, code: string): string[] {
  const at = code.search(/\S/);
  if (at < 0) return [];
  const second = /;(?=\s*\S)/.exec(code);
  const numbered = /\$\d/.exec(code);
  const acts = ACTS.exec(code);
  return [
    ...(READS.test(code.trimStart())
      ? []
      : [`${placeOf(text, at)}: a query that only reads begins with select, with, values or table`]),
    ...(second
      ? [`${placeOf(text, second.index)}: one query only, so nothing may follow the semicolon`]
      : []),
    ...(numbered ? [`${placeOf(text, numbered.index)}: write a parameter as {name}`] : []),
    ...(acts ? [`${placeOf(text, acts.index)}: ${acts[1]} does more than read`] : []),
  ];
}

/** Somebody else's statement without the texts in it, which are their data; quoted names stay. */
export function withoutTexts(sql: string): string {
  return readStatement(sql, { ...SQL, opens: TEXTS })
    .code.replaceAll(/\s+/g, ' ')
    .trim();
}

function literal(value: Scalar): string {
  if (value === null) return 'null';
  return typeof value === 'string' ? pg.escapeLiteral(value) : String(value);
}
