import { describe, expect, it } from '@jest/globals';
import { pack } from '../../src/snapshots/pack.ts';
import { tablePanel } from '../../src/snapshots/table-panel.ts';
import type { Scalar } from '../../src/steps/step-kind.ts';
import { collisions, outside, seen } from './panels.ts';
import { spec } from './spec.ts';

type Rows = readonly (readonly Scalar[])[];

async function drawn(columns: readonly string[], rows: Rows) {
  const sheet = await pack(spec({ title: 'Slow', series: [], drawing: { as: 'table', columns, rows } }));
  if (sheet.drawing?.as !== 'table') throw new Error('the table was lost');
  return seen(tablePanel(sheet, sheet.drawing));
}

const numbered = (count: number): Rows =>
  Array.from({ length: count }, (_, index) => [`job ${index}`, index]);

describe('a table', () => {
  it('says figures, yes and no, and – for nothing', async () => {
    const { words } = await drawn(
      ['pid', 'waits', 'user'],
      [
        [48_123, true, null],
        [7.25, false, 'noor'],
      ],
    );
    expect(words.slice(2)).toEqual(['pid', '48,123', '7.25', 'waits', 'yes', 'no', 'user', '–', 'noor']);
  });

  it('aligns numbers and their header at the right, texts at the left', async () => {
    const { texts } = await drawn(
      ['name', 'jobs'],
      [
        ['celery', 1_200],
        ['mail', 7],
      ],
    );
    const edge = (side: 'left' | 'right', ...wanted: string[]) =>
      new Set(texts.filter(({ text }) => wanted.includes(text)).map((text) => Math.round(text[side]))).size;
    expect(edge('right', 'jobs', '1,200', '7')).toBe(1);
    expect(edge('left', 'name', 'celery', 'mail')).toBe(1);
  });

  it('is larger where there is room', async () => {
    const sizeIn = async (rows: Rows) => (await drawn(['name', 'n'], rows)).texts.at(-1)?.size;
    expect(await sizeIn(numbered(8))).toBe(20);
    expect(await sizeIn(numbered(13))).toBe(16);
  });

  it('shows all rows that fit, and counts the others', async () => {
    expect((await drawn(['name', 'n'], numbered(13))).words.join()).not.toContain('more');
    const { words } = await drawn(['name', 'n'], numbered(48));
    expect(words).toEqual(
      expect.arrayContaining(['job 0', 'job 11', 'and 36 more rows', '20 Nov 03:02 UTC · 48 rows']),
    );
    expect(words).not.toContain('job 12');
  });

  it('names the columns that find no room', async () => {
    const columns = ['pid', 'user', 'state', 'query', 'client', 'database'];
    const { words } = await drawn(columns, [columns.map((name) => name.repeat(12))]);
    expect(words.at(-1)).toBe('2 columns left out: client, database');
    expect(words).not.toContain('client');
  });

  it('clips texts to their columns, and no figures', async () => {
    const { texts, words } = await drawn(['query', 'rows'], [['select '.repeat(60), 123_456_789_012]]);
    expect(words).toContain('123,456,789,012');
    expect(words.some((word) => /^select .*…$/.test(word))).toBe(true);
    expect(collisions(texts)).toEqual([]);
  });

  it('keeps words apart and inside the picture, whatever stands in it', async () => {
    const odd: Scalar[] = [
      'x'.repeat(1e6),
      '\u202e\u0000{a|b}',
      Number.NaN,
      -Infinity,
      1e300,
      '漢'.repeat(500),
      null,
    ];
    for (const width of [1, 2, 5, 9, 60]) {
      const columns = Array.from({ length: width }, (_, index) => `column ${'c'.repeat(index * 3)}`);
      const rows = Array.from({ length: 30 }, (_, row) =>
        columns.map((_, at) => odd[(row + at) % odd.length] ?? null),
      );
      const { texts, rects } = await drawn(columns, rows);
      expect(collisions(texts)).toEqual([]);
      expect(outside([...texts, ...rects])).toEqual([]);
    }
  });

  it('takes a row that is too short for one whose end is nothing', async () => {
    const { words } = await drawn(['a', 'b'], [['x'], ['y', 'z', 'too much']]);
    expect(words.slice(2)).toEqual(['a', 'x', 'y', 'b', '–', 'z']);
  });

  it.each<[string, string[], Rows]>([
    ['rows', ['a'], []],
    ['columns', [], [[]]],
  ])('says that there is nothing where there are no %s', async (_, columns, rows) => {
    expect((await drawn(columns, rows)).words).toContain('No data');
  });
});
