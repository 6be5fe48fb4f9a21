import { z } from 'zod';
import type { Located } from './document.ts';

/**
 * What a document says, fact by fact, and what of the catalogue carries it: `docs/sources/<name>.yml`. From these and
 * the catalogue itself `guardia runbooks table` prints the table of what became of every line.
 */

const lines = z.union([
  z.number().int().min(1),
  z.string().regex(/^\d+(-\d+)?$/, 'write a line, or first-last'),
]);

const KINDS = [
  'symptom',
  'look',
  'command',
  'threshold',
  'escalation',
  'procedure',
  'note',
  'contact',
  'role',
  'metric',
] as const;

const reference = z
  .string()
  .regex(/^[a-z][a-z0-9-]*(\/[a-z][a-z0-9-]*)?#[\w.{} -]+$/, 'write service/runbook#path, or service#path');

const fact = z.strictObject({
  lines,
  section: z.string().min(1),
  kind: z.enum(KINDS),
  /** In words of our own, with its figure. */
  fact: z.string().min(1),
  'carried-by': z.array(reference).min(1),
});

export const sourceSchema = z.strictObject({
  document: z.string().min(1),
  title: z.string().min(1),
  service: z.string().min(1),
  facts: z.array(fact).min(1),
  'not-carried': z.array(z.strictObject({ lines, why: z.string().min(1) })).optional(),
});

export type Source = z.output<typeof sourceSchema>;

/** Parsed files of the catalogue, by `denis` (its service.yml) and `denis/redis-down`. */
export type Files = ReadonlyMap<string, Located>;

/** `12-14` -> 12, 13, 14. */
export function linesOf(written: number | string): number[] {
  const [from = 0, to = from] = String(written).split('-').map(Number);
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
}

/** What a reference leads to; undefined when it leads nowhere. A name may itself have dots or spaces. */
export function resolveReference(files: Files, ref: string): unknown {
  const [file = '', path = ''] = ref.split('#');
  return walk(files.get(file)?.value, path);
}

function walk(value: unknown, path: string): unknown {
  if (path === '') return value;
  if (value === null || typeof value !== 'object') return undefined;
  for (const key of Object.keys(value)) {
    if (path !== key && !path.startsWith(`${key}.`)) continue;
    const found = walk((value as Record<string, unknown>)[key], path.slice(key.length + 1));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** References of a source that lead nowhere. */
export function danglingIn(files: Files, { facts }: Source): string[] {
  return facts
    .flatMap((one) => one['carried-by'])
    .filter((ref) => resolveReference(files, ref) === undefined);
}

/** Lines of the document's text that have words in them and are spoken of nowhere. */
export function linesLeftOut(source: Source, text: string): { line: number; text: string }[] {
  const spoken = new Set(
    [...source.facts, ...(source['not-carried'] ?? [])].flatMap((one) => linesOf(one.lines)),
  );
  return text
    .split(/\r?\n/)
    .map((each, index) => ({ line: index + 1, text: each.trim() }))
    .filter(
      ({ line, text: each }) => /[\p{L}\p{N}]/u.test(each.replace(/^```\w*$/, '')) && !spoken.has(line),
    );
}

/** One table a document: what it says, where, and the check, action or escalation that carries it. */
export function coverageTable(files: Files, sources: readonly Source[]): string {
  const tables = sources.map((source) => {
    const rows = source.facts.map((one) => {
      const carriers = one['carried-by'].map((ref) => `\`${ref}\` ${escaped(describe(files, ref))}`.trim());
      return `| ${one.lines} | ${one.kind} | ${escaped(one.fact)} | ${carriers.join('<br>')} |`;
    });
    return [
      `## ${source.title}`,
      '',
      `Document \`${source.document}\`, service \`${source.service}\`: ${source.facts.length} facts.`,
      '',
      ...bySection(source, rows),
    ].join('\n');
  });
  return tables.join('\n\n');
}

function bySection({ facts }: Source, rows: readonly string[]): string[] {
  return facts.flatMap((one, index) => {
    const first = facts[index - 1]?.section !== one.section;
    const head = first
      ? [
          ...(index > 0 ? [''] : []),
          `### ${one.section}`,
          '',
          '| lines | is a | says | carried by |',
          '|---|---|---|---|',
        ]
      : [];
    return [...head, rows[index] ?? ''];
  });
}

/** `"Answers PING", failing != PONG` */
function describe(files: Files, ref: string): string {
  const found = resolveReference(files, ref);
  if (found === null || typeof found !== 'object' || Array.isArray(found)) return short(inWords(found));
  const { title, warning, failing, risk, when, to } = found as Record<string, unknown>;
  const parts = [
    typeof title === 'string' ? `“${title}”` : '',
    warning === undefined ? '' : `warning ${inWords(warning)}`,
    failing === undefined ? '' : `failing ${inWords(failing)}`,
    typeof risk === 'string' ? risk : '',
    when === undefined ? '' : `when ${inWords(when)} → ${String(to)}`,
  ];
  return parts.filter(Boolean).join(', ');
}

const LONGEST = 90;

function short(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}

function inWords(value: unknown): string {
  if (Array.isArray(value)) return value.map(inWords).join(' or ');
  if (value === null || typeof value !== 'object') return String(value);
  return Object.entries(value)
    .map(([key, each]) => `${key} ${inWords(each)}`)
    .join(', ');
}

function escaped(text: string): string {
  return text.replace(/\s+/g, ' ').replaceAll('|', '\\|').replaceAll('<', '&lt;');
}
