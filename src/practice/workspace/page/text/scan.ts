import { emojiAt } from './emoji.ts';
import { decode, type Inline, safeUrl, textNodes } from './nodes.ts';

export interface Hit {
  node: Inline;
  end: number;
}

/** Reads one construct that begins at `at`, or says null: then the character stands for itself. */
export type Rule = (text: string, at: number, scan: Scan) => Hit | null;

export interface Scan {
  /** Rules by the character they begin with. */
  rules: Readonly<Record<string, Rule>>;
  /** Up to where a delimiter is known to have no partner, so hostile text stays linear. */
  barren: Map<string, number>;
}

export function scanInline(text: string, rules: Readonly<Record<string, Rule>>): Inline[] {
  const scan: Scan = { rules, barren: new Map() };
  const nodes: Inline[] = [];
  let from = 0;
  let at = 0;
  while (at < text.length) {
    const hit = rules[text[at] as string]?.(text, at, scan);
    if (!hit) {
      at += 1;
      continue;
    }
    nodes.push(...textNodes(decode(text.slice(from, at))), hit.node);
    at = hit.end;
    from = at;
  }
  return [...nodes, ...textNodes(decode(text.slice(from)))];
}

const WORD = /[\p{L}\p{N}]/u;
const SPAN = /<[^<>\n]*>|`[^`\n]+`/y;

/** Where the delimiter closes on the same line, jumping over tokens and code. */
function closingOf(text: string, from: number, delimiter: string): number {
  for (let at = from; at < text.length && text[at] !== '\n'; at += 1) {
    SPAN.lastIndex = at;
    const span = SPAN.exec(text);
    if (span) {
      at += span[0].length - 1;
      continue;
    }
    if (text.startsWith(delimiter, at) && at > from && !/\s/.test(text[at - 1] ?? ' ')) {
      const after = text[at + delimiter.length] ?? '';
      if (!WORD.test(after) && after !== delimiter[0]) return at;
    }
  }
  return -1;
}

export function emphasis(delimiter: string, kind: 'bold' | 'italic' | 'strike'): Rule {
  return (text, at, scan) => {
    const from = at + delimiter.length;
    if (!text.startsWith(delimiter, at) || /\s|^$/.test(text[from] ?? '')) return null;
    if (text[from] === delimiter[0] || WORD.test(text[at - 1] ?? '')) return null;
    if (at < (scan.barren.get(delimiter) ?? 0)) return null;
    const end = closingOf(text, from, delimiter);
    if (end < 0) {
      const line = text.indexOf('\n', at);
      scan.barren.set(delimiter, line < 0 ? text.length : line);
      return null;
    }
    return {
      node: { kind, children: scanInline(text.slice(from, end), scan.rules) },
      end: end + delimiter.length,
    };
  };
}

export function codeSpan(text: string, at: number): Hit | null {
  const match = stickyExec(/`([^`\n]+)`/y, text, at);
  return match && { node: { kind: 'code', text: decode(match[1] ?? '') }, end: at + match[0].length };
}

export function emoji(text: string, at: number): Hit | null {
  const found = emojiAt(text, at);
  return found && { node: { kind: 'emoji', name: found.name, unicode: found.unicode }, end: found.end };
}

/** A bare address in running text. */
export function bareLink(text: string, at: number): Hit | null {
  if (WORD.test(text[at - 1] ?? '')) return null;
  const match = stickyExec(/https?:\/\/[^\s<>|`]+/y, text, at);
  const raw = match?.[0].replace(/[.,;:!?)'"*_~\]]+$/, '');
  if (!raw) return null;
  const url = safeUrl(decode(raw));
  return url === null
    ? null
    : { node: { kind: 'link', url, children: [{ kind: 'text', text: url }] }, end: at + raw.length };
}

export function stickyExec(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}
