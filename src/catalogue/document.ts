import { CORE_SCHEMA, load } from 'js-yaml';
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type Document as YamlDocument,
} from 'yaml';
import type { Problem, Rule } from './problem.ts';

const DEEPEST = 24;
const ALIASES = 100;
const SYNTAX_ERRORS = 5;

/** A way into a document: keys of maps and indexes of lists. */
export type Path = readonly (string | number)[];

/** A YAML file that could be read, and where in it everything stands. */
export interface Located {
  file: string;
  value: unknown;
  /** A problem at the key that `path` ends with or, when there is no such key, at the nearest one above it. */
  problem(rule: Rule, path: Path, message: string, mend: string): Problem;
}

/** Merge keys and tags, which the parsers take differently. */
const UNCOMMON = /(?<![^\s[{,])(?:<<|!)/;
/** More values than a file of the allowed size can have: aliases have multiplied them. */
const MOST_VALUES = 200_000;

/**
 * Parses YAML 1.2 (core schema: no dates, no `yes`). Never throws. js-yaml reads what is in order, ten times as fast;
 * where everything stands, and what is not in order, is asked of the parser that knows, once there is a problem to tell.
 */
export function parseYaml(file: string, text: string): { document?: Located; problems: Problem[] } {
  const value = UNCOMMON.test(text) ? undefined : quickly(text);
  if (value === undefined || !isBounded(value)) return parseThoroughly(file, text);
  let located: Located | undefined;
  const document: Located = {
    file,
    value,
    problem(...told) {
      located ??= parseThoroughly(file, text).document;
      if (located) return located.problem(...told);
      const [rule, , message, mend] = told;
      return { file, line: 1, column: 1, rule, message, mend };
    },
  };
  return { document, problems: [] };
}

/** Undefined for what it does not take. */
function quickly(text: string): unknown {
  try {
    return load(text, { schema: CORE_SCHEMA });
  } catch {
    return undefined;
  }
}

function parseThoroughly(file: string, text: string): { document?: Located; problems: Problem[] } {
  const lines = new LineCounter();
  try {
    const document = parseDocument(text, {
      lineCounter: lines,
      version: '1.2',
      schema: 'core',
      resolveKnownTags: false,
      stringKeys: true,
      uniqueKeys: false,
      prettyErrors: false,
    });
    const problems = syntaxProblems(file, document, lines);
    if (problems.length > 0) return { problems };
    const value: unknown = document.toJS({ maxAliasCount: ALIASES });
    if (tooDeep(value, DEEPEST)) return { problems: [deep(file)] };
    const duplicates = duplicateKeys(file, document, lines);
    return { document: locate(file, document, lines, value), problems: duplicates };
  } catch (error) {
    // Only the depth of the text (RangeError) and its aliases (ReferenceError) get here.
    if (error instanceof ReferenceError && /unresolved alias/i.test(error.message))
      return { problems: [unnamed(file)] };
    if (error instanceof RangeError || error instanceof ReferenceError) return { problems: [deep(file)] };
    throw error;
  }
}

function unnamed(file: string): Problem {
  const mend = 'put text with a leading * in quotes';
  return {
    file,
    line: 1,
    column: 1,
    rule: 'not-yaml',
    message: 'an alias (*name) has no anchor (&name)',
    mend,
  };
}

function deep(file: string): Problem {
  const message = `values are nested over ${DEEPEST} deep, or use too many aliases`;
  return {
    file,
    line: 1,
    column: 1,
    rule: 'too-deep',
    message,
    mend: 'write the values out where they are needed',
  };
}

function syntaxProblems(file: string, document: YamlDocument, lines: LineCounter): Problem[] {
  return [...document.errors, ...document.warnings].slice(0, SYNTAX_ERRORS).map((error) => {
    const { line, col } = lines.linePos(error.pos[0]);
    const mend =
      error.code === 'MULTIPLE_DOCS' ? 'one file holds one document: remove "---"' : yamlMend(error.code);
    return {
      file,
      line: Math.max(1, line),
      column: Math.max(1, col),
      rule: 'not-yaml',
      message: error.message,
      mend,
    };
  });
}

function yamlMend(code: string): string {
  if (code === 'TAB_AS_INDENT') return 'indent with spaces';
  if (code === 'TAG_RESOLVE_FAILED') return 'remove the tag: plain values are enough';
  return 'put text with ": ", " #" or a leading special character in quotes, and keep the indentation even';
}

/** Neither too deep nor, with its aliases written out, too large. */
function isBounded(value: unknown): boolean {
  let left = MOST_VALUES;
  const fits = (inner: unknown, depth: number): boolean => {
    left -= 1;
    if (left < 0 || depth > DEEPEST) return false;
    if (inner === null || typeof inner !== 'object') return true;
    return Object.values(inner).every((one) => fits(one, depth + 1));
  };
  return fits(value, 0);
}

function tooDeep(value: unknown, left: number): boolean {
  if (value === null || typeof value !== 'object') return false;
  return left === 0 || Object.values(value).some((inner) => tooDeep(inner, left - 1));
}

function locate(file: string, document: YamlDocument, lines: LineCounter, value: unknown): Located {
  return {
    file,
    value,
    problem(rule, path, message, mend) {
      const { line, col } = lines.linePos(offsetOf(document.contents, path));
      return { file, line: Math.max(1, line), column: Math.max(1, col), rule, message, mend };
    },
  };
}

/** Where the last key of `path` begins, as far as the document has it. */
function offsetOf(root: Node | null, path: Path): number {
  let node: unknown = root;
  let offset = root?.range?.[0] ?? 0;
  for (const part of path) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && item.key.value === part);
      if (!pair) break;
      offset = startOf(pair.key) ?? offset;
      node = pair.value;
    } else if (isSeq(node) && typeof part === 'number' && part < node.items.length) {
      node = node.items[part];
      offset = startOf(node) ?? offset;
    } else break;
  }
  return offset;
}

function startOf(node: unknown): number | undefined {
  return isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? node.range?.[0] : undefined;
}

/** The parser's own test for them compares every key with every other. */
function duplicateKeys(file: string, document: YamlDocument, lines: LineCounter): Problem[] {
  const problems: Problem[] = [];
  const look = (node: unknown): void => {
    if (isSeq(node)) node.items.forEach(look);
    if (!isMap(node)) return;
    const seen = new Set<unknown>();
    for (const { key, value } of node.items) {
      if (isScalar(key) && seen.has(key.value)) {
        const { line, col: column } = lines.linePos(key.range?.[0] ?? 0);
        const message = `"${key.value}" stands here twice`;
        problems.push({ file, line, column, rule: 'duplicate-key', message, mend: 'keep one of the two' });
      }
      if (isScalar(key)) seen.add(key.value);
      look(value);
    }
  };
  look(document.contents);
  return problems;
}
