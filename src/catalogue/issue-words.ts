import type { z } from 'zod';
import { listed, meant } from './nearest.ts';
import { NAME } from './schema-parts.ts';

export type Issue = z.core.$ZodIssue;

/** Whether the issue is that a value should have been a name of the language. */
export function isName(issue: Issue): boolean {
  return issue.code === 'invalid_format' && 'pattern' in issue && issue.pattern === String(NAME);
}

/** What is wrong with a key's value; `value` is left out where it may not be repeated. */
export function complaint(issue: Issue, key: string, value: unknown): string {
  if (issue.code === 'invalid_type' && value !== undefined) return `${key} is ${typeInWords(value)}`;
  const shown = JSON.stringify(value) ?? '';
  const short = shown.length > 60 ? `${shown.slice(0, 59)}…` : shown;
  return issue.code === 'custom' || shown === ''
    ? `${key} is not as it has to be`
    : `${key} may not be ${short}`;
}

export function mendOf(issue: Issue, value: unknown): string {
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

/** Of a key that is missing: what it wants, after a colon. */
export function wanted(issue: Issue): string {
  if (issue.code === 'invalid_value') return `: ${listed(issue.values.map(String))}`;
  return issue.code === 'invalid_type' ? `: ${wordOf(issue.expected)}` : '';
}

export function expectedOf(issue: Issue): string[] {
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

export function typeInWords(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  return wordOf(typeof value);
}

export function oneOf(types: readonly string[]): string {
  return types.length === 0 ? 'something else' : [...new Set(types)].join(' or ');
}
