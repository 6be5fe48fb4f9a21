import { type KeyMeaning, meaningOf } from './keys.ts';
import { isPath, isPlaceholder, isProperty, isState, isWords, looksRandom } from './plausible.ts';
import type { SecretRule } from './rule.ts';
import { lineEnd, type Span } from './spans.ts';
import { type Value, valueAt } from './values.ts';

const LONGEST_KEY = 80;
const KEYWORDS = [
  'pass',
  'pwd',
  'pin',
  'otp',
  'secret',
  'token',
  'key',
  'cred',
  'masterauth',
  'cookie',
  'connectionstring',
];
const IN_KEY = /[\w.$-]/;
const REST_OF_KEY = /[\w.-]{0,80}/y;
/** Between a key and its value: a quote, an operator, and what a language says of the type. */
const ASSIGNED =
  /(?:\\{0,7}["'`])?\]?[ \t]{0,40}(?:(?:is|string|str|text)[ \t]{0,4})?(=>|\?=|[+.]=|:{1,3}=|=(?!=)|:(?!:))[ \t]{0,40}(?:![\w.!-]{1,40}[ \t]+|\[[ \t]*(?=["'\w])|[bur](?=["']))?/y;
const OPTION = /(?:\\{0,3}["'])?(?:,[ \t]*|[ \t]+)(?!-)/y;
const NAME_AND_VALUE = /\\{0,3}["']?\s{0,40},?\s{0,40}\\{0,3}["']?\bvalue\\{0,3}["']?\s{0,9}[:=]\s{0,9}/iy;
const NEXT_ARGUMENT = /["'],[ \t]{0,9}(?=["'])/y;
const COLUMN = /(?:[ \t]{2,40}|\t)(?=\S)/y;
const NAME_OF_SETTING = /^[A-Za-z]+_\w+$|password$/i;
const DRAWN_NEXT = /^ (?=\w*\d)(?=\w*[A-Za-z])\w{8,}(?!\S*[(=])/;
const QUOTED_NEXT = /[ \t](?=")/y;
const BLOCK = /[|>][+-]?\d?[ \t]*\n([ \t]+)/y;
const LIST = /[ \t]*\n([ \t]*)- /y;
const ELEMENT = />\s{0,40}([^<>\s](?:[^<>\n]{0,400}[^<>\s])?)\s{0,40}</y;
/** After a value that is no secret: it is called, looked up, counted. */
const CODE = /[([]/;

/** `password=…`, `"token": "…"`, `--password …`, `<secret>…</secret>`: what stands under a key that means a secret. */
export const keyValueRule: SecretRule = {
  keywords: KEYWORDS,
  find(text, start) {
    const first = startOfKey(text, start);
    const last = endOf(REST_OF_KEY, text, start) ?? start;
    if (text.charAt(first - 1) === '/') return { start: last, end: last };
    const meaning = meaningOf(text.slice(first, last).replace(/[.:]$/, ''));
    const value =
      meaning === 'harmless'
        ? undefined
        : (assigned(text, first, last, meaning) ?? found(text, first, last, meaning));
    return value ?? { start: last, end: last };
  },
};

/** Whether a value is secret because of the name of its field. */
export function isSecretField(key: string, value: string): boolean {
  const meaning = meaningOf(key);
  return (
    meaning !== 'harmless' &&
    isSecretValue(meaning, { start: 0, end: value.length, text: value, quoted: true })
  );
}

function startOfKey(text: string, at: number): number {
  const least = Math.max(0, at - LONGEST_KEY);
  let first = at;
  while (first > least && IN_KEY.test(text.charAt(first - 1))) first -= 1;
  return first;
}

function endOf(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}

function assigned(text: string, first: number, last: number, meaning: KeyMeaning): Span | Span[] | undefined {
  ASSIGNED.lastIndex = last;
  const between = ASSIGNED.exec(text);
  if (between === null) return undefined;
  const at = ASSIGNED.lastIndex;
  const several = inBlock(text, at) ?? inList(text, at);
  if (several) return several;
  const value = valueAt(text, at);
  if (value === undefined || !isSecretValue(meaning, value)) return undefined;
  if (between[0] === ':' && text.charAt(first - 1) === ':') return undefined;
  const spaced = between[1] === ':' || /\s$/.test(between[0]);
  if (!value.quoted && isProse(text, first, value, spaced && between[1] === ':')) return undefined;
  return value;
}

/** Where no operator stands between a key and its value. */
function found(text: string, first: number, last: number, meaning: KeyMeaning): Span | undefined {
  const element = text.charAt(first - 1) === '<' ? ELEMENT : undefined;
  if (element) {
    element.lastIndex = last;
    const inner = element.exec(text)?.[1];
    const start = text.indexOf(inner ?? '', last);
    return inner && !isPlaceholder(inner.trim()) ? { start, end: start + inner.length } : undefined;
  }
  const isOption = /^--?[a-z]/i.test(text.slice(first, first + 3));
  const named = endOf(NAME_AND_VALUE, text, last);
  const at = named ?? (isOption ? endOf(OPTION, text, last) : undefined) ?? besides(text, first, last);
  const value = at === undefined ? undefined : valueAt(text, at);
  if (value === undefined || !isSecretValue(meaning, value)) return undefined;
  const isClear = named !== undefined || (isOption && meaning === 'password') || looksRandom(value.text);
  return isClear && !isProse(text, first, value, false) ? value : undefined;
}

/** In a column of its own, as the next argument, or as shells and Clojure write it. */
function besides(text: string, first: number, last: number): number | undefined {
  if (NAME_OF_SETTING.test(text.slice(first, last)) && DRAWN_NEXT.test(text.slice(last, last + 40)))
    return last + 1;
  return (
    endOf(COLUMN, text, last) ??
    endOf(NEXT_ARGUMENT, text, last) ??
    (text.charAt(first - 1) === ':' ? endOf(QUOTED_NEXT, text, last) : undefined)
  );
}

function inBlock(text: string, at: number): Span | undefined {
  BLOCK.lastIndex = at;
  const indent = BLOCK.exec(text)?.[1];
  if (indent === undefined) return undefined;
  const start = BLOCK.lastIndex;
  let end = start;
  do end = lineEnd(text, end + 1);
  while (text.startsWith(indent, end + 1) && end < text.length);
  return { start, end };
}

function inList(text: string, at: number): Span[] | undefined {
  LIST.lastIndex = at;
  const indent = LIST.exec(text)?.[1];
  if (indent === undefined) return undefined;
  const spans: Span[] = [];
  for (let start = LIST.lastIndex; ; ) {
    const value = valueAt(text, start);
    if (value && looksRandom(value.text)) spans.push(value);
    const end = lineEnd(text, start);
    if (!text.startsWith(`\n${indent}- `, end)) return [...spans, { start: end, end }];
    start = end + indent.length + 3;
  }
}

function isSecretValue(meaning: KeyMeaning, { text, quoted }: Value): boolean {
  if (isPlaceholder(text) || isPath(text)) return false;
  if (meaning === 'code') return /^\d{4,8}$/.test(text);
  if (meaning === 'password') return quoted ? !isState(text) || looksRandom(text) : !isState(text);
  if (meaning === 'perhaps' && !looksRandom(text)) return false;
  if (meaning === 'some-key' && !/^(?=.*\d)[\w+/=-]{20,}$/.test(text)) return false;
  if (isState(text) || isUrl(text) || isProperty(text) || /\s/.test(text)) return false;
  return looksRandom(text) || (quoted && text.length >= 8 && !isWords(text)) || /^\d{7,}$/.test(text);
}

function isUrl(text: string): boolean {
  return /^https?:\/\/[^@]*$/.test(text);
}

/** Whether a bare value is a word of a sentence or of a program. */
function isProse(
  text: string,
  first: number,
  { start, end, text: value }: Value,
  afterColon: boolean,
): boolean {
  if (CODE.test(value.slice(-1)) || CODE.test(text.charAt(end)) || /^[\w.]+[([]/.test(value)) return true;
  const rest = text.slice(end, end + 40);
  if (/^\d+$/.test(value)) return isCount(text, first, start, rest);
  return afterColon && isWords(value) && /^ [a-z]/.test(rest);
}

function isCount(text: string, first: number, start: number, rest: string): boolean {
  return (
    /^ ?(?:bytes|rotated|days|[a-z]+)\b/i.test(rest) ||
    /^pass(?:es)?[:=]/i.test(text.slice(first, start).replace(/\s/g, ''))
  );
}
