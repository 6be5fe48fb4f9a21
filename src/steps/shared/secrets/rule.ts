import type { Span } from './spans.ts';

/** How far a rule looks at most from its keyword, so that no text can make it slow. */
const REACH = 4_096;

/** Finds a secret near a keyword. */
export interface SecretRule {
  keywords: readonly string[];
  /** Where a secret is. An empty span says up to where the rule has looked, so that it does not look there again. */
  find(text: string, start: number, end: number): Span | readonly Span[] | undefined;
}

interface PatternOptions {
  /** How many characters before its keyword a match may begin; it begins at the keyword if left out. */
  before?: number;
  /** And how many after it starts. */
  after?: number;
  /** Whether what was found is a secret. */
  accepts?(secret: string, match: string): boolean;
  group?: number;
}

/** What the first group of a pattern finds, or the whole match, is a secret. */
export function patternRule(
  keywords: readonly string[],
  pattern: RegExp,
  { before = 0, after = 0, accepts, group }: PatternOptions = {},
): SecretRule {
  const sticky = new RegExp(pattern.source, `${pattern.flags}y`);
  const find = (text: string, start: number, end: number) => {
    // One character more in front, for \b and lookbehinds.
    const from = Math.max(0, start - before - 1);
    const near = text.slice(from, end + REACH);
    const match = firstMatch(sticky, near, Math.max(0, start - before) - from, start + after - from);
    if (match === null) return undefined;
    const secret = group ? match[group] : match.slice(1).find(Boolean);
    const shown = secret ?? match[0];
    if (accepts && !accepts(shown, match[0])) return undefined;
    const at = from + match.index + (secret === undefined ? 0 : match[0].lastIndexOf(secret));
    return { start: at, end: at + shown.length };
  };
  return { keywords, find };
}

function firstMatch(sticky: RegExp, text: string, first: number, last: number): RegExpExecArray | null {
  for (let at = first; at <= last; at += 1) {
    sticky.lastIndex = at;
    const match = sticky.exec(text);
    if (match !== null) return match;
  }
  return null;
}
