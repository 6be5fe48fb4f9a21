/** A part of a text, from its first character to the one after its last. */
export interface Span {
  start: number;
  end: number;
}

export const HIDDEN = '***';

/** The text with `***` in the place of each span; spans that touch are one. */
export function masked(text: string, spans: Span[]): string {
  if (spans.length === 0) return text;
  let shown = '';
  let from = 0;
  for (const { start, end } of spans.sort((a, b) => a.start - b.start)) {
    if (end <= from) continue;
    if (start > from || from === 0) shown += `${text.slice(from, start)}${HIDDEN}`;
    from = end;
  }
  return shown + text.slice(from);
}

export function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}
