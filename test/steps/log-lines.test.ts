import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { evidenceOf, matchLines, shownLine } from '../../src/steps/shared/logs/lines.ts';
import { matcherFor } from '../../src/steps/shared/logs/pattern.ts';

const never = new AbortController().signal;
const JWT = `eyJ${'a'.repeat(40)}.eyJ${'b'.repeat(400)}.${'c'.repeat(40)}`;

function found(texts: Record<string, string>, match?: string) {
  const all = Object.entries(texts).map(([from, text]) => ({ from, text }));
  return matchLines(all, match === undefined ? undefined : matcherFor(match, {}), never);
}

function textOf(evidence: readonly { label: string; text: string }[], label: string): string | undefined {
  return evidence.find((one) => one.label.startsWith(label))?.text;
}

describe('lines', () => {
  it('are counted that match, of all that are not empty, and grouped by shape', async () => {
    const text = 'job 1 failed\n\n  \njob 2 failed\nup\njob 33 done\njob 4 failed';
    const lines = await found({ app: text }, 'job');
    expect([lines.read, lines.matching]).toEqual([5, 4]);
    expect(lines.groups.map((group) => [group.lines, group.first])).toEqual([
      [3, 'job 1 failed'],
      [1, 'job 33 done'],
    ]);
  });

  it('are all counted without a pattern, also those that end a piece of a long text', async () => {
    const lines = Array.from({ length: 30_000 }, (_, n) => `line ${n}`);
    const { read, matching, bySource } = await found({ app: lines.join('\n') });
    expect([read, matching]).toEqual([30_000, 30_000]);
    expect(bySource[0]?.newest).toEqual(lines.slice(-10));
    expect((await found({ app: lines.join('\n') }, '/^line \\d+$/')).matching).toBe(30_000);
  });

  it('of a megabyte leave others their turn', async () => {
    const line = '2026-11-21T10:39:04Z ERROR job 17 of 10.0.0.1 failed: "timeout" after 12ms';
    const text = `${line}\n`.repeat(14_000);
    let turns = 0;
    let over = false;
    const work = found({ app: text }, '/error/i').finally(() => {
      over = true;
    });
    for (; !over; turns += 1) await turn();
    expect((await work).matching).toBe(14_000);
    expect(turns).toBeGreaterThan(10);
  });

  it('are read no further once the caller has given up', async () => {
    const caller = new AbortController();
    const work = matchLines([{ from: 'app', text: 'line\n'.repeat(100_000) }], undefined, caller.signal);
    caller.abort(new Error('enough'));
    await expect(work).rejects.toThrow('enough');
  });
});

describe('the evidence of lines', () => {
  it('says how many each source wrote, the shapes, and the newest', async () => {
    const a = Array.from({ length: 12 }, (_, n) => `job ${n} failed`).join('\n');
    const evidence = evidenceOf(
      await found({ 'denis-a': a, 'denis-b': 'job 99 failed', 'denis-c': 'up' }, 'failed'),
    );
    expect(textOf(evidence, 'Lines by source')).toBe('12  denis-a\n 1  denis-b');
    expect(textOf(evidence, 'Lines by shape')).toBe('13  job 0 failed');
    expect(textOf(evidence, 'Newest lines')?.split('\n')).toEqual([
      ...[7, 8, 9, 10, 11].map((n) => `denis-a: job ${n} failed`),
      'denis-b: job 99 failed',
    ]);
  });

  it('is empty when nothing matches', async () => {
    expect(evidenceOf(await found({ a: 'up', b: '' }, 'failed'))).toEqual([]);
  });

  it('shows no secret, not even the part of one that a line is cut in', async () => {
    expect(shownLine(`${'x'.repeat(280)} ${JWT}`)).toBe(`${'x'.repeat(280)} ***`);
    expect(shownLine(`${JWT} `.repeat(20))).toBe(Array(8).fill('***').join(' '));
    const key = '-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nIBAAKC\n-----END RSA PRIVATE KEY-----';
    const lines = await found({ app: `before\n${key}\npostgres://me:hidden@db/x\nBearer abcdefgh12345678` });
    const shown = JSON.stringify(evidenceOf(lines));
    for (const secret of ['MIIEow', 'IBAAKC', 'hidden', 'abcdefgh12345678'])
      expect(shown).not.toContain(secret);
    expect(lines.groups.map(({ first }) => first)).toContain('before');
  });

  it('stays small, however many and however long the lines are', async () => {
    const lines = Array.from({ length: 400 }, (_, n) => `${'word'.repeat(n)} ${'y'.repeat(2_000)}`);
    const evidence = evidenceOf(await found({ app: lines.join('\n') }));
    expect(JSON.stringify(evidence).length).toBeLessThan(15_000);
    expect(textOf(evidence, 'Lines by shape')).toMatch(/\(and 385 more shapes\)$/);
  });
});
