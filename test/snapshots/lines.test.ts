import { describe, expect, it } from '@jest/globals';
import { linesOf, stretchesOf } from '../../src/snapshots/lines.ts';
import { pack } from '../../src/snapshots/pack.ts';
import type { Series } from '../../src/steps/step-kind.ts';
import { FROM, series, spec, TO } from './spec.ts';

async function lineOf(one: Series) {
  const [line] = linesOf(await pack(spec({ series: [one] })));
  if (line === undefined) throw new Error('nothing is drawn');
  return line;
}

describe('stretchesOf', () => {
  it('breaks the line at a value that is none', async () => {
    const line = await lineOf(series('a', (minute) => (minute === 30 ? Number.NaN : 1)));
    expect(stretchesOf(line, FROM, TO, 1_000).map((stretch) => stretch.length)).toEqual([120, 120]);
  });

  it('breaks the line at infinity', async () => {
    const line = await lineOf(series('a', (minute) => (minute === 30 ? Number.POSITIVE_INFINITY : 1)));
    expect(stretchesOf(line, FROM, TO, 1_000)).toHaveLength(2);
    expect(line.highest.value).toBe(1);
  });

  it('breaks the line where points are missing', async () => {
    const whole = series('a', () => 1);
    const line = await lineOf({ name: 'a', points: whole.points.filter((_, i) => i < 100 || i > 110) });
    expect(stretchesOf(line, FROM, TO, 1_000).map((stretch) => stretch.length)).toEqual([100, 130]);
  });

  it('keeps a single spike when it thins ten thousand points', async () => {
    const points = Array.from({ length: 10_000 }, (_, i) => [FROM + i * 360, i === 5_003 ? 99 : 1] as const);
    const [stretch = []] = stretchesOf(await lineOf({ name: 'a', points }), FROM, TO, 500);
    expect(stretch.length).toBeLessThanOrEqual(2_000);
    expect(stretch).toContainEqual([FROM + 5_003 * 360, 99]);
  });

  it('joins ten thousand points over gaps that are too narrow to be seen, and over no others', async () => {
    const points = Array.from({ length: 10_000 }, (_, i) => {
      return [FROM + i * 360, i % 2 === 1 || (i > 5_000 && i < 5_200) ? Number.NaN : i] as const;
    });
    const line = await lineOf({ name: 'a', points });
    expect(stretchesOf(line, FROM, TO, 500)).toHaveLength(2);
  });

  it('puts points in the order of time', async () => {
    const whole = series('a', (minute) => minute);
    const line = await lineOf({ name: 'a', points: whole.points.toReversed() });
    expect(line.latest).toEqual({ at: TO, value: 60 });
    expect(stretchesOf(line, FROM, TO, 1_000)).toEqual([whole.points]);
  });
});
