import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** A text of the corpus and the secrets in it; an innocent text has none. */
export interface Sample {
  kind: string;
  text: string;
  secrets: string[];
}

type Half = 'written-on' | 'unseen';

const HOLE = /⟦(base64:)?([^⟧]*)⟧/g;
const DRAWN = /\\(.)|\[((?:\\.|[^\]\\])+)\]\{(\d+)\}/g;

export function secretSamples(half?: Half): Sample[] {
  return samplesOf('secrets.txt', half);
}

export function innocentSamples(half?: Half): Sample[] {
  return samplesOf('innocent.txt', half).map((sample) => ({ ...sample, secrets: [] }));
}

function samplesOf(file: string, half?: Half): Sample[] {
  let kind = 'innocent';
  return readFileSync(new URL(file, import.meta.url), 'utf8')
    .split('\n')
    .flatMap((line) => {
      if (line.startsWith('## ')) kind = line.slice(3);
      if (line === '' || line.startsWith('## ') || line.startsWith('#: ')) return [];
      return half === undefined || halfOf(line) === half ? [sampleOf(kind, line)] : [];
    });
}

/** By the hash of a line as it is written, so that no edit of another line moves it. */
function halfOf(line: string): Half {
  return Number.parseInt(hash('sha256', line).slice(0, 2), 16) % 2 === 0 ? 'written-on' : 'unseen';
}

function sampleOf(kind: string, line: string): Sample {
  const random = seeded(line);
  const secrets: string[] = [];
  const text = unfolded(line).replace(HOLE, (_, base64: string | undefined, pattern: string) => {
    const plain = drawn(pattern, random);
    const secret = base64 ? Buffer.from(plain).toString('base64') : plain;
    secrets.push(secret);
    return secret;
  });
  return { kind, text, secrets };
}

function unfolded(line: string): string {
  return line.replaceAll('⏎', '\n').replaceAll('␉', '\t');
}

/** `[A-Z0-9]{4}` becomes four characters; `\.` becomes a dot. */
function drawn(pattern: string, random: () => number): string {
  return pattern.replace(DRAWN, (whole, escaped: string | undefined, set: string, times: string) => {
    if (escaped !== undefined) return escaped === '.' || escaped === '$' ? escaped : whole;
    const characters = charactersOf(set);
    return Array.from(
      { length: Number(times) },
      () => characters[Math.floor(random() * characters.length)],
    ).join('');
  });
}

function charactersOf(set: string): string[] {
  return [...set.replace(/(.)-(.)/g, (_, from: string, to: string) => rangeOf(from, to))];
}

function rangeOf(from: string, to: string): string {
  const [first, last] = [from.charCodeAt(0), to.charCodeAt(0)];
  return String.fromCharCode(...Array.from({ length: last - first + 1 }, (_, index) => first + index));
}

/** The same numbers for the same text (mulberry32). */
function seeded(text: string): () => number {
  let state = Number.parseInt(hash('sha256', text).slice(0, 8), 16);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
