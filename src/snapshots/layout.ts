import { formatFigure, formatTick, isWordUnit } from '../report/figures.ts';
import { countOf } from './alt.ts';
import { type ValueAxis, valueAxis } from './axis.ts';
import type { Mark, Sheet } from './chart-spec.ts';
import { moment, windowInWords } from './clock.ts';
import { isCurrent, type Line } from './lines.ts';
import { leading, limitInWords, type Standing, standingOf } from './standing.ts';
import { cutEnd, cutMiddle, textWidth, wrap } from './text.ts';

/** Logical size; the picture has twice as many pixels. Sizes of type are meant for a phone that shows it at half. */
export const SIZE = { width: 800, height: 400, edge: 24 } as const;
export const TYPE = { title: 26, titleOfTwo: 21, figure: 40, small: 16 } as const;
const HEADER = 104;
const FOOTER = 38;
const MARK_ROW = 22;
const MOST_NAME_ROOM = 230;
/** From the end of a line to its name. */
const LEADER = 26;
const LABEL_HEIGHT = 19;

export interface Header {
  title: { lines: string[]; size: number };
  subtitle: string;
  figure: string;
  caption: string;
  standing: Standing['is'] | null;
}

/** What stands at the right of a header. */
export type Figure = Pick<Header, 'figure' | 'caption' | 'standing'>;

interface EndLabel {
  text: string;
  /** Where the line ends and where its label stands, in logical pixels. */
  from: { x: number; y: number };
  y: number;
}

interface PlacedMark extends Mark {
  x: number;
  text: string;
  row: number;
  align: 'left' | 'right';
  /** From where to where its words reach. */
  start: number;
  end: number;
}

export interface Layout {
  header: Header;
  axis: ValueAxis;
  plot: { left: number; top: number; width: number; height: number };
  labels: EndLabel[];
  marks: PlacedMark[];
}

/** Where everything stands. The axes are ours, so every value has a known place before anything is drawn. */
export function layout(sheet: Sheet, lines: readonly Line[]): Layout {
  const axis = lines.length === 0 ? { low: 0, high: 1, ticks: [] } : valueAxis(lines, sheet);
  const ticks = Math.max(0, ...axis.ticks.map((tick) => textWidth(tick.label, TYPE.small)));
  const left = SIZE.edge + ticks + (ticks > 0 ? 10 : 0);
  const names = endNames(sheet, lines);
  const room = Math.max(0, ...names.map((name) => LEADER + textWidth(name, TYPE.small, 600)));
  const width = SIZE.width - SIZE.edge - left - Math.min(room, MOST_NAME_ROOM);
  const marks = placeMarks(sheet, left, width);
  const rows = Math.max(0, ...marks.map((mark) => mark.row + 1));
  const top = HEADER + rows * MARK_ROW;
  const plot = { left, top, width, height: SIZE.height - FOOTER - top };
  return {
    header: headerOf(sheet, lines),
    axis,
    plot,
    marks,
    labels: endLabels(names, sheet, lines, axis, plot),
  };
}

function headerOf(sheet: Sheet, lines: readonly Line[]): Header {
  const parts = [windowInWords(sheet.from, sheet.to), countInWords(sheet, lines)];
  return headed(sheet, parts, figureOf(sheet, lines));
}

/** A header around a figure: the title as large as it fits beside it, and below the title the parts there are. */
export function headed(sheet: Sheet, parts: readonly (string | undefined)[], figure: Figure): Header {
  const taken = Math.max(textWidth(figure.figure, TYPE.figure, 600), textWidth(figure.caption, TYPE.small));
  const room = SIZE.width - 2 * SIZE.edge - taken - (taken > 0 ? 28 : 0);
  const short = textWidth(sheet.title, TYPE.title, 600) <= room;
  const size = short ? TYPE.title : TYPE.titleOfTwo;
  return {
    title: { lines: wrap(sheet.title, size, room, 600), size },
    subtitle: cutEnd([sheet.subtitle, ...parts].filter(Boolean).join(' · '), TYPE.small, room),
    ...figure,
  };
}

function countInWords(sheet: Sheet, lines: readonly Line[]): string | undefined {
  if (lines.length < 2) return undefined;
  const shared = sharedStart(lines);
  return shared === '' ? countOf(sheet) : `${countOf(sheet)} · ${shared}…`;
}

