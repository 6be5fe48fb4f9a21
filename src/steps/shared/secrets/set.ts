import { formsOf } from './forms.ts';
import { HIDDEN, masked, type Span } from './spans.ts';
import { folded, searchFolded } from './visible.ts';

/** How many characters of a form are looked at before the form itself is. */
const START = 3;
const HASHES = 2 ** 15;
const SHORTEST_REST = 4;
const LONGEST_REST = 200;
/** Shorter than that, it has to stand there as it is: in another case, or broken, it would be found by chance. */
const SHORTEST_FOLDED = 6;

/** Secrets, and a search for them in all their forms that takes the same time for one and for hundreds. */
export interface SecretSet {
  add(secrets: Iterable<string>): void;
  /**
   * The text with `***` in the place of each secret: in any case, broken by line ends, escape codes or characters of no
   * width, and cut off where an ellipsis stands.
   */
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
  let indexes: { exact: Index; alike: Index } | undefined;
  const add = (more: Iterable<string>) => {
    for (const secret of more) {
      if (known.has(secret)) continue;
      known.set(secret, formsOf(secret));
      if (known.size > most) known.delete(known.keys().next().value as string);
      indexes = undefined;
    }
  };
  add(secrets);
  return {
    add,
    hide(text) {
      if (known.size === 0 || text.length < START) return text;
      indexes ??= indexesOf([...known.values()].flat());
      const { exact, alike } = indexes;
      const spans = [...spansOf(text, exact), ...searchFolded(text, (seen) => spansOf(seen, alike))];
      return withoutRests(masked(text, spans), exact);
    },
  };
}

function indexesOf(forms: readonly string[]) {
  const alike = forms.map(folded).filter(({ length }) => length >= SHORTEST_FOLDED);
  return { exact: indexOf(forms), alike: indexOf(alike) };
}

function indexOf(forms: readonly string[]): Index {
  const byStart = new Map<string, string[]>();
  const mayStart = new Uint8Array(HASHES);
  for (const form of [...new Set(forms)].sort((a, b) => b.length - a.length)) {
    const start = form.slice(0, START);
    byStart.set(start, [...(byStart.get(start) ?? []), form]);
    mayStart[hashAt(form, 0)] = 1;
  }
  return { byStart, mayStart };
}

/** A hash of the last three characters: what came before them is shifted out. */
function hashWith(hash: number, code: number): number {
  return ((hash << 5) ^ code) & (HASHES - 1);
}

function hashAt(text: string, at: number): number {
  return hashWith(
    hashWith(hashWith(0, text.charCodeAt(at)), text.charCodeAt(at + 1)),
    text.charCodeAt(at + 2),
  );
}

function spansOf(text: string, { byStart, mayStart }: Index): Span[] {
  const spans: Span[] = [];
  let hash = 0;
  let done = 0;
  for (let end = 0; end < text.length; ) {
    hash = hashWith(hash, text.charCodeAt(end));
    end += 1;
    const start = end - START;
    if (mayStart[hash] === 0 || start < done) continue;
    const form = byStart.get(text.slice(start, end))?.find((one) => text.startsWith(one, start));
    if (form === undefined) continue;
    done = start + form.length;
    spans.push({ start, end: done });
  }
  return spans;
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
