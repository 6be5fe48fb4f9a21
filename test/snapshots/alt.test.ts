import { describe, expect, it } from '@jest/globals';
import { altText } from '../../src/snapshots/alt.ts';
import { linesOf } from '../../src/snapshots/lines.ts';
import { pack } from '../../src/snapshots/pack.ts';
import type { ChartSpec } from '../../src/snapshots/painter.ts';
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

  it('stays within 1,000 characters, and says what it left out', async () => {
    const many = Array.from({ length: 12 }, (_, index) => series('n'.repeat(300) + index, () => index));
    const words = await alt({ title: 't'.repeat(5_000), series: many });
    expect(words.length).toBeLessThanOrEqual(1_000);
    expect(words).toMatch(/; and \d+ more$/);
  });
});
