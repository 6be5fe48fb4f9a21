import { describe, expect, it } from '@jest/globals';
import { gaugePanel } from '../../src/snapshots/gauge-panel.ts';
import { linesOf } from '../../src/snapshots/lines.ts';
import { pack } from '../../src/snapshots/pack.ts';
import type { ChartSpec } from '../../src/snapshots/painter.ts';
import { THEMES } from '../../src/snapshots/theme.ts';
import { collisions, outside, type Rect, seen } from './panels.ts';
import { series, spec } from './spec.ts';

const { failing, warning, grid, lines: blues } = THEMES.light;
const limits = { warning: 80, failing: 90 };

async function drawn(values: readonly number[], change: Partial<ChartSpec> = {}, min = 0, max = 100) {
  const many = values.map((value, index) => series(`node-${index}`, () => value));
  const drawing = { as: 'gauge' as const, min, max };
  const sheet = await pack(
    spec({ title: 'CPU', unit: '%', thresholds: limits, series: many, drawing, ...change }),
  );
  const picture = seen(gaugePanel(sheet, linesOf(sheet), drawing));
  const [track] = picture.rects.filter(({ fill }) => fill === grid);
  const share = ({ left, right }: Rect) => {
    const width = (track?.right ?? 0) - (track?.left ?? 0);
    return [left, right].map((x) => Math.round((100 * (x - (track?.left ?? 0))) / width));
  };
  const shares = (fill: string | undefined) => picture.rects.filter((rect) => rect.fill === fill).map(share);
  const arrows = picture.elements.filter(({ type }) => type === 'polygon');
  return { ...picture, shares, arrows };
}

describe('a gauge', () => {
  it('fills a bar up to the latest value', async () => {
    const { shares, words } = await drawn([40]);
    expect(shares(blues[0])).toEqual([[0, 40]]);
    expect(words).toEqual(expect.arrayContaining(['40 %', '0 %', '100 %']));
  });

  it('shows the zones of its limits', async () => {
    const { shares, words } = await drawn([40]);
    expect(shares(warning)).toContainEqual([80, 90]);
    expect(shares(failing)).toContainEqual([90, 100]);
    expect(words).toEqual(expect.arrayContaining(['warning over 80 %', 'failing over 90 %']));
  });

  it('shows the zones below where failing lies below', async () => {
    const { shares } = await drawn([40], { thresholds: { warning: 20, failing: 10 } });
    expect(shares(warning)).toContainEqual([10, 20]);
    expect(shares(failing)).toContainEqual([0, 10]);
  });

  it('says in words and in colour how each stands, the worst first', async () => {
    const { words, texts } = await drawn([10, 95, 85]);
    const told = words.filter((word) => /^(\d\d %|failing|warning)$/.test(word));
    expect(told).toEqual(['95 %', 'failing', '85 %', 'warning', '10 %']);
    expect(texts.find(({ text }) => text === '95 %')?.fill).toBe(failing);
    expect(words).toContain('1 failing');
  });

  it('shows a value beyond the scale at its end, with an arrow and its figure', async () => {
    const { shares, arrows, words } = await drawn([140, -30], { thresholds: {} });
    expect(shares(blues[0])).toEqual([
      [0, 100],
      [0, 0],
    ]);
    expect(arrows).toHaveLength(2);
    expect(words).toEqual(expect.arrayContaining(['140 %', '-30 %']));
  });

  it('fills from zero where the scale goes below it', async () => {
    const { shares } = await drawn([25, -25], { thresholds: {} }, -50, 50);
    expect(shares(blues[0])).toEqual([
      [50, 75],
      [25, 50],
    ]);
  });

  it.each([
    [5, 5],
    [9, 1],
    [Number.NaN, 100],
    [0, Number.POSITIVE_INFINITY],
    [-Number.MAX_VALUE, Number.MAX_VALUE],
    [null as unknown as number, 100],
  ])('finds a scale of its own instead of one from %s to %s', async (min, max) => {
    const { words, arrows } = await drawn([340], { unit: 'jobs', thresholds: { failing: 300 } }, min, max);
    expect(words).toEqual(expect.arrayContaining(['0', '400', 'failing over 300 jobs']));
    expect(arrows).toEqual([]);
  });

  it('keeps words apart and inside the picture, from one bar to twelve', async () => {
    const unit = 'requests a second';
    for (let count = 1; count <= 12; count += 1) {
      for (const thresholds of [
        limits,
        { warning: 3, failing: 2 },
        { failing: 100 },
        { warning: 49, failing: 50 },
      ]) {
        const values = Array.from({ length: count }, (_, index) => 130 - index * 17);
        const { texts, rects } = await drawn(values, { unit, thresholds });
        expect(collisions(texts)).toEqual([]);
        expect(outside([...texts, ...rects])).toEqual([]);
      }
    }
  });

  it('counts what it does not show', async () => {
    const { words } = await drawn(Array.from({ length: 30 }, (_, index) => index));
    expect(words.join()).toContain('the 12 highest, and 18 more');
  });

  it('says that there is nothing', async () => {
    const { words, rects } = await drawn([]);
    expect(words).toContain('No data');
    expect(rects).toEqual([]);
  });
});
