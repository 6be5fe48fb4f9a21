import { token } from './mrkdwn.ts';
import { type Align, decode, type Inline, safeUrl, type TextBlock } from './nodes.ts';
import { bareLink, codeSpan, emoji, emphasis, type Hit, type Rule, scanInline, stickyExec } from './scan.ts';

function escaped(text: string, at: number): Hit | null {
  const match = stickyExec(/\\([\\`*_{}[\]()#+\-.!~|<>])/y, text, at);
  return match && { node: { kind: 'text', text: match[1] ?? '' }, end: at + 2 };
}

/** `[label](address)`, and `![alt](address)`, which Slack shows as a link too. */
function link(text: string, at: number): Hit | null {
  const match = stickyExec(/!?\[([^\]\n]*)\]\(([^()\s]+)(?:\s+"[^"\n]*")?\)/y, text, at);
  const url = match && safeUrl(decode(match[2] ?? ''));
  if (!match || !url) return null;
  const children = scanInline(match[1] || url, LABEL_RULES);
  return { node: { kind: 'link', url, children }, end: at + match[0].length };
}

function either(...rules: Rule[]): Rule {
  return (text, at, scan) => {
    for (const rule of rules) {
      const hit = rule(text, at, scan);
      if (hit) return hit;
    }
    return null;
  };
}

const LABEL_RULES: Readonly<Record<string, Rule>> = {
  '\\': escaped,
  '`': codeSpan,
  ':': emoji,
  '*': either(emphasis('**', 'bold'), emphasis('*', 'italic')),
  _: either(emphasis('__', 'bold'), emphasis('_', 'italic')),
  '~': either(emphasis('~~', 'strike'), emphasis('~', 'strike')),
};

const RULES: Readonly<Record<string, Rule>> = {
  ...LABEL_RULES,
  '[': link,
  '!': link,
  '<': token,
  h: bareLink,
};

function inline(text: string): Inline[] {
  return scanInline(text, RULES);
}

interface Reader {
  lines: readonly string[];
  at: number;
}

type BlockRule = (reader: Reader) => TextBlock[] | null;

function lineOf(reader: Reader): string {
  return reader.lines[reader.at] ?? '';
}

function takeWhile(reader: Reader, holds: (line: string) => boolean): string[] {
  const from = reader.at;
  while (reader.at < reader.lines.length && holds(lineOf(reader))) reader.at += 1;
  return reader.lines.slice(from, reader.at);
}

function fence(reader: Reader): TextBlock[] | null {
  const open = /^ {0,3}(`{3,}|~{3,})/.exec(lineOf(reader))?.[1];
  if (open === undefined) return null;
  reader.at += 1;
  const body = takeWhile(reader, (line) => !line.trimStart().startsWith(open));
  reader.at += 1;
  return [{ kind: 'pre', text: body.join('\n') }];
}

function heading(reader: Reader): TextBlock[] | null {
  const match = /^ {0,3}(#{1,6})\s+(.*?)\s*#*$/.exec(lineOf(reader));
  if (!match) return null;
  reader.at += 1;
  return [{ kind: 'heading', level: (match[1] ?? '#').length, children: inline(match[2] ?? '') }];
}

function rule(reader: Reader): TextBlock[] | null {
  if (!/^ {0,3}([-*_])(?:\s*\1){2,}\s*$/.test(lineOf(reader))) return null;
  reader.at += 1;
  return [{ kind: 'rule' }];
}

/** Slack shows one depth of quotes. */
function quote(reader: Reader): TextBlock[] | null {
  const lines = takeWhile(reader, (line) => /^ {0,3}>/.test(line));
  if (lines.length === 0) return null;
  const inner = lines.map((line) => line.replace(/^[ >]*> ?/, '')).join('\n');
  return [{ kind: 'quote', children: parseMarkdown(inner) }];
}

const ITEM = /^(\s*)(?:([-*+])|(\d{1,9})[.)])\s+(.*)$/;

/** Each run of items of one depth is a list of its own, as in Slack's rich text. */
function list(reader: Reader): TextBlock[] | null {
  const lists: Extract<TextBlock, { kind: 'list' }>[] = [];
  for (const line of takeWhile(reader, (each) => ITEM.test(each))) {
    const [, space = '', bullet, number, text = ''] = ITEM.exec(line) ?? [];
    const indent = Math.min(8, Math.floor(space.replaceAll('\t', '  ').length / 2));
    const ordered = bullet === undefined;
    const last = lists.at(-1);
    if (last?.indent === indent && last.ordered === ordered) last.items.push(inline(text));
    else lists.push({ kind: 'list', ordered, indent, start: Number(number ?? 1), items: [inline(text)] });
  }
  return lists.length > 0 ? lists : null;
}

function cellsOf(line: string): string[] {
  const inner = line.trim().replace(/^\|/, '').replace(/\|$/, '');
  return inner.split(/(?<!\\)\|/).map((cell) => cell.trim());
}

function alignOf(marker: string): Align {
  if (marker.endsWith(':')) return marker.startsWith(':') ? 'center' : 'right';
  return 'left';
}

function table(reader: Reader): TextBlock[] | null {
  const marks = reader.lines[reader.at + 1] ?? '';
  if (!lineOf(reader).includes('|') || !/^\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$/.test(marks))
    return null;
  const align = cellsOf(marks).map(alignOf);
  const head = cellsOf(lineOf(reader));
  reader.at += 2;
  const body = takeWhile(reader, (line) => line.includes('|')).map(cellsOf);
  return [{ kind: 'table', align, rows: [head, ...body].map((row) => row.map(inline)) }];
}

const BLOCK_RULES: readonly BlockRule[] = [fence, heading, rule, quote, list, table];

function paragraph(reader: Reader): TextBlock[] {
  const from = reader.at;
  reader.at += 1;
  takeWhile(
    reader,
    (line) => line.trim() !== '' && !/^ {0,3}(?:[`~]{3,}|#{1,6}\s|>)/.test(line) && !ITEM.test(line),
  );
  return [{ kind: 'paragraph', children: inline(reader.lines.slice(from, reader.at).join('\n')) }];
}

function nextBlocks(reader: Reader): TextBlock[] {
  for (const read of BLOCK_RULES) {
    const blocks = read(reader);
    if (blocks) return blocks;
  }
  return paragraph(reader);
}

/** Standard Markdown, as Slack's `markdown` block takes it. */
export function parseMarkdown(source: string): TextBlock[] {
  const reader: Reader = { lines: source.split(/\r?\n/), at: 0 };
  const blocks: TextBlock[] = [];
  while (reader.at < reader.lines.length) {
    if (lineOf(reader).trim() === '') {
      reader.at += 1;
      continue;
    }
    blocks.push(...nextBlocks(reader));
  }
  return blocks;
}
