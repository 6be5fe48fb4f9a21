import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { pack } from '../../src/snapshots/pack.ts';
import { FROM, series, spec, TO } from './spec.ts';

describe('pack', () => {
  it('keeps the twelve highest and counts the others', async () => {
    const many = Array.from({ length: 40 }, (_, index) => series(`s${index}`, () => index));
    const sheet = await pack(spec({ series: many }));
    expect(sheet.names).toEqual(Array.from({ length: 12 }, (_, index) => `s${39 - index}`));
    expect(sheet.total).toBe(40);
  });

  it('keeps the twelve lowest where failing lies below', async () => {
    const many = Array.from({ length: 40 }, (_, index) => series(`s${index}`, () => index));
    const sheet = await pack(spec({ series: many, thresholds: { failing: 3, side: 'under' } }));
    expect(sheet.names).toEqual(Array.from({ length: 12 }, (_, index) => `s${index}`));
  });

  it('leaves out points outside the window', async () => {
    const sheet = await pack(spec({ from: FROM + 600_000, to: TO - 600_000 }));
    expect(sheet.lengths).toEqual([161]);
  });

  it('lets the event loop turn while it looks at twenty million points', async () => {
    const points = Array.from({ length: 10_000 }, (_, i) => [FROM + i * 360, Math.sin(i)] as const);
    const many = Array.from({ length: 2_000 }, (_, index) => ({ name: `s${index}`, points }));
    let turns = 0;
    let packed = false;
    const packing = pack(spec({ series: many })).then(() => {
      packed = true;
    });
    while (!packed) {
      await setImmediate();
      turns += 1;
    }
    await packing;
    expect(turns).toBeGreaterThan(3);
  });

  it('takes what could break an SVG or turn text around out of names', async () => {
    const sheet = await pack(
      spec({ title: '\u202eevil\u0000 \ud800 title\n', series: [series('a\u200bb\u0007', () => 1)] }),
    );
    expect(sheet.title).toBe('evil \ufffd title');
    expect(sheet.names).toEqual(['ab']);
  });

  it('ranks by the latest value where only that is drawn', async () => {
    const healed = series('healed', (minute) => (minute < 30 ? 9_000 : 5));
    const stuck = { name: 'stuck', points: series('', (minute) => 10 * minute).points.toReversed() };
    const namesOf = async (change = {}) => (await pack(spec({ series: [healed, stuck], ...change }))).names;
    expect(await namesOf()).toEqual(['healed', 'stuck']);
    expect(await namesOf({ drawing: { as: 'figures' } })).toEqual(['stuck', 'healed']);
  });

  it('takes no more of a table than may find room, cleaned, and counts the rest', async () => {
    const row = ['\u202eevil\u0000', 1, true, null, 'x'.repeat(1e6), ...Array(200).fill('y')];
    const drawing = { as: 'table' as const, columns: row.map(String), rows: Array(100_000).fill(row) };
    const sheet = await pack(spec({ drawing, series: [series('unseen', () => 1)] }));
    expect(sheet.drawing).toMatchObject({ totalRows: 100_000, totalColumns: 205 });
    expect(JSON.stringify(sheet.drawing).length).toBeLessThan(10_000);
    expect(sheet.drawing).toMatchObject({
      rows: expect.arrayContaining([expect.arrayContaining(['evil', 1, true, null])]),
    });
    expect(sheet.names).toEqual([]);
  });

  it('refuses a time that does not exist', async () => {
    await expect(pack(spec({ to: Number.NaN }))).rejects.toMatchObject({ code: 'bad-input' });
  });
});
