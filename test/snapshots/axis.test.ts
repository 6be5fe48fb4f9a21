import { describe, expect, it } from '@jest/globals';
import { valueAxis } from '../../src/snapshots/axis.ts';
import { timeTicks, windowInWords } from '../../src/snapshots/clock.ts';
import { linesOf } from '../../src/snapshots/lines.ts';
import { pack } from '../../src/snapshots/pack.ts';
import type { Thresholds } from '../../src/snapshots/painter.ts';
import { FROM, series, spec, TO } from './spec.ts';

const GIB = 1_024 ** 3;

async function labels(
  from: number,
  to: number,
  unit: string,
  thresholds: Thresholds = {},
): Promise<string[]> {
  const line = series('a', (minute) => from + ((to - from) * minute) / 60);
  const sheet = await pack(spec({ unit, thresholds, series: [line] }));
  return valueAxis(linesOf(sheet), sheet).ticks.map((tick) => tick.label);
}

describe('valueAxis', () => {
  it.each<[string, number, number, string, Thresholds, string[]]>([
    ['counts', 0, 1_840, 'jobs', {}, ['0', '500', '1 k', '1.5 k', '2 k']],
    ['bytes in powers of two', 0, 1.9 * GIB, 'bytes', {}, ['0 B', '512 MiB', '1 GiB', '1.5 GiB', '2 GiB']],
    ['a ratio as per cent', 0.2, 0.91, 'ratio', {}, ['0 %', '50 %', '100 %']],
    [
      'what is far from zero without it',
      99.92,
      99.99,
      '%',
      {},
      ['99.9 %', '99.92 %', '99.94 %', '99.96 %', '99.98 %', '100 %'],
    ],
    [
      'large figures that differ little',
      12_350,
      12_390,
      'jobs',
      {},
      ['12,340', '12,360', '12,380', '12,400'],
    ],
    ['minutes', 0, 400, 's', {}, ['0 s', '2 min', '4 min', '6 min', '8 min']],
    ['a near limit', 0, 400, 'jobs', { failing: 1_000 }, ['0', '500', '1 k']],
    ['nothing of a limit far away', 0, 4, 'jobs', { failing: 10_000 }, ['0', '1', '2', '3', '4']],
    ['a flat line with room around it', 42, 42, 'jobs', {}, ['35', '40', '45', '50']],
    ['a flat zero', 0, 0, 'jobs', {}, ['0', '1']],
    ['negative values', -30, -5, 'ms', {}, ['-30 ms', '-20 ms', '-10 ms', '0 ms']],
  ])('marks %s', async (_, from, to, unit, thresholds, expected) => {
    expect(await labels(from, to, unit, thresholds)).toEqual(expected);
  });
});

describe('timeTicks', () => {
  it('marks round times in UTC', () => {
    expect(timeTicks(FROM, TO, 7).map((tick) => tick.label)).toEqual([
      '02:10',
      '02:20',
      '02:30',
      '02:40',
      '02:50',
      '03:00',
    ]);
  });

  it('marks midnight by its day', () => {
    expect(timeTicks(TO - 86_400_000, TO, 5).map((tick) => tick.label)).toEqual([
      '06:00',
      '12:00',
      '18:00',
      '20 Nov',
    ]);
  });

  it('names both days of a window over midnight', () => {
    expect(windowInWords(TO - 6 * 3_600_000, TO)).toBe('19 Nov 21:02 – 20 Nov 03:02 UTC');
    expect(windowInWords(FROM, TO)).toBe('20 Nov 02:02–03:02 UTC');
  });
});
