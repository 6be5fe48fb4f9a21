import { describe, expect, it } from '@jest/globals';
import { altText } from '../../src/snapshots/alt.ts';
import { linesOf } from '../../src/snapshots/lines.ts';
import { pack } from '../../src/snapshots/pack.ts';
import type { ChartSpec } from '../../src/snapshots/painter.ts';
import type { Drawing } from '../../src/steps/step-kind.ts';
import { FROM, series, spec, TO } from './spec.ts';

async function alt(change: Partial<ChartSpec> = {}): Promise<string> {
  const sheet = await pack(spec(change));
  return altText(sheet, linesOf(sheet));
}

describe('altText', () => {
  it('says latest, lowest, highest and since when it fails', async () => {
    expect(await alt()).toBe(
      'Jobs waiting, last hour to 20 Nov 03:02 UTC: 1,924 jobs now, lowest 12 at 02:14, highest 1,924 at 03:02; ' +
        'failing over 1,000 jobs since 02:51 UTC',
    );
  });

  it('says that a limit is not passed', async () => {
    expect(await alt({ series: [series('a', () => 40)] })).toMatch(
      /40 jobs now.*; not failing over 1,000 jobs$/,
    );
  });

  it('says that it fails all the time', async () => {
    expect(await alt({ series: [series('a', () => 4_000)] })).toMatch(
      /; failing over 1,000 jobs all the time$/,
    );
  });

  it('takes a warning limit above the failing one for a lower bound', async () => {
    const words = await alt({ thresholds: { warning: 10, failing: 5 }, series: [series('a', () => 3)] });
    expect(words).toContain('failing under 5 jobs all the time');
  });

  it('does not call an old value "now"', async () => {
    const stopped = series('a', (minute) => (minute > 40 ? Number.NaN : 7));
    expect(await alt({ series: [stopped] })).toContain('7 jobs at 02:42, nothing since');
  });

  it('names the moments that are marked, in their order', async () => {
    const marks = [
      { at: TO - 60_000, label: 'Purge the queue' },
      { at: FROM + 60_000, label: 'Restart' },
      { at: TO + 1, label: 'Later' },
    ];
    expect(await alt({ marks })).toMatch(/; Restart at 02:03; Purge the queue at 03:01$/);
  });

  it('says "no data" for no series, and for series of gaps alone', async () => {
    const nothing = 'Jobs waiting, last hour to 20 Nov 03:02 UTC: no data; failing over 1,000 jobs';
    expect(await alt({ series: [] })).toBe(nothing);
    expect(await alt({ series: [series('a', () => Number.NaN)] })).toBe(nothing);
  });

  it('says which of several fail, and how many series there were', async () => {
    const many = Array.from({ length: 200 }, (_, index) => series(`queue-${index}`, () => index * 6));
    const words = await alt({ series: many });
    expect(words).toContain('12 of 200 series, the highest');
    expect(words).toContain('failing over 1,000 jobs: queue-199 all the time');
    expect(words).toContain('and 8 more');
  });

  it('says of figures what it says of lines', async () => {
    expect(await alt({ drawing: { as: 'figures' } })).toBe(await alt());
  });

  it('says of a gauge the scale, and how each value stands on it', async () => {
    const drawing = { as: 'gauge' as const, min: 0, max: 2_000 };
    expect(await alt({ drawing })).toBe(
      'Jobs waiting, 20 Nov 03:02 UTC, on a scale from 0 jobs to 2,000 jobs: 1,924 jobs now; ' +
        'failing over 1,000 jobs since 02:51 UTC',
    );
    const two = [series('celery', () => 40), series('mail', () => 1_200)];
    expect(await alt({ drawing, series: two })).toMatch(
      /2 series; failing over 1,000 jobs: mail all the time; mail: 1,200 jobs now; celery: 40 jobs now$/,
    );
  });

  it('says of a table its columns and rows, and how many there are more', async () => {
    const rows = Array.from({ length: 48 }, (_, index) => [`job ${index}`, 1_000 * index, index > 0, null]);
    const drawing = { as: 'table' as const, columns: ['name', 'rows', 'late', 'user'], rows };
    expect(await alt({ drawing })).toMatch(
      /^Jobs waiting, 20 Nov 03:02 UTC, 48 rows of name, rows, late, user; job 0, 0, no, –; job 1, 1,000, yes, –; .*; and 28 more$/,
    );
  });

  it.each<Drawing>([
    { as: 'figures' },
    { as: 'gauge', min: 0, max: 1 },
    { as: 'table', columns: ['a'], rows: [] },
  ])('says "no data" of $as without any', async (drawing) => {
    expect(await alt({ drawing, series: [] })).toMatch(/03:02 UTC: no data; failing over 1,000 jobs$/);
  });

  it.each<Drawing>([
    { as: 'figures' },
    { as: 'gauge', min: 0, max: 1 },
    {
      as: 'table',
      columns: Array(500).fill('c'.repeat(500)),
      rows: Array(500).fill(Array(500).fill('x'.repeat(500))),
    },
  ])('stays within 1,000 characters over $as', async (drawing) => {
    const many = Array.from({ length: 300 }, (_, index) => series('n'.repeat(300) + index, () => index));
    const words = await alt({ title: 't'.repeat(5_000), drawing, series: many });
    expect(words.length).toBeLessThanOrEqual(1_000);
    expect(words).toMatch(/; and [\d,]+ more$/);
  });

  it('stays within 1,000 characters, and says what it left out', async () => {
    const many = Array.from({ length: 12 }, (_, index) => series('n'.repeat(300) + index, () => index));
    const words = await alt({ title: 't'.repeat(5_000), series: many });
    expect(words.length).toBeLessThanOrEqual(1_000);
    expect(words).toMatch(/; and \d+ more$/);
  });
});
