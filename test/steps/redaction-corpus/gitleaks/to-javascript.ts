/** What comes before the name of a service only makes a search slow: where a secret is does not depend on it. */
const ANY_BEGINNING = '[\\w.-]{0,50}?';
/** What may follow a secret in source code. In a log it may be anything that does not belong to it. */
const ENDS = ['(?:[\\x60\'"\\s;]|\\\\[nr]|$)', '(?:[\\x60\'"\\s<),]|$)'];
const END = '(?![\\w(-]|\\.\\w)';

interface Group {
  /** Flags that hold until this group ends: in Go they may begin within it. */
  open: string[];
}

/** A regular expression of Go as one of JavaScript, ready to be matched from the place of its first word. */
export function toJavaScript(source: string): string {
  const plain = ENDS.reduce((text, end) => text.replaceAll(end, END), source.replaceAll(ANY_BEGINNING, ''))
    .replaceAll('[[:alnum:]]', '[A-Za-z0-9]')
    .replaceAll('\\z', '$')
    .replaceAll('(?P<', '(?<');
  return scopedFlags(plain);
}

/** `a(?i)b|c` holds until its group ends, so it becomes `a(?i:b)|(?i:c)`. */
function scopedFlags(source: string): string {
  const groups: Group[] = [{ open: [] }];
  let written = '';
  const current = () => groups.at(-1) as Group;
  const closed = () => ')'.repeat(current().open.length);
  for (const [token] of source.matchAll(
    /\\.|\[(?:\\.|\[:\w+:\]|[^\]\\])+\]|\(\?[a-z-]+\)|\(|\)|\||[^\\[()|]+|./gs,
  )) {
    const flags = /^\(\?([a-z-]+)\)$/.exec(token)?.[1];
    if (flags !== undefined) {
      current().open.push(flags);
      written += `(?${flags}:`;
    } else if (token === '|') {
      written += `${closed()}|${current()
        .open.map((open) => `(?${open}:`)
        .join('')}`;
    } else if (token === ')') {
      written += `${closed()})`;
      groups.pop();
    } else {
      written += token;
      if (token === '(') groups.push({ open: [] });
    }
  }
  return written + closed();
}
