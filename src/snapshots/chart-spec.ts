import type { Drawing, Scalar, Series } from '../steps/step-kind.ts';

/** Limits drawn into a chart. `side` says where failing lies; without it both limits together say it, or it is over. */
export interface Thresholds {
  warning?: number | undefined;
  failing?: number | undefined;
  side?: 'over' | 'under' | undefined;
}

/** A moment worth marking: an action, a restart. `at` in unix milliseconds. */
export interface Mark {
  at: number;
  label: string;
}

export interface ChartSpec {
  title: string;
  subtitle?: string;
  /** As in report/figures.ts: `%`, `ratio`, `bytes`, `s`, `ms`, or a word such as `jobs`. */
  unit?: string;
  series: readonly Series[];
  /** Lines over time without it. */
  drawing?: Drawing;
  thresholds: Thresholds;
  /** Drawn where there is a time axis, which is under lines alone. */
  marks?: readonly Mark[];
  /** Unix milliseconds. */
  from: number;
  to: number;
  theme?: 'light' | 'dark';
}

/** A PNG at twice its logical size. `alt` says the same in figures, in at most 1,000 characters. */
export interface Picture {
  png: Uint8Array;
  width: number;
  height: number;
  alt: string;
}

/** The rows and columns of a table that may find room, cleaned, and how many there were. */
export interface PackedTable {
  as: 'table';
  columns: readonly string[];
  /** Each row as long as `columns`. */
  rows: readonly (readonly Scalar[])[];
  totalColumns: number;
  totalRows: number;
}

/**
 * What crosses to the painting thread: the series that are drawn, as one transferable array of times and values,
 * and how many there were. Texts are cleaned and clipped.
 */
export interface Sheet extends Omit<ChartSpec, 'series' | 'marks' | 'drawing'> {
  drawing?: Exclude<Drawing, { as: 'table' }> | PackedTable;
  marks: readonly Mark[];
  side: 'over' | 'under';
  names: readonly string[];
  /** Points of each series, in the order of `names`. */
  lengths: readonly number[];
  /** time, value, time, value, … of all series, one after the other. */
  points: Float64Array<ArrayBuffer>;
  /** Series that had points in the window, drawn or not. */
  total: number;
}
