import { type Placeholder, placeholdersIn } from './placeholders.ts';

/** How a query language quotes and comments, so that one can tell its code from its texts without a grammar. */
export interface Quoting {
  /** Whatever begins something that is not code; global. */
  opens: RegExp;
  /** The rest of it, for what it began with; sticky. */
  rest(opening: string): RegExp;
}

/** A query as it is written. */
export interface Statement {
  text: string;
  /** The text with blanks in place of quoted texts and comments: what is code stays at its offset. */
  code: string;
  /** Those in the code: each is to become one query parameter. */
  placeholders: readonly Placeholder[];
  /** Offset of a quote or comment that does not end. */
  unended?: number;
}

const BRACKETS: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };

export function readStatement(text: string, quoting: Quoting): Statement {
  const { spans, unended } = quotedIn(text, quoting);
  const code = spans.reduce((rest, [from, to]) => blanked(rest, from, to), text);
  const placeholders = placeholdersIn(text).filter(({ from }) => code[from] === '{');
  return { text, code, placeholders, ...(unended === undefined ? {} : { unended }) };
}

/** The text with `mark(0)`, `mark(1)`, … where its placeholders stand. */
export function fillStatement({ text, placeholders }: Statement, mark: (index: number) => string): string {
  return placeholders.reduceRight(
    (filled, { from, to }, index) => filled.slice(0, from) + mark(index) + filled.slice(to),
    text,
  );
}

/** What is wrong with how a statement is put together, as sentences with their place. */
export function shapeProblems({ text, code, unended }: Statement): string[] {
  if (unended !== undefined) return [`${placeOf(text, unended)}: what begins here does not end`];
  if (code.trim() === '') return ['the query is empty'];
  return bracketProblems(text, code);
}

/** Parameters of the runbook that stand where nothing can be put in: inside quotes and comments. */
export function quotedPlaceholders(
  { text, code }: Statement,
  parameterNames: readonly string[],
): Placeholder[] {
  return placeholdersIn(text).filter(
    ({ name, from }) => text[from] !== code[from] && parameterNames.includes(name),
  );
}

/** `line 2, column 5` */
export function placeOf(text: string, offset: number): string {
  const lines = text.slice(0, offset).split('\n');
  return `line ${lines.length}, column ${(lines.at(-1) ?? '').length + 1}`;
}

/** Spans `[from, to]` of what is quoted or commented, quotes included. */
function quotedIn(text: string, { opens, rest }: Quoting): { spans: [number, number][]; unended?: number } {
  const spans: [number, number][] = [];
  for (let at = 0; ; ) {
    const opening = new RegExp(opens);
    opening.lastIndex = at;
    const found = opening.exec(text);
    if (!found) return { spans };
    const ending = rest(found[0]);
    ending.lastIndex = found.index + found[0].length;
    if (!ending.test(text)) return { spans: [...spans, [found.index, text.length]], unended: found.index };
    at = ending.lastIndex;
    spans.push([found.index, at]);
  }
}

function blanked(text: string, from: number, to: number): string {
  return text.slice(0, from) + text.slice(from, to).replace(/[^\n]/g, ' ') + text.slice(to);
}

function bracketProblems(text: string, code: string): string[] {
  const open: number[] = [];
  for (const { 0: bracket, index } of code.matchAll(/[()[\]{}]/g)) {
    const opening = BRACKETS[bracket];
    if (opening === undefined) open.push(index);
    else if (code[open.pop() ?? -1] !== opening)
      return [`${placeOf(text, index)}: ${bracket} closes nothing that is open`];
  }
  const left = open.at(-1);
  return left === undefined ? [] : [`${placeOf(text, left)}: ${code[left]} is not closed`];
}
