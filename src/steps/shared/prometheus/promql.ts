import { parser } from '@prometheus-io/lezer-promql';
import { GuardiaError } from '../../../errors.ts';
import type { Parameters, Scalar } from '../../step-kind.ts';
import { parameterNamed, placeholdersIn } from '../placeholders.ts';

type Tree = ReturnType<typeof parser.parse>;
type Node = Tree['topNode'];

/** How a parameter is written: as a quoted string, as one inside a regular expression, or as a number. */
type Form = 'string' | 'regex' | 'number';

interface Part {
  name: string;
  value: Scalar;
  form: Form;
  /** In the written query. */
  from: number;
  to: number;
  /** In the filled query. */
  start: number;
  end: number;
}

interface Filled {
  query: string;
  tree: Tree;
  parts: Part[];
}

const MATCHERS = ['UnquotedLabelMatcher', 'QuotedLabelMatcher'];
const TEXT_PLACES = [...MATCHERS, 'FunctionCallBody'];
const REGEX_METACHARACTERS = /[\\.+*?()|[\]{}^$]/g;

/**
 * Puts parameters into a PromQL query through its grammar: each becomes exactly one string or number literal, or the
 * query is refused. Throws a GuardiaError 'bad-input'.
 */
export function fillQuery(query: string, parameters: Parameters): string {
  const filled = settle(query, (name) => parameterNamed(name, parameters));
  const problems = problemsOf(query, filled);
  if (problems.length > 0) throw new GuardiaError('bad-input', problems.join('\n'));
  return filled.query;
}

/** What is wrong with a query, before any value is known: unknown placeholders and syntax errors with their place. */
export function promqlProblems(query: string, parameterNames: readonly string[]): string[] {
  const unknown = placeholdersIn(query).find(({ name }) => !parameterNames.includes(name));
  if (unknown)
    return [marked(query, unknown.from, unknown.to, `{${unknown.name}} names no declared parameter`)];
  return problemsOf(
    query,
    settle(query, () => 1),
  );
}

/** Behind these stands a label's value, if not what is compared with. */
const MATCH_OPERATOR = /(?<![=<>])(?:=|=~|!~)\s*$/;

/** Fills, then changes the form of each part to what its place in the grammar asks for, and fills again. */
function settle(query: string, valueFor: (name: string) => Scalar): Filled {
  const parts = placeholdersIn(query).map((place): Part => {
    const value = valueFor(place.name);
    const isNumber = typeof value === 'number' && !MATCH_OPERATOR.test(query.slice(0, place.from));
    return { ...place, value, form: isNumber ? 'number' : 'string', start: 0, end: 0 };
  });
  let filled = write(query, parts);
  for (const part of parts) {
    if (typeof part.value !== 'number' || literalAt(filled, part)) continue;
    part.form = part.form === 'number' ? 'string' : 'number';
    filled = write(query, parts);
  }
  const regexes = parts.filter((part) => isRegex(filled, part));
  for (const part of regexes) part.form = 'regex';
  return regexes.length > 0 ? write(query, parts, filled) : filled;
}

function write(query: string, parts: Part[], before?: Filled): Filled {
  let text = '';
  let copied = 0;
  for (const part of parts) {
    text += query.slice(copied, part.from);
    part.start = text.length;
    text += literal(part);
    part.end = text.length;
    copied = part.to;
  }
  text += query.slice(copied);
  return { query: text, tree: before?.query === text ? before.tree : parser.parse(text), parts };
}

function literal({ name, value, form }: Part): string {
  if (form === 'number') return number(name, Number(value));
  const text = String(value ?? '').toWellFormed();
  return JSON.stringify(form === 'regex' ? text.replace(REGEX_METACHARACTERS, '\\$&') : text);
}

/** A negative number gets parentheses: `x {n}` must not turn into the difference `x -5`. */
function number(name: string, value: number): string {
  if (!Number.isFinite(value))
    throw new GuardiaError('bad-input', `the parameter ${name} is not a finite number`);
  return value < 0 ? `(${value})` : String(value);
}

/** The literal node that a part became, and nothing more than that; undefined when it became anything else. */
function literalAt({ tree }: Filled, part: Part): Node | undefined {
  const node = tree.resolveInner(part.start, 1);
  for (let at: Node | null = node; at && at.from === part.start; at = at.parent) {
    if (at.to === part.end && isLiteral(at, part.form)) return at;
  }
  return undefined;
}

function isLiteral(node: Node, form: Form): boolean {
  if (form !== 'number')
    return node.name === 'StringLiteral' && TEXT_PLACES.includes(node.parent?.name ?? '');
  return node.name === 'NumberDurationLiteral' || node.name === 'ParenExpr';
}

function isRegex(filled: Filled, part: Part): boolean {
  const matcher = literalAt(filled, part)?.parent;
  if (part.form !== 'string' || !matcher || !MATCHERS.includes(matcher.name)) return false;
  return /^[=!]~$/.test(textOf(filled.query, matcher.getChild('MatchOp')));
}

function textOf(query: string, node: Node | null): string {
  return node ? query.slice(node.from, node.to) : '';
}

function problemsOf(written: string, filled: Filled): string[] {
  const misplaced = filled.parts.find((part) => !literalAt(filled, part));
  if (misplaced) return [marked(written, misplaced.from, misplaced.to, advice(written, misplaced))];
  const error = firstError(filled);
  if (!error) return [];
  const [from, to] = [writtenOffset(filled, error.from), writtenOffset(filled, error.to)];
  return [marked(written, from, Math.max(to, from + 1), 'the query is not valid PromQL here')];
}

function advice(query: string, { name, from, to }: Part): string {
  if (/["'`]/.test(query.charAt(from - 1)) || /["'`]/.test(query.charAt(to))) {
    return `{${name}} stands inside quotes; write it without them, Guardia adds them: label={${name}}`;
  }
  return `{${name}} can only stand where a label's value or a number stands`;
}

function firstError({ query, tree }: Filled): { from: number; to: number } | undefined {
  if (query.trim() === '') return { from: 0, to: 0 };
  let found: { from: number; to: number } | undefined;
  tree.iterate({
    enter(node) {
      if (node.type.isError && !found) found = { from: node.from, to: node.to };
      return found === undefined;
    },
  });
  return found;
}

/** An offset in the filled query -> the one in the query as a person wrote it. */
function writtenOffset({ parts }: Filled, offset: number): number {
  let shift = 0;
  for (const part of parts) {
    if (part.end > offset) return offset > part.start ? part.from : offset - shift;
    shift = part.end - part.to;
  }
  return offset - shift;
}

/** `line 2, column 5: …` with the line below it and a caret under the place. */
function marked(query: string, from: number, to: number, problem: string): string {
  const before = query.slice(0, from).split('\n');
  const column = (before.at(-1) ?? '').length;
  const line = query.split('\n')[before.length - 1] ?? '';
  const width = Math.max(1, Math.min(to - from, line.length - column));
  return `line ${before.length}, column ${column + 1}: ${problem}\n${excerpt(line, column, width)}`;
}

function excerpt(line: string, column: number, width: number): string {
  const start = Math.max(0, column - 60);
  const shown = line.slice(start, start + 100).replaceAll('\t', ' ');
  return `  ${shown}\n  ${' '.repeat(column - start)}${'^'.repeat(Math.min(width, 40))}`;
}
