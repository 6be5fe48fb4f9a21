/** A value as it stands after its key. */
export interface Value {
  /** The place of its first and after its last character, without quotes. */
  start: number;
  end: number;
  text: string;
  quoted: boolean;
}

const MOST = 4_096;
const OPENING = /(\\{0,7})(["'`])/y;
/** To what ends it: white space, or a mark that is followed by white space, the end or the next key. */
const BARE =
  /(?:[^\s"'`,;&)}\]<>|\\]|[,;&)}\]](?![\s"'`,;&)}\]]|$|[\w.%-]{1,60}\s?[=:])|\\(?![nrt"'`]|$)|['"`|](?=[^\s,;:)}\]=]))+/y;

/** Reads the value that begins there, quoted or not; nothing when there is none. */
export function valueAt(text: string, at: number): Value | undefined {
  OPENING.lastIndex = at;
  const opening = OPENING.exec(text);
  if (opening) return quotedAt(text, at + opening[0].length, opening[1] as string, opening[2] as string);
  const near = text.slice(at, at + MOST);
  BARE.lastIndex = 0;
  const bare = BARE.exec(near)?.[0];
  return bare === undefined ? undefined : { start: at, end: at + bare.length, text: bare, quoted: false };
}

/** A quote that is escaped once more is part of the value, and so is a doubled single one. */
function quotedAt(text: string, start: number, escapes: string, quote: string): Value | undefined {
  const most = Math.min(text.length, start + MOST);
  let end = start;
  for (; end < most; end += 1) {
    const character = text.charCodeAt(end);
    if (character === 10) break;
    if (character === 92) {
      const slashes = slashesAt(text, end);
      if (slashes === escapes.length && text.charAt(end + slashes) === quote) break;
      end += slashes - 1 + (slashes > escapes.length ? 1 : 0);
    } else if (escapes === '' && text.charAt(end) === quote) {
      if (quote !== "'" || text.charAt(end + 1) !== quote) break;
      end += 1;
    }
  }
  end = Math.min(end, most);
  return end === start ? undefined : { start, end, text: text.slice(start, end), quoted: true };
}

function slashesAt(text: string, at: number): number {
  let end = at;
  while (text.charCodeAt(end) === 92) end += 1;
  return end - at;
}
