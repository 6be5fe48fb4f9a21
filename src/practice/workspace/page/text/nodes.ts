/** What a text says, once parsed: every string in it is shown as a text node, never as HTML. */
export type Inline =
  | { kind: 'text'; text: string }
  | { kind: 'break' }
  | { kind: 'bold' | 'italic' | 'strike'; children: Inline[] }
  | { kind: 'code'; text: string }
  | { kind: 'link'; url: string; children: Inline[] }
  | { kind: 'user' | 'channel' | 'group'; id: string; label?: string }
  | { kind: 'broadcast'; range: string }
  | { kind: 'emoji'; name: string; unicode: string }
  | { kind: 'date'; unix: number; format: string; fallback: string; url?: string }
  | { kind: 'color'; value: string };

export type Align = 'left' | 'center' | 'right';

export type TextBlock =
  | { kind: 'paragraph'; children: Inline[] }
  | { kind: 'heading'; level: number; children: Inline[] }
  | { kind: 'pre'; text: string }
  | { kind: 'quote'; children: TextBlock[] }
  | { kind: 'list'; ordered: boolean; indent: number; start: number; items: Inline[][] }
  | { kind: 'table'; rows: Inline[][][]; align: Align[] }
  | { kind: 'rule' };

/** Only what a browser may open safely: http and https. */
export function safeUrl(url: string): string | null {
  if (!/^https?:\/\//i.test(url)) return null;
  return URL.canParse(url) ? url : null;
}

const ENTITIES: Record<string, string> = { '&amp;': '&', '&lt;': '<', '&gt;': '>' };

/** Undoes Slack's escaping, which knows these three only. */
export function decode(text: string): string {
  return text.replace(/&(?:amp|lt|gt);/g, (entity) => ENTITIES[entity] ?? entity);
}

/** Lines of plain text, with breaks between them. */
export function textNodes(text: string): Inline[] {
  return text
    .split('\n')
    .flatMap((line, index): Inline[] => [
      ...(index > 0 ? [{ kind: 'break' } as const] : []),
      ...(line === '' ? [] : [{ kind: 'text', text: line } as const]),
    ]);
}
