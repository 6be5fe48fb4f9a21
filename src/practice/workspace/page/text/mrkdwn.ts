import { decode, type Inline, safeUrl, type TextBlock, textNodes } from './nodes.ts';
import { bareLink, codeSpan, emoji, emphasis, type Hit, type Rule, scanInline, stickyExec } from './scan.ts';

const BROADCASTS = new Set(['here', 'channel', 'everyone']);

/** What stands between `<` and `>`: a mention, a date or a link. Anything else is shown as it was written. */
function tokenNode(body: string): Inline | null {
  const bar = body.indexOf('|');
  const target = bar < 0 ? body : body.slice(0, bar);
  const label = bar < 0 ? undefined : decode(body.slice(bar + 1)) || undefined;
  if (/^@[UWB][A-Z0-9]+$/.test(target)) return { kind: 'user', id: target.slice(1), label };
  if (/^#[CGD][A-Z0-9]+$/.test(target)) return { kind: 'channel', id: target.slice(1), label };
  if (target.startsWith('!')) return specialNode(target.slice(1), label);
  const url = safeUrl(decode(target));
  if (url === null) return null;
  return {
    kind: 'link',
    url,
    children: label === undefined ? textNodes(url) : scanInline(label, { ':': emoji }),
  };
}

function specialNode(command: string, label: string | undefined): Inline | null {
  const [name = '', id = '', ...rest] = command.split('^');
  if (BROADCASTS.has(name)) return { kind: 'broadcast', range: name };
  if (name === 'subteam' && /^S[A-Z0-9]+$/.test(id)) return { kind: 'group', id, label };
  if (name !== 'date' || !/^\d{1,12}$/.test(id)) return null;
  const link = rest[1] === undefined ? null : safeUrl(decode(rest[1]));
  const format = decode(rest[0] ?? '');
  return {
    kind: 'date',
    unix: Number(id),
    format,
    fallback: label ?? '',
    ...(link === null ? {} : { url: link }),
  };
}

/** Slack's own `<…>` construct. */
export function token(text: string, at: number): Hit | null {
  const match = stickyExec(/<([^<>\n]+)>/y, text, at);
  const node = match && tokenNode(match[1] ?? '');
  return match && node ? { node, end: at + match[0].length } : null;
}

const RULES: Readonly<Record<string, Rule>> = {
  '<': token,
  '`': codeSpan,
  ':': emoji,
  '*': emphasis('*', 'bold'),
  _: emphasis('_', 'italic'),
  '~': emphasis('~', 'strike'),
  h: bareLink,
};

const QUOTED = /^(?:>|&gt;) ?/;
const QUOTED_TO_THE_END = /^(?:>>>|&gt;&gt;&gt;) ?/;

function linesToBlocks(text: string): TextBlock[] {
  const blocks: TextBlock[] = [];
  const lines = text.split('\n');
  for (let at = 0; at < lines.length; ) {
    const line = lines[at] ?? '';
    let end = at + 1;
    if (QUOTED_TO_THE_END.test(line)) {
      const rest = [line.replace(QUOTED_TO_THE_END, ''), ...lines.slice(end)].join('\n');
      return [...blocks, { kind: 'quote', children: [paragraph(rest)] }];
    }
    const quoted = QUOTED.test(line);
    while (end < lines.length && QUOTED.test(lines[end] ?? '') === quoted) end += 1;
    const part = lines.slice(at, end);
    if (quoted) {
      const inner = part.map((each) => each.replace(QUOTED, '')).join('\n');
      blocks.push({ kind: 'quote', children: [paragraph(inner)] });
    } else blocks.push(paragraph(part.join('\n')));
    at = end;
  }
  return blocks;
}

function paragraph(text: string): TextBlock {
  return { kind: 'paragraph', children: scanInline(text, RULES) };
}

/** In code, a link shows its label or address; everything else stays as it was typed. */
function preText(body: string): string {
  const plain = body.replace(/^\n/, '').replace(/\n$/, '');
  return decode(plain.replace(/<(https?:\/\/[^<>|\n]+)(?:\|([^<>\n]*))?>/g, (_, url, label) => label || url));
}

function withoutOuterBreaks(text: string, first: boolean, last: boolean): string {
  return text.replace(first ? /^(?!)/ : /^\n/, '').replace(last ? /(?!)$/ : /\n$/, '');
}

/** Slack's mrkdwn, as it stands in messages and text objects. */
export function parseMrkdwn(source: string): TextBlock[] {
  const parts = source.split(/```([\s\S]+?)```/);
  return parts.flatMap((part, index): TextBlock[] => {
    if (index % 2 === 1) return [{ kind: 'pre', text: preText(part) }];
    const text = withoutOuterBreaks(part, index === 0, index === parts.length - 1);
    return text === '' ? [] : linesToBlocks(text);
  });
}

/** A `plain_text` object: only emoji shortcodes mean something. */
export function parsePlain(source: string, withEmoji = true): Inline[] {
  return withEmoji ? scanPlain(source) : textNodes(source);
}

function scanPlain(source: string): Inline[] {
  const nodes: Inline[] = [];
  let from = 0;
  for (let at = source.indexOf(':'); at >= 0; at = source.indexOf(':', at)) {
    const hit = emoji(source, at);
    if (hit) nodes.push(...textNodes(source.slice(from, at)), hit.node);
    if (hit) from = hit.end;
    at = hit ? hit.end : at + 1;
  }
  return [...nodes, ...textNodes(source.slice(from))];
}
