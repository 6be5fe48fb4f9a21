import { jsonOr } from '../http/client.ts';
import { count, counted } from '../text.ts';

/** What is beyond it says no more about a line's shape, and costs time. */
const MOST_CHARACTERS = 2_000;
const MESSAGE_KEYS = ['message', 'msg', 'log', 'event', 'error'];
const LEVEL_KEYS = ['level', 'severity', 'levelname'];

const MONTH = '(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)';
const CLOCK = String.raw`\d{1,2}:\d\d:\d\d(?:[.,]\d{1,9})?`;
/** Quoted words, but not the key of a field in JSON, nor the text of `msg="…"`, which is the message itself. */
const QUOTED = /(\b(?:msg|message|event|error|err)=)?"(?:[^"\\]|\\.)*"(:?)/g;
/** In this order: what comes first takes its text out of the way of the others. */
const VARYING: readonly (readonly [RegExp, string])[] = [
  [new RegExp(String.raw`\d{4}[-/]\d\d[-/]\d\d[T ]${CLOCK}(?:\s?(?:Z|UTC|[+-]\d\d:?\d\d))?`, 'g'), '<time>'],
  [new RegExp(String.raw`\d\d/${MONTH}/\d{4}:${CLOCK}(?: [+-]\d{4})?`, 'g'), '<time>'],
  [new RegExp(String.raw`\b${MONTH} {1,2}\d{1,2} ${CLOCK}`, 'g'), '<time>'],
  [new RegExp(String.raw`\b${CLOCK}`, 'g'), '<time>'],
  [/(?<![\w'])'[^']*'(?![\w'])/g, "'…'"],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, '<id>'],
  // What a Deployment appends to the names of its pods.
  [/-[bcdfghj-np-tvwxz2-9]{6,10}-[bcdfghj-np-tvwxz2-9]{5}\b/g, '-<id>'],
  [/\b\d+(?:[.,]\d+)*(?=(?:[a-zA-Zµ]{1,3})?\b)/g, '#'],
  [/(?<!\w)\w*\d\w*/g, '<id>'],
];

/** Lines of one shape differ in nothing but figures, ids, times and quoted words. */
export interface ShapeGroup {
  shape: string;
  lines: number;
  first: string;
}

/** `12:03:01 job 17 took 12ms` -> `<time> job # took #ms`; of a line in JSON its level and its message. */
export function shapeOf(line: string): string {
  const text = messageOf(line)
    .slice(0, MOST_CHARACTERS)
    .replace(QUOTED, (whole, key, colon) => (key || colon ? whole : '"…"'));
  return VARYING.reduce((left, [pattern, instead]) => left.replace(pattern, instead), text).trim();
}

/** Counts lines by their shape; the most frequent shape comes first. */
export function shapeCounter() {
  const groups = new Map<string, ShapeGroup>();
  return {
    add(line: string) {
      const shape = shapeOf(line);
      const known = groups.get(shape);
      if (known) known.lines += 1;
      else groups.set(shape, { shape, lines: 1, first: line });
    },
    groups: () => [...groups.values()].sort((a, b) => b.lines - a.lines),
  };
}

/** One line of text a group, as `uniq -c` prints them, and how many more there are. */
export function groupsInWords<Group extends { lines: number }>(
  groups: readonly Group[],
  most: number,
  shown: (group: Group) => string,
): string {
  const width = count(groups[0]?.lines ?? 0).length;
  const rest = groups.length - most;
  return [
    ...groups.slice(0, most).map((group) => `${count(group.lines).padStart(width)}  ${shown(group)}`),
    ...(rest > 0 ? [`(and ${counted(rest, 'more shape')})`] : []),
  ].join('\n');
}

function messageOf(line: string): string {
  const json = line.startsWith('{') ? jsonOr(line) : undefined;
  if (json === null || typeof json !== 'object') return line;
  const said = textAt(json, MESSAGE_KEYS);
  return said === undefined ? line : `${textAt(json, LEVEL_KEYS) ?? ''} ${said}`;
}

function textAt(json: object, keys: readonly string[]): string | undefined {
  const found = keys.map((key) => (json as Record<string, unknown>)[key]);
  return found.find((value) => typeof value === 'string') as string | undefined;
}
