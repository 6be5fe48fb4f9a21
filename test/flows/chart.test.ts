import { describe, expect, it } from '@jest/globals';
import type { Finding } from '../../src/diagnosis/finding.ts';
import { chartOf, hasPicture, imageOf } from '../../src/flows/chart.ts';
import type { Drawing, Series } from '../../src/steps/step-kind.ts';

const TO = Date.UTC(2025, 10, 20, 3, 2);
const series: Series[] = [{ name: 'celery', points: [[TO - 60_000, 7]] }];
const table = (rows: string[][]): Drawing => ({ as: 'table', columns: ['pod'], rows });
const PNG = Buffer.from('\x89PNG\r\n\x1a\n and so on', 'latin1');
const image = PNG.toString('base64');

function finding(change: Partial<Finding> = {}): Finding {
  const said = { title: 'Jobs', status: 'failing' as const, says: '7 jobs', value: 7, evidence: [] };
  return { check: 'queue', ...said, thresholds: {}, tookMs: 1, ...change };
}

describe('hasPicture', () => {
  it.each<[string, Partial<Finding>, boolean]>([
    ['series', { series }, true],
    ['no series', { series: [] }, false],
    ['a table', { drawing: table([['redis-0']]) }, true],
    ['a table without rows', { drawing: table([]) }, false],
    ['figures without series', { drawing: { as: 'figures' } }, false],
    ['an image', { image }, true],
    ['an image that is none', { image: Buffer.from('<html>').toString('base64') }, false],
    ['an empty image', { image: '' }, false],
    ['nothing', {}, false],
  ])('answers for a finding with %s', (_, change, expected) => {
    expect(hasPicture(finding(change))).toBe(expected);
  });
});

describe('imageOf', () => {
  it('has the picture as it came, with what was found in words', () => {
    expect(imageOf(finding({ image }))).toEqual({ png: PNG, alt: 'Jobs: 7 jobs' });
  });

  it('cleans the words, and keeps them short', () => {
    const alt = imageOf(finding({ image, says: `\u202e7\u0000 ${'jobs '.repeat(1_000)}` }))?.alt;
    expect(alt).toMatch(/^Jobs: 7 jobs .*…$/);
    expect(alt).toHaveLength(1_000);
  });

  it('has none for what is no PNG', () => {
    expect(imageOf(finding({ image: Buffer.from('GIF89a and more').toString('base64') }))).toBeNull();
    expect(imageOf(finding())).toBeNull();
  });
});

describe('chartOf', () => {
  const drawing: Drawing = { as: 'figures' };

  it('draws as the finding asks', () => {
    expect(chartOf(finding({ series, drawing }), TO)).toMatchObject({ drawing, from: TO - 60_000, to: TO });
  });

  it('draws lines over time where a moment is marked', () => {
    const marks = [{ at: TO, label: 'Restart' }];
    expect(chartOf(finding({ series, drawing }), TO, marks)).not.toHaveProperty('drawing');
    expect(chartOf(finding({ drawing: table([['redis-0']]) }), TO, marks)).toHaveProperty('drawing');
  });
});
