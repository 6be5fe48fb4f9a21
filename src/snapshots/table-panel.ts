import type { EChartsOption, GraphicComponentOption } from 'echarts';
import { formatFigure } from '../report/figures.ts';
import { cellInWords } from './alt.ts';
import type { PackedTable, Sheet } from './chart-spec.ts';
import { date } from './clock.ts';
import { words } from './graphics.ts';
import { headed, TYPE } from './layout.ts';
import { BODY, panel } from './panel.ts';
import { cutEnd, textWidth } from './text.ts';
import type { Theme } from './theme.ts';

/** Sizes of type with the height of a line; the first in which the whole table finds room. */
const TYPES = [
  { size: 20, line: BODY.height / 9 },
  { size: TYPE.small, line: BODY.height / 14 },
] as const;
const GAP = 26;
const PAD = 8;
/** Texts are cut down to this, and not further; numbers are not cut. */
const LEAST = 150;

interface Column {
  name: string;
  cells: string[];
  /** Numbers stand at the right. */
  numeric: boolean;
  /** What the whole column takes, and what it takes at the least. */
  natural: number;
  least: number;
}

interface Placed extends Column {
  left: number;
  width: number;
}

interface TableLayout {
  columns: Placed[];
  rows: number;
  size: number;
  line: number;
  /** What found no room. */
  rest: string;
}

/** As many rows and columns as can be read, and how many there are more. */
export function tablePanel(sheet: Sheet, table: PackedTable): EChartsOption {
  const place = tableLayout(table);
  const parts = [date(sheet.to), formatFigure(table.totalRows, 'rows')];
  const head = headed(sheet, parts, { figure: '', caption: '', standing: null });
  return panel(sheet, head, (theme) => drawn(place, theme), isEmpty(table));
}

function drawn({ columns, rows, size, line, rest }: TableLayout, theme: Theme): GraphicComponentOption[] {
  const middle = (row: number) => BODY.top + (row + 0.5) * line;
  const last = columns.at(-1);
  const width = last === undefined ? 0 : last.left + last.width - BODY.left;
  const indexes = Array.from({ length: rows }, (_, index) => index);
  const text = (content: string, column: Placed, row: number, weight: number, fill: string) =>
    words(cutEnd(content, size, column.width, weight), {
      x: column.numeric ? column.left + column.width : column.left,
      y: middle(row),
      size,
      fill,
      weight,
      align: column.numeric ? 'right' : 'left',
      verticalAlign: 'middle',
    });
  return [
    ...indexes.filter((index) => index % 2 === 0).map((index) => stripe(index + 1, line, width, theme)),
    ...columns.flatMap((column) => [
      text(column.name, column, 0, 600, theme.faint),
      ...indexes.map((index) => text(column.cells[index] ?? '', column, index + 1, 400, theme.ink)),
    ]),
    words(cutEnd(rest, TYPE.small, BODY.width), {
      x: BODY.left,
      y: middle(rows + 1),
      size: TYPE.small,
      fill: theme.faint,
      verticalAlign: 'middle',
    }),
  ];
}

function stripe(row: number, height: number, inner: number, theme: Theme): GraphicComponentOption {
  const shape = { x: BODY.left - PAD, y: BODY.top + row * height, width: inner + 2 * PAD, height, r: 4 };
  return { type: 'rect', silent: true, z: 1, shape, style: { fill: theme.grid, opacity: 0.6 } };
}

function tableLayout(table: PackedTable): TableLayout {
  const [large, small] = TYPES.map((type) => fitted(table, type)) as [TableLayout, TableLayout];
  const whole = large.rest === '' && large.columns.every((column) => column.width >= column.natural);
  return whole ? large : small;
}

function fitted(table: PackedTable, { size, line }: (typeof TYPES)[number]): TableLayout {
  const all = table.columns.map((name, index) => columnOf(name, index, table.rows, size));
  const columns = placed(fitting(all));
  const lines = Math.round(BODY.height / line) - 1;
  const whole = table.totalRows <= lines && columns.length === table.totalColumns;
  const rows = Math.min(table.rows.length, whole ? lines : lines - 1);
  return { columns, rows, size, line, rest: restInWords(table, rows, columns.length) };
}

function columnOf(name: string, index: number, rows: PackedTable['rows'], size: number): Column {
  const values = rows.map((row) => row[index] ?? null);
  const cells = values.map(cellInWords);
  const known = values.filter((value) => value !== null);
  const numeric = known.length > 0 && known.every((value) => typeof value === 'number');
  const content = Math.max(0, ...cells.map((cell) => textWidth(cell, size)));
  const natural = Math.ceil(Math.max(content, textWidth(name, size, 600)));
  return { name, cells, numeric, natural, least: Math.min(natural, Math.max(numeric ? content : 0, LEAST)) };
}

/** The first columns that find room side by side; one in any case. */
function fitting(columns: Column[]): Column[] {
  let taken = 0;
  const last = columns.findIndex((column, index) => {
    taken += column.least + (index === 0 ? 0 : GAP);
    return index > 0 && taken > BODY.width;
  });
  return last === -1 ? columns : columns.slice(0, last);
}

/** What is wide gives way to what is narrow; what is left over stands between the columns. */
function placed(columns: Column[]): Placed[] {
  const room = BODY.width - GAP * (columns.length - 1);
  const widthsUnder = (cap: number) => columns.map((one) => Math.max(one.least, Math.min(one.natural, cap)));
  const sum = (widths: number[]) => widths.reduce((a, b) => a + b, 0);
  let cap = BODY.width;
  while (cap > LEAST && sum(widthsUnder(cap)) > room) cap -= 2;
  const widths = widthsUnder(cap);
  const extra = Math.min(GAP, Math.max(0, room - sum(widths)) / Math.max(1, columns.length - 1));
  let left = BODY.left;
  return columns.map((column, index) => {
    const width = Math.min(widths[index] ?? 0, BODY.width);
    const place = { ...column, left, width };
    left += width + GAP + extra;
    return place;
  });
}

function isEmpty({ columns, rows }: PackedTable): boolean {
  return columns.length === 0 || rows.length === 0;
}

/** `and 35 more rows · 2 columns left out: a, b`; empty when all found room. */
function restInWords(table: PackedTable, rows: number, columns: number): string {
  const more = table.totalRows - rows;
  const out = table.totalColumns - columns;
  const names = table.columns.slice(columns);
  return [
    more > 0 && `and ${formatFigure(more)} more ${more === 1 ? 'row' : 'rows'}`,
    out > 0 &&
      `${formatFigure(out, 'columns')} left out: ${names.join(', ')}${out > names.length ? ', …' : ''}`,
  ]
    .filter(Boolean)
    .join(' · ');
}