function figureOf(sheet: Sheet, lines: readonly Line[]): Figure {
  const line = leading(lines, sheet.side);
  if (line === undefined) return { figure: '', caption: '', standing: null };
  const standing = standingOf(line, sheet);
  const which = lines.length === 1 ? '' : sheet.side === 'over' ? 'highest ' : 'lowest ';
  const when = isCurrent(line, sheet) ? 'now' : `at ${moment(line.latest.at, sheet.from, sheet.to)} UTC`;
  const limit = standing?.words ?? limitInWords('failing', sheet)?.replace('failing', 'fails');
  const caption = [`${which}${when}`, limit].filter((part) => part !== undefined).join(' · ');
  return { figure: largeFigure(line.latest.value, sheet.unit), caption, standing: standing?.is ?? null };
}

/** With its unit where that fits, in large type. */
function largeFigure(value: number, unit: string | undefined): string {
  const whole = formatFigure(value, unit);
  if (whole.length <= 16) return whole;
  const bare = isWordUnit(unit) ? formatFigure(value) : whole;
  return bare.length <= 16 ? bare : formatTick(value, unit);
}

function endLabels(
  names: readonly string[],
  sheet: Sheet,
  lines: readonly Line[],
  axis: ValueAxis,
  plot: Layout['plot'],
): EndLabel[] {
  const placed = names.flatMap((text, index): EndLabel[] => {
    const line = lines[index];
    if (line === undefined) return [];
    const x = plot.left + ((line.latest.at - sheet.from) / (sheet.to - sheet.from)) * plot.width;
    const y = plot.top + ((axis.high - line.latest.value) / (axis.high - axis.low)) * plot.height;
    return [{ text, from: { x, y }, y }];
  });
  spread(placed, plot.top - 4, plot.top + plot.height + 4);
  return placed;
}

/** What stands at the end of each line: the part of its name that is its own, and its latest figure. */
function endNames(sheet: Sheet, lines: readonly Line[]): string[] {
  if (lines.length < 2) return [];
  const shared = sharedStart(lines);
  return lines.map((line) => {
    const figure = formatTick(line.latest.value, sheet.unit);
    const name = shared === '' ? line.name : `…${line.name.slice(shared.length)}`;
    const room = MOST_NAME_ROOM - LEADER - textWidth(` · ${figure}`, TYPE.small, 600);
    return [cutMiddle(name, TYPE.small, room), figure].filter(Boolean).join(' · ');
  });
}

/** The start that all names share, up to a sign that ends a part of a name; empty when it is short. */
export function sharedStart(lines: readonly Line[]): string {
  const [first = '', ...others] = lines.map((line) => line.name);
  let length = first.length;
  for (const other of others) while (!other.startsWith(first.slice(0, length))) length -= 1;
  const shared = /^.*[-_./:,=" ]/.exec(first.slice(0, length))?.[0] ?? '';
  return shared.length >= 6 && shared.length < first.length ? shared : '';
}

/** Moves labels apart, from the top down and back up, so that none covers another. */
function spread(labels: EndLabel[], top: number, bottom: number): void {
  const sorted = labels.toSorted((a, b) => a.y - b.y);
  const height = Math.min(LABEL_HEIGHT, (bottom - top) / Math.max(1, sorted.length - 1));
  let free = top;
  for (const label of sorted) {
    label.y = Math.max(label.y, free);
    free = label.y + height;
  }
  free = bottom;
  for (const label of sorted.reverse()) {
    label.y = Math.min(label.y, free);
    free = label.y - height;
  }
}

/** In rows from the top, so that no label covers another and no mark's line crosses the label of one beside it. */
function placeMarks(sheet: Sheet, left: number, width: number): PlacedMark[] {
  const marks = sheet.marks.map((mark) => markAt(mark, sheet, left, width));
  const rows: PlacedMark[][] = [];
  const ordered = [
    ...marks.filter((mark) => mark.align === 'left'),
    ...marks.filter((mark) => mark.align === 'right').reverse(),
  ];
  return ordered.map((mark) => {
    const free = rows.findIndex((row) => row.every((other) => apart(mark, other)));
    const row = free === -1 ? rows.length : free;
    const placed = { ...mark, row };
    rows[row] = [...(rows[row] ?? []), placed];
    return placed;
  });
}

function markAt(mark: Mark, sheet: Sheet, left: number, width: number): PlacedMark {
  const x = left + ((mark.at - sheet.from) / (sheet.to - sheet.from)) * width;
  const text = cutEnd(`${mark.label} ${moment(mark.at, sheet.from, sheet.to)}`, TYPE.small, 360);
  const length = textWidth(text, TYPE.small, 600) + 12;
  const align = x < left + width / 2 ? 'left' : 'right';
  return {
    ...mark,
    x,
    text,
    row: 0,
    align,
    start: align === 'left' ? x : x - length,
    end: align === 'left' ? x + length : x,
  };
}

function apart(a: PlacedMark, b: PlacedMark): boolean {
  return a.end < b.start || b.end < a.start;
}
