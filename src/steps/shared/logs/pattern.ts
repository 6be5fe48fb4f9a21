import { setImmediate as turn } from 'node:timers/promises';
import { createContext, Script } from 'node:vm';
import { GuardiaError } from '../../../errors.ts';
import type { Parameters } from '../../step-kind.ts';
import { fillText } from '../placeholders.ts';

/** So long others wait at most for a regular expression; one that takes it for a few lines would never be done. */
const MOST_MS = 50;
/** A busy machine may take the time away: it counts when at least so much of it was spent on working, twice. */
const WORKED_MS = 25;
const STRIKES = 2;
const EXPRESSION = /^\/(.+)\/([a-z]*)$/s;
/** Any number of times, or between two numbers; so many times and no more is harmless. */
const REPEATED = /^(?:[*+]|\{\d+,\}|\{(\d+),(?!\1\})\d+\})/;

/** What lines are looked for. */
export interface Matcher {
  /** With its parameters: `ERROR`, `/timed? ?out/i`. */
  words: string;
  /** Which of these lines match. Throws a GuardiaError 'refused' when that takes too long. */
  matches(lines: readonly string[], signal: AbortSignal): Promise<boolean[]>;
}

/** `ERROR` is looked for as it stands, `/timed? ?out/i` is a regular expression; parameters stand for themselves. */
export function matcherFor(match: string, parameters: Parameters): Matcher {
  const [, expression, flags] = EXPRESSION.exec(match) ?? [];
  if (expression !== undefined) {
    const literal = (value: string) => value.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
    return byExpression(compiled(fillText(expression, parameters, literal), flags ?? ''));
  }
  const text = fillText(match, parameters, (value) => value);
  if (text === '') throw new GuardiaError('bad-input', `${match} would match every line`);
  return { words: text, matches: async (lines) => lines.map((line) => line.includes(text)) };
}

/** What is wrong with a pattern before any parameter is known. */
export function patternProblems(match: string): string[] {
  const [, expression, flags] = EXPRESSION.exec(match) ?? [];
  if (expression === undefined) return [];
  try {
    compiled(expression.replace(/\{[a-z][a-z0-9-]*\}/g, 'x'), flags ?? '');
    return [];
  } catch (error) {
    return [(error as Error).message];
  }
}

function compiled(expression: string, flags: string): RegExp {
  if (!/^i?$/.test(flags)) throw new GuardiaError('bad-input', `of the flags there is only i, not ${flags}`);
  if (repeatsWithin(expression)) {
    const message = `/${expression}/ repeats a group that repeats or chooses within, which can take for ever`;
    throw new GuardiaError('bad-input', `${message}; take the repetition off one of them`);
  }
  try {
    return new RegExp(expression, flags);
  } catch (error) {
    throw new GuardiaError('bad-input', (error as Error).message);
  }
}

/** Whether what is repeated can be read in several ways, such as `(a+)+` and `(a|b)*`. */
function repeatsWithin(expression: string): boolean {
  const open = [{ ambiguous: false }];
  const tokens = /\\.|\[(?:\\.|[^\]\\])*\]|[\s\S]/g;
  for (let token = tokens.exec(expression); token; token = tokens.exec(expression)) {
    const [text] = token;
    const group = open.at(-1);
    const repeated = REPEATED.test(expression.slice(tokens.lastIndex, tokens.lastIndex + 16));
    if (text === '(') open.push({ ambiguous: false });
    else if (text === ')' && open.length > 1) {
      const closed = open.pop();
      if (repeated && closed?.ambiguous) return true;
      const outer = open.at(-1);
      if (outer && (repeated || closed?.ambiguous)) outer.ambiguous = true;
    } else if (group && (text === '|' || repeated)) group.ambiguous = true;
  }
  return false;
}

function byExpression(pattern: RegExp): Matcher {
  return {
    words: String(pattern),
    async matches(lines, signal) {
      for (let strikes = 0; strikes < STRIKES; ) {
        const before = process.cpuUsage();
        const found = inTime(pattern, lines);
        if (found) return found;
        const { user, system } = process.cpuUsage(before);
        if ((user + system) / 1_000 > WORKED_MS) strikes += 1;
        await turn();
        signal.throwIfAborted();
      }
      throw new GuardiaError('refused', `${pattern} takes too long on these lines`);
    },
  };
}

/** What the script below works on, and nothing else: it runs in a context of its own. */
const bench: { pattern?: RegExp; lines: readonly string[]; found: boolean[] } = { lines: [], found: [] };
let stoppable: (() => void) | undefined;

/** Undefined when it was stopped: V8 looks at the clock while an expression backtracks. */
function inTime(pattern: RegExp, lines: readonly string[]): boolean[] | undefined {
  Object.assign(bench, { pattern, lines });
  try {
    stoppable ??= stoppableLoop();
    stoppable();
    return bench.found;
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return undefined;
    throw error;
  } finally {
    Object.assign(bench, { lines: [], found: [] });
  }
}

function stoppableLoop(): () => void {
  const context = createContext(bench);
  const script = new Script(
    '{ const test = pattern.test.bind(pattern); found = lines.map((line) => test(line)); }',
  );
  return () => script.runInContext(context, { timeout: MOST_MS });
}
