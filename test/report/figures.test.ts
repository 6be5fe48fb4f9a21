import { describe, expect, it } from '@jest/globals';
import { formatDuration, formatFigure, formatTick } from '../../src/report/figures.ts';

describe('formatFigure', () => {
  it.each<[number, string | undefined, string]>([
    [1840, 'jobs', '1,840 jobs'],
    [1, 'jobs', '1 job'],
    [1, 'queries', '1 query'],
    [1, 'addresses', '1 address'],
    [1, 'status', '1 status'],
    [0, 'jobs', '0 jobs'],
    [-0, undefined, '0'],
    [-0.001, 'ratio', '-0.1 %'],
    [1_234_567, undefined, '1,234,567'],
    [1234.5, undefined, '1,235'],
    [12.345, undefined, '12.3'],
    [3.1459, undefined, '3.15'],
    [0.00123, undefined, '0.0012'],
    [4e18, undefined, '4.00e18'],
    [91, '%', '91 %'],
    [0.91, 'ratio', '91 %'],
    [99.97, '%', '99.97 %'],
    [99.999, '%', '99.99 %'],
    [100, '%', '100 %'],
    [2 * 1024 ** 3, 'bytes', '2 GiB'],
    [950, 'B', '950 B'],
    [1024 ** 2 - 1, 'bytes', '1 MiB'],
    [1536, 'bytes/s', '1.5 KiB/s'],
    [1.4, 's', '1.4 s'],
    [0, 's', '0 s'],
    [0.34, 'seconds', '340 ms'],
    [150, 's', '2 min 30 s'],
    [240, 's', '4 min'],
    [12, 'ms', '12 ms'],
    [0.4, 'ms', '0.4 ms'],
    [3.5, 'requests/s', '3.5 requests/s'],
    [Number.NaN, 'jobs', 'no value'],
    [Number.POSITIVE_INFINITY, 'jobs', '∞ jobs'],
    [Number.NEGATIVE_INFINITY, '%', '-∞ %'],
  ])('says %p %p as "%s"', (value, unit, words) => {
    expect(formatFigure(value, unit)).toBe(words);
  });
});

describe('formatTick', () => {
  it.each<[number, string | undefined, string]>([
    [1840, 'jobs', '1.84 k'],
    [12_500, 'jobs', '12.5 k'],
    [999_999, undefined, '1 M'],
    [500, 'jobs', '500'],
    [0, 'jobs', '0'],
    [-2500, undefined, '-2.5 k'],
    [91, '%', '91 %'],
    [2 * 1024 ** 3, 'bytes', '2 GiB'],
    [0.25, 's', '250 ms'],
  ])('marks %p %p as "%s"', (value, unit, words) => {
    expect(formatTick(value, unit)).toBe(words);
  });
});

describe('formatDuration', () => {
  it.each<[number, string]>([
    [0, '0 ms'],
    [2.4, '2.4 ms'],
    [340.2, '340 ms'],
    [999.6, '1 s'],
    [1_420, '1.4 s'],
    [9_960, '10 s'],
    [42_300, '42 s'],
    [90_000, '90 s'],
    [119_600, '2 min'],
    [253_000, '4 min'],
    [660_000, '11 min'],
    [3_599_900, '1 h'],
    [3_900_000, '1 h 5 min'],
    [183_600_000, '2 d 3 h'],
    [-90_000, '-90 s'],
    [Number.NaN, 'no value'],
  ])('says %p ms as "%s"', (ms, words) => {
    expect(formatDuration(ms)).toBe(words);
  });
});
