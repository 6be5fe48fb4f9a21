import { describe, expect, it } from '@jest/globals';
import { layout } from '../../src/snapshots/layout.ts';
import { linesOf } from '../../src/snapshots/lines.ts';
import { optionOf } from '../../src/snapshots/option.ts';
import { pack } from '../../src/snapshots/pack.ts';
import type { ChartSpec } from '../../src/snapshots/painter.ts';
import { FROM, series, spec, TO } from './spec.ts';

interface Drawn {
  data: ([number, number | null] | object)[];
  markArea: { data: [{ yAxis: number }, { yAxis: number }][] };
  markLine: { data: { yAxis: number; label: { formatter(): string; position: string } }[] };
  lineStyle: { color: string; type: unknown };
}
interface Graphic {
  type: string;
  x: number;
  y: number;
  shape?: { x1: number; x2: number };
  style: { text?: string };
}

async function drawn(change: Partial<ChartSpec> = {}) {
  const sheet = await pack(spec(change));
  const option = optionOf(sheet, linesOf(sheet)) as {
    series: Drawn[];
    graphic: Graphic[];
    grid: { left: number; width: number };
  };
  const [limits, ...lines] = option.series;
  if (limits === undefined) throw new Error('nothing is drawn');
  const texts = option.graphic.flatMap(({ style }) => style.text ?? []);
  return { limits, lines: lines.slice(0, -1), graphic: option.graphic, grid: option.grid, texts };
}

describe('a chart', () => {
  it('has a labelled line for each limit, and the failing side tinted', async () => {
    const { limits } = await drawn();
    const { data } = limits.markLine;
    expect(data.map(({ yAxis, label }) => [yAxis, label.formatter()])).toEqual([
      [500, 'warning over 500 jobs'],
      [1_000, 'failing over 1,000 jobs'],
    ]);
    expect(limits.markArea.data).toEqual([[{ yAxis: 1_000 }, { yAxis: 2_000 }]]);
  });

  it('tints below where failing lies below', async () => {
    const { limits } = await drawn({ thresholds: { failing: 1_000, side: 'under' } });
    expect(limits.markArea.data).toEqual([[{ yAxis: 1_000 }, { yAxis: 0 }]]);
    expect(limits.markLine.data.map(({ label }) => label.formatter())).toEqual(['failing under 1,000 jobs']);
  });

  it('puts labels of close limits above and below them', async () => {
    const { limits } = await drawn({ thresholds: { warning: 990, failing: 1_000 } });
    expect(limits.markLine.data.map(({ label }) => label.position)).toEqual([
      'insideStartBottom',
      'insideStartTop',
    ]);
  });

  it('leaves a gap a gap', async () => {
    const { lines } = await drawn({ series: [series('a', (minute) => (minute === 30 ? Number.NaN : 1))] });
    const at = FROM + 30 * 60_000;
    const around = lines[0]?.data.slice(118, 123);
    expect(around).toEqual([
      [at - 30_000, 1],
      [at - 15_000, 1],
      [at - 15_000, null],
      [at + 15_000, 1],
      [at + 30_000, 1],
    ]);
  });

  it('marks the moment of an action where it was', async () => {
    const { graphic, grid, texts } = await drawn({
      marks: [{ at: (FROM + TO) / 2, label: 'Purge the queue' }],
    });
    const [line] = graphic.filter(({ type }) => type === 'line');
    expect(line?.shape?.x1).toBeCloseTo(grid.left + grid.width / 2);
    expect(texts).toContain('Purge the queue 02:32');
  });

  it('keeps the words of marks free of each other and of their lines', async () => {
    const marks = [5, 8, 54, 58].map((minute) => ({
      at: FROM + minute * 60_000,
      label: 'Restart the workers',
    }));
    const sheet = await pack(spec({ marks }));
    const { marks: placed } = layout(sheet, linesOf(sheet));
    expect(placed).toHaveLength(4);
    for (const one of placed) {
      for (const other of placed.filter((mark) => mark !== one)) {
        const overlaps = one.row === other.row && one.start <= other.end && other.start <= one.end;
        const crossed = other.row < one.row && other.x > one.start && other.x < one.end;
        expect({ overlaps, crossed }).toEqual({ overlaps: false, crossed: false });
      }
    }
  });

  it('says the latest figure large, and when and how it stands', async () => {
    const { texts } = await drawn();
    expect(texts).toEqual([
      'Jobs waiting',
      '20 Nov 02:02–03:02 UTC',
      '1,924 jobs',
      'now · failing over 1,000 jobs',
    ]);
  });

  it('names each of several lines at its end, without what all names share', async () => {
    const many = ['denis-workers-abc', 'denis-workers-xyz'].map((name, index) =>
      series(name, () => index + 1),
    );
    const { texts } = await drawn({ series: many });
    expect(texts).toEqual(expect.arrayContaining(['…abc · 1', '…xyz · 2']));
    expect(texts).toContain('20 Nov 02:02–03:02 UTC · 2 series · denis-workers-…');
  });

  it('tells twelve lines apart by colour and stroke together', async () => {
    const many = Array.from({ length: 12 }, (_, index) => series(`s${index}`, () => index));
    const { lines } = await drawn({ series: many });
    const looks = lines.map(({ lineStyle: { color, type } }) => JSON.stringify([color, type]));
    expect(new Set(looks).size).toBe(12);
  });

  it('moves the names of lines that lie close together apart', async () => {
    const many = Array.from({ length: 12 }, (_, index) => series(`name-${index}`, () => 100 + index / 100));
    const { graphic } = await drawn({ series: many });
    const ys = graphic
      .filter(({ style }) => style.text?.startsWith('name-') || style.text?.startsWith('…'))
      .map(({ y }) => y);
    const gaps = ys
      .toSorted((a, b) => a - b)
      .map((y, index, all) => y - (all[index - 1] ?? Number.NEGATIVE_INFINITY));
    expect(ys).toHaveLength(12);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(18);
  });

  it('says that there is nothing', async () => {
    const { texts, limits } = await drawn({ series: [] });
    expect(texts).toContain('No data');
    expect(limits.markLine.data).toEqual([]);
  });
});
