import type { Span } from './spans.ts';

type Search = (seen: string) => Span[];

/** What an escape character begins: a colour, a cursor movement, a title. Also as JSON and shells write it. */
const SEQUENCE = new RegExp(
  [
    String.raw`(?:\x1b|\\u001[bB]|\\x1[bB]|\\033|\\e(?=\[))(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]{0,300}(?:\x07|\x1b\\)|[@-Z\\^_=>])`,
    String.raw`\x9b[0-?]*[ -/]*[@-~]`,
    String.raw`\\u(?:00ad|200[b-fB-F]|2060|[fF][eE][fF][fF])`,
  ].join('|'),
  'y',
);
const BREAK = /\\?(?:\r\n|\r|\n)[ \t]*|(?:\\r)?\\n/y;
/** Control characters, soft hyphens, joiners, marks of direction. */
const NO_WIDTH = String.raw`\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u206a-\u206f\ufe00-\ufe0f\ufeff`;
const MAY_BE_UNSEEN = new RegExp(`[${NO_WIDTH}]|\\\\(?:[uxe]|033)`);

const IS_UNSEEN = new RegExp(`[${NO_WIDTH}]`);

const SEEN = 0;
const UNSEEN = 1;
const MAY_BEGIN_SEQUENCE = 2;
const MAY_BREAK = 3;
const BACKSLASH = 4;
/** By the code of a character. */
const CLASSES = Uint8Array.from({ length: 0x10000 }, (_, code) => classOf(String.fromCharCode(code)));
const LOWER = Uint16Array.from({ length: 0x10000 }, (_, code) =>
  String.fromCharCode(code).toLowerCase().charCodeAt(0),
);

function classOf(character: string): number {
  if (character === '\x1b' || character === '\x9b') return MAY_BEGIN_SEQUENCE;
  if (character === '\r' || character === '\n') return MAY_BREAK;
  if (character === '\\') return BACKSLASH;
  return IS_UNSEEN.test(character) ? UNSEEN : SEEN;
}

/** Where a search finds something in a text as people read it. */
export function searchVisible(text: string, search: Search): Span[] {
  return MAY_BE_UNSEEN.test(text) ? searchWithout(text, false, search) : search(text);
}

/** Where a search finds something in a text of one line and lower case, without what nobody sees. */
export function searchFolded(text: string, search: Search): Span[] {
  return searchWithout(text, true, search);
}

export function folded(text: string): string {
  return read(text, true, new Uint16Array(text.length), new Uint32Array(text.length));
}

/** Kept between searches, since to make them anew costs more than all the rest. */
let codes = new Uint16Array(0);
let places = new Uint32Array(0);

function searchWithout(text: string, fold: boolean, search: Search): Span[] {
  if (codes.length < text.length) {
    codes = new Uint16Array(text.length);
    places = new Uint32Array(text.length);
  }
  return search(read(text, fold, codes, places)).map(({ start, end }) => ({
    start: places[start] as number,
    end: (places[end - 1] as number) + 1,
  }));
}

/** What is seen of a text; the places are those of its characters in the text. */
function read(text: string, fold: boolean, codes: Uint16Array, places: Uint32Array): string {
  let length = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    const which = CLASSES[code] as number;
    if (which !== SEEN) {
      const end = unseenUntil(text, at, which, fold);
      if (end > at) {
        at = end - 1;
        continue;
      }
    }
    codes[length] = fold ? (LOWER[code] as number) : code;
    places[length] = at;
    length += 1;
  }
  return Buffer.from(codes.buffer, 0, length * 2).toString('utf16le');
}

/** Where what nobody sees ends, if it begins there. */
function unseenUntil(text: string, at: number, which: number, fold: boolean): number {
  if (which === UNSEEN) return at + 1;
  if (which === MAY_BREAK && !fold) return at;
  const end = which === MAY_BREAK ? at : endOf(SEQUENCE, text, at);
  if (end > at) return end;
  if (which === MAY_BEGIN_SEQUENCE) return at + 1;
  return fold ? endOf(BREAK, text, at) : at;
}

function endOf(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}
