import type { z } from 'zod';
import type { Located, Path } from './document.ts';
import { keysAt } from './known-keys.ts';
import { listed, meant, nearest } from './nearest.ts';
import type { Problem, Rule } from './problem.ts';
import { NAME } from './schema.ts';

type Issue = z.core.$ZodIssue;

const MOST = 25;

/** What a schema is applied to: the part of `document` below `at`. A `rule` stands for all rules about shape. */
export interface Subject {
  document: Located;
  schema: z.ZodType;
  at?: Path;
  rule?: Rule;
}

/** The problems that a schema has with a part of a file, each at the key it is about, with a way to mend it. */
export function problemsOfShape(subject: Subject, error: Pick<z.ZodError, 'issues'>): Problem[] {
  const mistyped = error.issues.filter((issue) => issue.code === 'unrecognized_keys');
  return error.issues
    .filter((issue) => !mistyped.some((one) => explains(subject, one, issue)))
    .slice(0, MOST)
    .flatMap((issue) => problemsOfIssue(subject, issue));
}

/** Whether a key is only missing because it was mistyped: one problem is enough then. */
function explains(subject: Subject, mistyped: z.core.$ZodIssueUnrecognizedKeys, issue: Issue): boolean {
  const missing = issue.path.at(-1);
  const beside =
    issue.path.length - 1 === mistyped.path.length &&
    mistyped.path.every((part, i) => part === issue.path[i]);
  if (!beside || typeof missing !== 'string' || valueAt(subject, pathOf(issue)) !== undefined) return false;
  return mistyped.keys.slice(0, MOST).some((key) => nearest(key, [missing]).length > 0);
}

function problemsOfIssue(subject: Subject, issue: Issue): Problem[] {
  const path = pathOf(issue);
  const report = (rule: Rule, at: Path, message: string, mend: string) =>
    subject.document.problem(subject.rule ?? rule, [...(subject.at ?? []), ...at], message, mend);
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(subject.schema, path);
    return issue.keys
      .slice(0, MOST)
      .map((key) =>
        report('unknown-key', [...path, key], `"${key}" is not known here`, meant(key, known, 'known are')),
      );
  }
  if (issue.code === 'invalid_union') return problemsOfUnion(subject, issue, path);
  if (issue.code === 'invalid_key') {
    return [
      report(
        'bad-name',
        path,
        `"${String(path.at(-1))}" is not a name`,
        issue.issues[0]?.message ?? issue.message,
      ),
    ];
  }
  const value = valueAt(subject, path);
  if (value === undefined)
    return [report('missing-key', path, `"${String(path.at(-1))}" is missing`, `add it${wants(issue)}`)];
  const rule = issue.code === 'invalid_format' && isNamePattern(issue) ? 'bad-name' : 'wrong-type';
  return [report(rule, path, complaint(issue, value, path), mendOf(issue, value))];
}

/** Of the alternatives that a value could have been, the one that it resembles. */
function problemsOfUnion(subject: Subject, issue: z.core.$ZodIssueInvalidUnion, path: Path): Problem[] {
  const branches = issue.errors.map(flat);
  const resembling = branches.filter(
    (issues) => !issues.some((one) => one.path.length === 0 && isTypeIssue(one)),
  );
  const best = resembling.sort((a, b) => a.length - b.length)[0];
  if (best) {
    const unknown = best.filter((one) => one.code === 'unrecognized_keys');
    return (unknown.length > 0 ? unknown : best).flatMap((one) =>
      problemsOfIssue(subject, { ...one, path: [...issue.path, ...one.path] }),
    );
  }
  const value = valueAt(subject, path);
  const expected = [
    ...new Set(
      branches
        .flat()
        .filter((one) => one.path.length === 0)
        .flatMap(expectedOf),
    ),
  ];
  const whole = expected.length === 0 ? 'something else' : expected.join(' or ');
  const here = [...(subject.at ?? []), ...path];
  const key = String(path.at(-1));
  return value === undefined
    ? [
        subject.document.problem(
          subject.rule ?? 'missing-key',
          here,
          `"${key}" is missing`,
          `add it: ${whole}`,
        ),
      ]
    : [
        subject.document.problem(
          subject.rule ?? 'wrong-type',
          here,
          `"${key}" is ${typeInWords(value)}`,
          `write ${whole}`,
        ),
      ];
}

/** Unions within unions as one list, paths relative to the outer one. */
function flat(issues: readonly Issue[]): Issue[] {
  return issues.flatMap((issue) =>
    issue.code === 'invalid_union'
      ? issue.errors.flat().flatMap((inner) => flat([{ ...inner, path: [...issue.path, ...inner.path] }]))
      : [issue],
  );
}

function pathOf(issue: Issue): Path {
  return issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
}

function isTypeIssue(issue: Issue): boolean {
  return issue.code === 'invalid_type' || issue.code === 'invalid_value';
}

function isNamePattern(issue: Issue): boolean {
  return 'pattern' in issue && issue.pattern === String(NAME);
}

function complaint(issue: Issue, value: unknown, path: Path): string {
  const key = path.length === 0 ? 'this' : `"${String(path.at(-1))}"`;
  if (issue.code === 'invalid_type') return `${key} is ${typeInWords(value)}`;
  const shown = JSON.stringify(value) ?? '';
  const short = shown.length > 60 ? `${shown.slice(0, 59)}…` : shown;
  return issue.code === 'custom' ? `${key} is not as it has to be` : `${key} may not be ${short}`;
}

function mendOf(issue: Issue, value: unknown): string {
  if (issue.code === 'invalid_type') return `write ${wordOf(issue.expected)}`;
  if (issue.code === 'invalid_value') return meant(String(value), issue.values.map(String), 'write one of');
  if (issue.code === 'too_big') return `at most ${issue.maximum}${measure(issue.origin)}`;
  if (issue.code === 'too_small') return `at least ${issue.minimum}${measure(issue.origin)}`;
  return issue.message;
}

function measure(origin: string): string {
  if (origin === 'string') return ' characters';
  return origin === 'array' ? ' entries' : '';
}

function wants(issue: Issue): string {
  if (issue.code === 'invalid_value') return `: ${listed(issue.values.map(String))}`;
  return issue.code === 'invalid_type' ? `: ${wordOf(issue.expected)}` : '';
}

function expectedOf(issue: Issue): string[] {
  if (issue.code === 'invalid_type') return [wordOf(issue.expected)];
  return issue.code === 'invalid_value' ? issue.values.map(String) : [];
}

const WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map of keys and values',
  record: 'a map of keys and values',
  null: 'nothing',
};

function wordOf(type: string): string {
  return WORDS[type] ?? type;
}

function typeInWords(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  return wordOf(typeof value);
}

function valueAt({ document, at = [] }: Subject, path: Path): unknown {
  let value = document.value;
  for (const part of [...at, ...path]) {
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string | number, unknown>)[part];
  }
  return value;
}
