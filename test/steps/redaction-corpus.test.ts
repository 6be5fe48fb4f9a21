import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { redact } from '../../src/steps/shared/secrets/redaction.ts';
import { innocentSamples, type Sample, secretSamples } from './redaction-corpus/corpus.ts';

const SHORTEST_PIECE = 8;
/** Ours hides what stands under a key that means a secret, which gitleaks leaves to other rules. */
const UNDER_A_KEY = /(?:token|key|passw|secret)\w*["']?\s*(?::?=|:|=>|value=)\s*\S/i;

interface Vectors {
  id: string;
  vectors: { text: string; secrets: string[] }[];
  innocent: string[];
}

const vectors: Vectors[] = JSON.parse(
  gunzipSync(readFileSync(new URL('redaction-corpus/gitleaks/vectors.json.gz', import.meta.url))).toString(),
);

describe('the corpus', () => {
  it('has 300 secrets of 40 kinds and 300 innocent lines, half of each unseen', () => {
    const samples = secretSamples();
    expect(samples.flatMap(({ secrets }) => secrets).length).toBeGreaterThanOrEqual(300);
    expect(new Set(samples.map(({ kind }) => kind)).size).toBeGreaterThanOrEqual(40);
    expect(innocentSamples().length).toBeGreaterThanOrEqual(300);
    const unseen = secretSamples('unseen').length / samples.length;
    expect(unseen).toBeGreaterThan(0.45);
    expect(secretSamples('written-on').length + secretSamples('unseen').length).toBe(samples.length);
  });
});

describe.each(['unseen', 'written-on'] as const)('of the %s half', (half) => {
  it('at least 99 % of the secrets are hidden whole', () => {
    const samples = secretSamples(half);
    const all = samples.flatMap(({ secrets }) => secrets).length;
    const missed = samples.flatMap(leaks);
    print(`${half} half: ${missed.length} of ${all} secrets missed`, missed);
    expect(1 - missed.length / all).toBeGreaterThanOrEqual(0.99);
  });

  it('at most 1 % of the innocent lines are changed', () => {
    const lines = innocentSamples(half).map(({ text }) => text);
    const changed = lines.filter((text) => redact(text) !== text);
    print(`${half} half: ${changed.length} of ${lines.length} innocent lines changed`, changed);
    expect(changed.length / lines.length).toBeLessThanOrEqual(0.01);
  });

  it('what stands beside a secret stays', () => {
    const samples = secretSamples(half);
    const kept = samples.filter((sample) => redact(sample.text) === expectedOf(sample));
    expect(kept.length / samples.length).toBeGreaterThanOrEqual(0.9);
  });
});

describe('of the test vectors of gitleaks', () => {
  it('at least 99 % of the secrets are hidden', () => {
    const all = vectors
      .flatMap((rule) => rule.vectors)
      .flatMap(({ text, secrets }) => secrets.map((secret) => ({ text, secret })));
    const missed = all.filter(({ text, secret }) => redact(text).includes(secret));
    print(`gitleaks: ${missed.length} of ${all.length} secrets missed`, missed);
    expect(all.length).toBeGreaterThan(6_000);
    expect(1 - missed.length / all.length).toBeGreaterThanOrEqual(0.99);
  });

  it('at most 1 % of the innocent texts are changed, but for values under a key that means a secret', () => {
    const all = vectors.flatMap(({ innocent }) => innocent);
    const changed = all.filter((text) => redact(text) !== text);
    const byShape = changed.filter((text) => !UNDER_A_KEY.test(text));
    print(
      `gitleaks: ${changed.length} of ${all.length} innocent texts changed, ${byShape.length} without a key`,
      changed,
    );
    expect(byShape.length / all.length).toBeLessThanOrEqual(0.01);
    expect(changed.length / all.length).toBeLessThanOrEqual(0.1);
  });
});

/** Secrets of which a piece is still to be read. */
function leaks(sample: Sample): string[] {
  const shown = redact(sample.text);
  const expected = expectedOf(sample);
  return sample.secrets.filter((secret) =>
    piecesOf(secret).some((piece) => shown.includes(piece) && !expected.includes(piece)),
  );
}

function piecesOf(secret: string): string[] {
  const last = Math.max(0, secret.length - SHORTEST_PIECE);
  return Array.from({ length: last + 1 }, (_, at) => secret.slice(at, at + SHORTEST_PIECE));
}

function expectedOf({ text, secrets }: Sample): string {
  return secrets.reduce((shown, secret) => shown.replace(secret, () => '***'), text);
}

function print(figure: string, examples: readonly unknown[]): void {
  process.stdout.write(
    `${figure}\n${examples
      .slice(0, 20)
      .map((one) => `  ${JSON.stringify(one)}\n`)
      .join('')}`,
  );
}
