import { GuardiaError } from '../../errors.ts';
import type { Parameters, Scalar } from '../step-kind.ts';

const PLACEHOLDER = /\{([a-z][a-z0-9-]{0,62})\}/g;

/** Where a placeholder stands in a text: `{queue}` from its opening brace to behind its closing one. */
export interface Placeholder {
  name: string;
  from: number;
  to: number;
}

export function placeholdersIn(text: string): Placeholder[] {
  if (!text.includes('{')) return [];
  return [...text.matchAll(PLACEHOLDER)].map((match) => ({
    name: match[1] as string,
    from: match.index,
    to: match.index + match[0].length,
  }));
}

/** The value of a declared parameter; a GuardiaError when there is none. */
export function parameterNamed(name: string, parameters: Parameters): Scalar {
  const value = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
  if (value === undefined)
    throw new GuardiaError('bad-input', `{${name}} names no parameter of this runbook`);
  return value;
}

/** Puts parameters into a text, each through `encode`, which makes it harmless where it stands. */
export function fillText(text: string, parameters: Parameters, encode: (value: string) => string): string {
  return text.replace(PLACEHOLDER, (_, name: string) =>
    encode(String(parameterNamed(name, parameters) ?? '')),
  );
}

/**
 * Puts parameters into an argv, each as (part of) one argument. A value that begins with a dash could be read as an
 * option where the argument begins with it, and is refused there.
 */
export function fillArguments(argv: readonly string[], parameters: Parameters): string[] {
  return argv.map((argument) => {
    const filled = fillText(argument, parameters, argumentText);
    if (filled.startsWith('-') && !argument.startsWith('-')) {
      throw new GuardiaError(
        'bad-input',
        `the parameter in ${argument} begins with "-" and would be read as an option`,
      );
    }
    return filled;
  });
}

function argumentText(value: string): string {
  if (value.includes('\0')) throw new GuardiaError('bad-input', 'a parameter contains a NUL character');
  return value;
}

/** One sentence per placeholder anywhere in an input that names no declared parameter. */
export function unknownPlaceholders(input: unknown, parameterNames: readonly string[]): string[] {
  const named = new Set(textsIn(input).flatMap((text) => placeholdersIn(text).map(({ name }) => name)));
  return [...named]
    .filter((name) => !parameterNames.includes(name))
    .map((name) => `{${name}} names no declared parameter${declared(parameterNames)}`);
}

function declared(names: readonly string[]): string {
  return names.length === 0 ? '; the runbook declares none' : `; declared are ${names.join(', ')}`;
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (value === null || typeof value !== 'object') return [];
  return Object.values(value).flatMap(textsIn);
}
