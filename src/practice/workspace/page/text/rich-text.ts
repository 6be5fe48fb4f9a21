import type { RichTextBlock, RichTextBlockElement, RichTextElement } from '@slack/types';
import { emojiNamed } from './emoji.ts';
import { type Inline, safeUrl, type TextBlock, textNodes } from './nodes.ts';

type Style = { bold?: boolean; italic?: boolean; strike?: boolean; code?: boolean };

function styled(nodes: Inline[], style: Style | undefined): Inline[] {
  if (style === undefined) return nodes;
  const plain = nodes.map(
    (node): Inline => (style.code && node.kind === 'text' ? { ...node, kind: 'code' } : node),
  );
  return (['strike', 'italic', 'bold'] as const).reduce<Inline[]>(
    (inner, kind) => (style[kind] ? [{ kind, children: inner }] : inner),
    plain,
  );
}

/** A shortcode's character, or the code points that Slack sends for it ("1f44d-1f3fb"). */
function emojiOf(name: string, points: string | undefined): Inline {
  const codes = (points ?? '').split('-').map((point) => Number.parseInt(point, 16));
  const known = codes.every((code) => code > 0 && code <= 0x10ffff);
  const unicode = known ? String.fromCodePoint(...codes) : emojiNamed(name);
  return unicode === undefined ? { kind: 'text', text: `:${name}:` } : { kind: 'emoji', name, unicode };
}

function linkOf(element: { url: string; text?: string }): Inline[] {
  const children = textNodes(element.text ?? element.url);
  const url = safeUrl(element.url);
  return url === null ? children : [{ kind: 'link', url, children }];
}

function elementNodes(element: RichTextElement): Inline[] {
  switch (element.type) {
    case 'text':
      return textNodes(element.text);
    case 'link':
      return linkOf(element);
    case 'user':
      return [{ kind: 'user', id: element.user_id }];
    case 'channel':
      return [{ kind: 'channel', id: element.channel_id }];
    case 'usergroup':
      return [{ kind: 'group', id: element.usergroup_id }];
    case 'broadcast':
      return [{ kind: 'broadcast', range: element.range }];
    case 'emoji':
      return [emojiOf(element.name, element.unicode)];
    case 'color':
      return [{ kind: 'color', value: element.value }];
    case 'date':
      return [dateNode(element)];
    default:
      return textNodes(element.type === 'team' ? element.team_id : '');
  }
}

function dateNode(element: { timestamp: number; format: string; url?: string; fallback?: string }): Inline {
  const url = element.url === undefined ? null : safeUrl(element.url);
  const base = { kind: 'date', unix: element.timestamp, format: element.format } as const;
  return { ...base, fallback: element.fallback ?? '', ...(url === null ? {} : { url }) };
}

function inlineNodes(elements: readonly RichTextElement[]): Inline[] {
  return elements.flatMap((element) => styled(elementNodes(element), element.style));
}

function partBlock(part: RichTextBlockElement): TextBlock {
  switch (part.type) {
    case 'rich_text_list': {
      const items = part.elements.map((item) => inlineNodes(item.elements));
      return { kind: 'list', ordered: part.style === 'ordered', indent: part.indent ?? 0, start: 1, items };
    }
    case 'rich_text_quote':
      return { kind: 'quote', children: [{ kind: 'paragraph', children: inlineNodes(part.elements) }] };
    case 'rich_text_preformatted':
      return {
        kind: 'pre',
        text: part.elements.map((each) => each.text ?? ('url' in each ? each.url : '')).join(''),
      };
    default:
      return { kind: 'paragraph', children: inlineNodes(part.elements) };
  }
}

export function richTextBlocks(block: RichTextBlock): TextBlock[] {
  return block.elements.map(partBlock);
}
