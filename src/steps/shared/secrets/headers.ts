import { isPlaceholder, isState, looksRandom } from './plausible.ts';
import { patternRule, type SecretRule } from './rule.ts';
import type { Span } from './spans.ts';

const AUTHORIZATION =
  /authorization\\{0,3}["']?\s{0,9}[:=]\s{0,9}[[\\"']{0,6}(?:([a-z][\w-]{1,30})[ \t]+)?([^\s"',;\\\]}]+)/iy;
const KNOWN = /^(?:bearer|basic|token|api-?key)$/i;
const REST_OF_LINE = /[^\n\\]{0,2000}/y;
const COOKIE = /cookie\\{0,3}["']?\s{0,9}[:=]\s{0,9}[[\\"']{0,6}([^\n"'\\]{1,4000})/iy;
const PAIR = /([^=;\s]{1,100})=([^;\s]*)/g;
const ATTRIBUTES = /^(?:path|domain|expires|max-age|samesite|version|comment|priority)$/i;
const SESSION = /sess|sid|token|auth|jwt|csrf|xsrf/i;
const SHORTEST_COOKIE = 12;

/** `Authorization: Bearer …`: the scheme stays. Digest and AWS sign with parameters, which go as a whole. */
const authorization: SecretRule = {
  keywords: ['authorization'],
  find(text, start) {
    AUTHORIZATION.lastIndex = start;
    const match = AUTHORIZATION.exec(text);
    if (match === null) return undefined;
    const [, scheme, credentials = ''] = match;
    const at = AUTHORIZATION.lastIndex - credentials.length;
    if (scheme && /^(?:digest|aws4|token)/i.test(scheme) && credentials.includes('=')) {
      REST_OF_LINE.lastIndex = at;
      return { start: at, end: at + (REST_OF_LINE.exec(text)?.[0].length ?? 0) };
    }
    const isSecret =
      (KNOWN.test(scheme ?? '') && /\w{4}/.test(credentials) && !isState(credentials)) ||
      looksRandom(credentials);
    return isSecret && !isPlaceholder(credentials) ? { start: at, end: at + credentials.length } : undefined;
  },
};

/** The values of cookies; what a server says of how long and where they hold stays. */
const cookies: SecretRule = {
  keywords: ['cookie'],
  find(text, start) {
    COOKIE.lastIndex = start;
    const all = COOKIE.exec(text)?.[1];
    if (all === undefined) return undefined;
    const end = COOKIE.lastIndex;
    return [...cookieValues(all, end - all.length), { start: end, end }];
  },
};

function cookieValues(all: string, offset: number): Span[] {
  return [...all.matchAll(PAIR)].flatMap(({ 1: name = '', 2: value = '', index, 0: pair }) => {
    const isSecret = value.length >= SHORTEST_COOKIE || (SESSION.test(name) && value.length >= 6);
    if (!isSecret || ATTRIBUTES.test(name) || isPlaceholder(value)) return [];
    const end = offset + index + pair.length;
    return [{ start: end - value.length, end }];
  });
}

export const headerRules: readonly SecretRule[] = [
  authorization,
  cookies,
  patternRule(['bearer', 'basic'], /(?:bearer|basic)\s{1,9}([\w.~+/=-]{8,})/i, {
    accepts: (value) => /\d|[A-Z].*[a-z]|=$/.test(value.slice(1)) && !/^\w+=$/.test(value),
  }),
  patternRule(['sess', 'sid='], /s(?:ess|id(?==))[\w.]{0,20}=([\w%.:+/=~-]{16,})/i),
];
