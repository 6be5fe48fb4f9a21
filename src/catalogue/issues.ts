import type { z } from 'zod';
import type { Located, Path } from './document.ts';
import {
  complaint,
  expectedOf,
  type Issue,
  isName,
  mendOf,
  oneOf,
  typeInWords,
  wanted,
} from './issue-words.ts';
import { keysAt } from './known-keys.ts';
import { meant, nearest } from './nearest.ts';
import type { Problem, Rule } from './problem.ts';

const MOST = 25;

/** What a schema is applied to: the part of `document` below `at`. A `rule` stands for all rules about shape. */
export interface Subject {
  document: Located;
  schema: z.ZodType;
  at?: Path;
  rule?: Rule;
  /** Values are not repeated, since one of them may be a secret. */
  quiet?: boolean;
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
  const key = `"${String(path.at(-1))}"`;
  if (issue.code === 'unrecognized_keys') return unknownKeys(subject, path, issue.keys.slice(0, MOST));
  if (issue.code === 'invalid_union') return problemsOfUnion(subject, issue, path);
  if (issue.code === 'invalid_key') {
    const mend = issue.issues[0]?.message ?? issue.message;
    return [problem(subject, 'bad-name', path, `${key} is not a name`, mend)];
  }
  const value = valueAt(subject, path);
  if (value === undefined)
    return [problem(subject, 'missing-key', path, `${key} is missing`, `add it${wanted(issue)}`)];
  const shown = path.length === 0 ? 'this' : key;
  const rule = isName(issue) ? 'bad-name' : 'wrong-type';
  return [
    problem(
      subject,
      rule,
      path,
      complaint(issue, shown, subject.quiet ? undefined : value),
      mendOf(issue, value),
    ),
  ];
}

function problem(subject: Subject, rule: Rule, path: Path, message: string, mend: string): Problem {
  return subject.document.problem(subject.rule ?? rule, [...(subject.at ?? []), ...path], message, mend);
}

function unknownKeys(subject: Subject, path: Path, keys: readonly string[]): Problem[] {
  const known = keysAt(subject.schema, path);
  return keys.map((key) => {
    return problem(
      subject,
      'unknown-key',
      [...path, key],
      `"${key}" is not known here`,
      meant(key, known, 'known are'),
    );
  });
}

/** Of the alternatives that a value could have been, the one that it resembles. */
function problemsOfUnion(subject: Subject, issue: z.core.$ZodIssueInvalidUnion, path: Path): Problem[] {
  const branches = issue.errors.map(flat);
  const [best] = branches
    .filter((issues) => !issues.some((one) => one.path.length === 0 && isTypeIssue(one)))
    .sort((a, b) => a.length - b.length);
  if (!best) return [misfit(subject, branches.flat(), path)];
  const unknown = best.filter((one) => one.code === 'unrecognized_keys');
  return (unknown.length > 0 ? unknown : best).flatMap((one) =>
    problemsOfIssue(subject, { ...one, path: [...issue.path, ...one.path] }),
  );
}

/** A value that resembles none of them. */
function misfit(subject: Subject, issues: readonly Issue[], path: Path): Problem {
  const types = issues.filter((one) => one.path.length === 0).flatMap(expectedOf);
  const value = valueAt(subject, path);
  const key = `"${String(path.at(-1))}"`;
  return value === undefined
    ? problem(subject, 'missing-key', path, `${key} is missing`, `add it: ${oneOf(types)}`)
    : problem(subject, 'wrong-type', path, `${key} is ${typeInWords(value)}`, `write ${oneOf(types)}`);
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

function valueAt({ document, at = [] }: Subject, path: Path): unknown {
  let value = document.value;
  for (const part of [...at, ...path]) {
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string | number, unknown>)[part];
  }
  return value;
}
