import { setImmediate as turn } from 'node:timers/promises';
import type { Evidence } from '../../step-kind.ts';
import { redact } from '../secrets/redaction.ts';
import { clipped, count } from '../text.ts';
import type { Matcher } from './pattern.ts';
import { groupsInWords, type ShapeGroup, shapeCounter } from './shape.ts';

/** Others get a turn after so many characters. */
const AT_ONCE = 32_768;
const MOST_SHAPES = 15;
const MOST_SAMPLES = 10;
const LINE = 300;
/** A line is redacted before it is cut, since half a secret is not known for one; what is beyond this is dropped. */
const LOOKED_AT = 4_000;
/** The one secret that goes over several lines. */
const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g;

/** What one pod, container, unit or index wrote, the newest line last. */
export interface LogText {
  from: string;
  text: string;
}

export interface MatchedLines {
  /** Lines that are not empty, whether they match or not. */
  read: number;
  matching: number;
  /** The most frequent shape first. */
  groups: ShapeGroup[];
  bySource: { from: string; matching: number; newest: string[] }[];
}

/** Finds the lines that match, all of them without a matcher, and groups them by their shape. */
export async function matchLines(
  texts: readonly LogText[],
  matcher: Matcher | undefined,
  signal: AbortSignal,
): Promise<MatchedLines> {
  const counter = shapeCounter();
  let read = 0;
  const bySource: MatchedLines['bySource'] = [];
  for (const { from, text } of texts) {
    const source = { from, matching: 0, newest: [] as string[] };
    for (const lines of inPieces(text.replace(PRIVATE_KEY, '***'))) {
      const matches = await matcher?.matches(lines, signal);
      const matching = matches ? lines.filter((_, index) => matches[index]) : lines;
      for (const line of matching) counter.add(line);
      read += lines.length;
      source.matching += matching.length;
      source.newest = [...source.newest, ...matching.slice(-MOST_SAMPLES)].slice(-MOST_SAMPLES);
      await turn();
      signal.throwIfAborted();
    }
    bySource.push(source);
  }
  const matching = bySource.reduce((total, source) => total + source.matching, 0);
  return { read, matching, groups: counter.groups(), bySource };
}

/** Lines that are not empty, some at a time. */
function* inPieces(text: string): Generator<string[]> {
  for (let from = 0; from < text.length; ) {
    const end = from + AT_ONCE < text.length ? text.indexOf('\n', from + AT_ONCE) : -1;
    const to = end < 0 ? text.length : end;
    yield text
      .slice(from, to)
      .split('\n')
      .filter((line) => line.trim() !== '');
    from = to + 1;
  }
}

/** As people may read it: without secrets, and no longer than a message has room for. */
export function shownLine(line: string): string {
  const whole = line.length <= LOOKED_AT ? line : line.slice(0, LOOKED_AT).replace(/\S*$/, '');
  return clipped(redact(whole).trim(), LINE);
}

export function evidenceOf({ groups, bySource }: MatchedLines): Evidence[] {
  const sources = bySource.filter(({ matching }) => matching > 0);
  if (sources.length === 0) return [];
  const counts = sources.map(({ from, matching }) => ({ lines: matching, from }));
  const each = Math.ceil(MOST_SAMPLES / sources.length);
  const newest = sources.flatMap(({ from, newest: lines }) =>
    lines.slice(-each).map((line) => (bySource.length > 1 ? `${from}: ${shownLine(line)}` : shownLine(line))),
  );
  return [
    ...(bySource.length > 1 ? [{ label: 'Lines by source', text: countsInWords(counts) }] : []),
    {
      label: 'Lines by shape, the first of each',
      text: groupsInWords(groups, MOST_SHAPES, ({ first }) => shownLine(first)),
    },
    { label: 'Newest lines', text: newest.join('\n') },
  ];
}

function countsInWords(counts: { lines: number; from: string }[]): string {
  const sorted = counts.toSorted((a, b) => b.lines - a.lines);
  const width = Math.max(...sorted.map(({ lines }) => count(lines).length));
  return sorted.map(({ lines, from }) => `${count(lines).padStart(width)}  ${from}`).join('\n');
}
