import { describe, expect, it } from '@jest/globals';
import { figuresPanel } from '../../src/snapshots/figures-panel.ts';
import { linesOf } from '../../src/snapshots/lines.ts';
import { pack } from '../../src/snapshots/pack.ts';
import type { ChartSpec } from '../../src/snapshots/painter.ts';
import { THEMES } from '../../src/snapshots/theme.ts';
import type { Series } from '../../src/steps/step-kind.ts';
import { collisions, outside, seen } from './panels.ts';
import { series, spec, TO } from './spec.ts';

async function drawn(change: Partial<ChartSpec> = {}) {
  const sheet = await pack(spec({ drawing: { as: 'figures' }, ...change }));
  return seen(figuresPanel(sheet, linesOf(sheet)));
}

const flat = (name: string, value: number) => series(name, () => value);
const queues = (count: number): Series[] =>
  Array.from({ length: count }, (_, index) => flat(`queue ${index}`, 100 * index));

describe('figures', () => {
  it('says the latest value of each series large, with its unit', async () => {
    const { texts } = await drawn({ series: [flat('celery', 1_924), flat('mail', 40)] });
    const sizes = Object.fromEntries(texts.map(({ text, size }) => [text, size]));
    expect(sizes['1,924 jobs']).toBeGreaterThan(40);
    expect(sizes['40 jobs']).toBe(sizes['1,924 jobs']);
    expect(sizes).toHaveProperty('celery');
  });

  it('has a tile for each series, apart from each other and inside the picture', async () => {
    for (let count = 1; count <= 12; count += 1) {
      const { rects, texts } = await drawn({ series: queues(count) });
      expect(rects).toHaveLength(count);
      expect(collisions(rects.map((rect, index) => ({ ...rect, text: `${index}`, size: 0 })))).toEqual([]);
      expect(collisions(texts)).toEqual([]);
      expect(outside([...rects, ...texts])).toEqual([]);
    }
  });

  it('puts the worst first, by what is and not by what was', async () => {
    const healed = series('healed', (minute) => (minute < 30 ? 9_000 : 5));
    const { words } = await drawn({ series: [healed, flat('stuck', 2_000), flat('slow', 600)] });
    const names = words.filter((word) => ['healed', 'stuck', 'slow'].includes(word));
    expect(names).toEqual(['stuck', 'slow', 'healed']);
  });

  it('puts the lowest first where failing lies below', async () => {
    const thresholds = { failing: 90, side: 'under' as const };
    const { words } = await drawn({ thresholds, series: [flat('good', 99), flat('bad', 10)] });
    expect(words.indexOf('bad')).toBeLessThan(words.indexOf('good'));
  });

  it('says in words and in colour which fail and which warn, and how many', async () => {
    const { texts, words } = await drawn({ series: [flat('a', 2_000), flat('b', 3_000), flat('c', 600)] });
    const fill = (text: string) => texts.find((one) => one.text === text)?.fill;
    expect(fill('2,000 jobs')).toBe(THEMES.light.failing);
    expect(fill('600 jobs')).toBe(THEMES.light.warning);
    expect(words.filter((word) => word === 'failing' || word === 'warning')).toEqual([
      'failing',
      'failing',
      'warning',
    ]);
    expect(words).toEqual(expect.arrayContaining(['2 failing', 'over 1,000 jobs']));
  });

  it('does not claim to have counted those that fail and are not shown', async () => {
    const { words } = await drawn({ series: queues(40) });
    expect(words).toContain('12+ failing');
    expect(words.join()).toContain('the 12 highest, and 28 more');
  });

  it('draws a small line from the first to the last point, and none where there is only one', async () => {
    const { elements } = await drawn({ series: [flat('a', 1)] });
    expect(elements.filter(({ type }) => type === 'polyline')).toHaveLength(1);
    const one = await drawn({ series: [{ name: 'a', points: [[TO, 1]] }] });
    expect(one.elements.filter(({ type }) => type === 'polyline')).toEqual([]);
  });

  it('says how old a value is that is not new', async () => {
    const stopped = series('a', (minute) => (minute > 40 ? Number.NaN : 7));
    const { words } = await drawn({ series: [stopped] });
    expect(words).toContain('20 min ago');
  });

  it('shortens figures that would be small, and says their unit once', async () => {
    const many = Array.from({ length: 12 }, (_, index) => flat(`s${index}`, 1e7 + index));
    const { texts, words } = await drawn({ unit: 'requests a second', series: many, thresholds: {} });
    expect(texts.find(({ text }) => text === '10 M')?.size).toBeGreaterThanOrEqual(22);
    expect(words.join()).toContain('in requests a second');
  });

  it('cuts long names and odd figures to their tiles', async () => {
    const many = Array.from({ length: 12 }, (_, index) =>
      flat(`${'name '.repeat(40)}${index}`, -(1.5 ** index)),
    );
    const { texts } = await drawn({ series: [...many, flat('huge', 1e149), flat('tiny', 1e-300)] });
    expect(collisions(texts)).toEqual([]);
    expect(outside(texts)).toEqual([]);
  });

  it('does not say the title twice', async () => {
    const { words } = await drawn({ series: [flat('Jobs waiting', 4)] });
    expect(words.filter((word) => word === 'Jobs waiting')).toHaveLength(1);
  });

  it('says that there is nothing', async () => {
    const { words, rects } = await drawn({ series: [flat('a', Number.NaN)] });
    expect(words).toContain('No data');
    expect(rects).toEqual([]);
  });
});
