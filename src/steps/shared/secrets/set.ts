import { formsOf } from './forms.ts';

const HIDDEN = '***';
/** How many characters of a form are looked at before the form itself is. */
const START = 3;
const SHORTEST_REST = 4;
const LONGEST_REST = 200;

/** Secrets, and a search for them in all their forms that takes the same time for one and for hundreds. */
export interface SecretSet {
  add(secrets: Iterable<string>): void;
  /** The text with `***` in the place of each secret, also of one that was cut off where an ellipsis stands. */
  hide(text: string): string;
}

interface Index {
  /** Forms by their first characters, the longest first. */
  byStart: Map<string, string[]>;
  /** Whether any form can begin with characters of this hash. */
  mayStart: Uint8Array;
}

/** At most `most` secrets; the oldest is forgotten first. */
export function createSecretSet(secrets: Iterable<string> = [], most = 1_000): SecretSet {
  const known = new Map<string, string[]>();
  let index: Index | undefined;
  const add = (more: Iterable<string>) => {
    for (const secret of more) {
      if (known.has(secret)) continue;
      known.set(secret, formsOf(secret));
      if (known.size > most) known.delete(known.keys().next().value as string);
      index = undefined;
    }
  };
  add(secrets);
  return {
    add,
    hide(text) {
      if (known.size === 0) return text;
      index ??= indexOf([...known.values()].flat());
      return withoutRests(withoutForms(text, index), index);
    },
  };
}

function indexOf(forms: readonly string[]): Index {
  const byStart = new Map<string, string[]>();
  const mayStart = new Uint8Array(0x10000);
  for (const form of [...new Set(forms)].sort((a, b) => b.length - a.length)) {
    const start = form.slice(0, START);
    byStart.set(start, [...(byStart.get(start) ?? []), form]);
    mayStart[hashAt(form, 0)] = 1;
  }
  return { byStart, mayStart };
}

function hashAt(text: string, at: number): number {
  return (text.charCodeAt(at) ^ (text.charCodeAt(at + 1) << 5) ^ (text.charCodeAt(at + 2) << 10)) & 0xffff;
}

function withoutForms(text: string, { byStart, mayStart }: Index): string {
  let safe = '';
  let from = 0;
  for (let at = 0; at <= text.length - START; at += 1) {
    if (mayStart[hashAt(text, at)] === 0) continue;
    const form = byStart.get(text.slice(at, at + START))?.find((one) => text.startsWith(one, at));
    if (form === undefined) continue;
    safe += `${text.slice(from, at)}${HIDDEN}`;
    from = at + form.length;
    at = from - 1;
  }
  return from === 0 ? text : safe + text.slice(from);
}

/** A text that was shortened may end in the beginning of a secret. */
function withoutRests(text: string, index: Index): string {
  if (!text.includes('…')) return text;
  const parts = text.split('…');
  const last = parts.length - 1;
  return parts.map((part, at) => (at === last ? part : withoutRest(part, index))).join('…');
}

function withoutRest(text: string, { byStart, mayStart }: Index): string {
  for (let at = Math.max(0, text.length - LONGEST_REST); at <= text.length - SHORTEST_REST; at += 1) {
    if (mayStart[hashAt(text, at)] === 0) continue;
    const rest = text.slice(at);
    if (byStart.get(rest.slice(0, START))?.some((form) => form.startsWith(rest)))
      return `${text.slice(0, at)}${HIDDEN}`;
  }
  return text;
}
