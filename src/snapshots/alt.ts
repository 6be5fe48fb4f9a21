import { formatDuration, formatFigure, isWordUnit } from '../report/figures.ts';
import type { Scalar } from '../steps/step-kind.ts';
import { gaugeScale } from './axis.ts';
import type { PackedTable, Sheet } from './chart-spec.ts';
import { date, moment } from './clock.ts';
import { isCurrent, type Line } from './lines.ts';
import { limitInWords, standingOf } from './standing.ts';

/** Slack's bound for alt text. */
const LONGEST = 1_000;
const HOUR = 3_600_000;
const MOST_NAMED = 4;

/** The picture in figures, for whoever hears it read or sees no pictures. At most 1,000 characters. */
export function altText(sheet: Sheet, lines: readonly Line[]): string {
  const { drawing } = sheet;
  if (drawing?.as === 'table') return tableText(sheet, drawing);
  if (lines.length === 0) return nothing(`${sheet.title}, ${lastStretch(sheet)}`, sheet);
  return drawing?.as === 'gauge' ? gaugeText(sheet, lines, drawing) : linesText(sheet, lines);
}

function linesText(sheet: Sheet, lines: readonly Line[]): string {
  const marks = sheet.marks.map((mark) => `; ${mark.label} at ${at(mark.at, sheet)}`).join('');
  return seriesText(`${sheet.title}, ${lastStretch(sheet)}`, sheet, lines, {
    one: (line) => `${latest(line, sheet)}, ${extremes(line, sheet, true)}${standing(line, sheet)}${marks}`,
    each: (line) => `${latest(line, sheet)} (${extremes(line, sheet, false)})`,
    marks,
  });
}

function gaugeText(sheet: Sheet, lines: readonly Line[], asked: { min: number; max: number }): string {
  const { low, high } = gaugeScale(asked, lines, sheet);
  const scale = `on a scale from ${formatFigure(low, sheet.unit)} to ${formatFigure(high, sheet.unit)}`;
  return seriesText(`${sheet.title}, ${date(sheet.to)}, ${scale}`, sheet, lines, {
    one: (line) => `${latest(line, sheet)}${standing(line, sheet)}`,
    each: (line) => latest(line, sheet),
    marks: '',
  });
}

interface Wording {
  /** A line that stands alone, and one among several. */
  one(line: Line): string;
  each(line: Line): string;
  marks: string;
}

function seriesText(
  head: string,
  sheet: Sheet,
  lines: readonly Line[],
  { one, each, marks }: Wording,
): string {
  const [only, ...others] = lines;
  if (only !== undefined && others.length === 0 && sheet.total === 1) return clip(`${head}: ${one(only)}`);
  const parts = lines.map((line) => `${short(line.name)}: ${each(line)}`);
  return listed(`${head}, ${countOf(sheet)}${worst(sheet, lines)}${marks}`, parts, parts.length);
}

function tableText(sheet: Sheet, { columns, rows, totalRows }: PackedTable): string {
  const head = `${sheet.title}, ${date(sheet.to)}`;
  if (columns.length === 0 || rows.length === 0) return nothing(head, sheet);
  const parts = rows.map((row) => row.map((cell) => short(cellInWords(cell))).join(', '));
  return listed(
    `${head}, ${formatFigure(totalRows, 'rows')} of ${clip(columns.map(short).join(', '), LONGEST / 2)}`,
    parts,
    totalRows,
  );
}

/** A table's cell: `–` for nothing, `yes` and `no`, figures, and text as it is. */
export function cellInWords(cell: Scalar): string {
  if (typeof cell === 'number') return Number.isNaN(cell) ? '–' : formatFigure(cell);
  if (typeof cell === 'boolean') return cell ? 'yes' : 'no';
  return cell ?? '–';
}

function nothing(head: string, sheet: Sheet): string {
  return clip(`${head}: no data${ending(limitInWords('failing', sheet))}`);
}

/** `12 of 200 series, the highest` */
export function countOf(sheet: Pick<Sheet, 'names' | 'total' | 'side'>): string {
  const drawn = sheet.names.length;
  if (drawn === sheet.total) return `${drawn} series`;
  return `${drawn} of ${formatFigure(sheet.total)} series, the ${sheet.side === 'over' ? 'highest' : 'lowest'}`;
}

/** As many parts as there is room for, and how many of `total` there are more. */
function listed(head: string, parts: readonly string[], total: number): string {
  let text = head;
  for (const [index, part] of parts.entries()) {
    const rest = `; and ${formatFigure(total - index)} more`;
    const more = `${text}; ${part}`;
    if (more.length + (index === total - 1 ? 0 : rest.length) > LONGEST) return clip(`${text}${rest}`);
    text = more;
  }
  return clip(parts.length === total ? text : `${text}; and ${formatFigure(total - parts.length)} more`);
}

function worst(sheet: Sheet, lines: readonly Line[]): string {
  const found = lines.flatMap((line) => {
    const stands = standingOf(line, sheet);
    return stands?.is === 'failing' ? [`${short(line.name)}${sinceWords(stands.since, sheet)}`] : [];
  });
  const limit = limitInWords('failing', sheet);
  if (limit === undefined) return '';
  if (found.length === 0) return `; none is ${limit}`;
  const more = found.length > MOST_NAMED ? ` and ${found.length - MOST_NAMED} more` : '';
  return `; ${limit}: ${found.slice(0, MOST_NAMED).join(', ')}${more}`;
}

function standing(line: Line, sheet: Sheet): string {
  const stands = standingOf(line, sheet);
  if (stands !== null) return `; ${stands.words}${sinceWords(stands.since, sheet)}`;
  const limit = limitInWords('failing', sheet) ?? limitInWords('warning', sheet);
  return limit === undefined ? '' : `; not ${limit}`;
}

function sinceWords(since: number | null, sheet: Sheet): string {
  return since === null ? ' all the time' : ` since ${at(since, sheet)} UTC`;
}

function latest(line: Line, sheet: Sheet): string {
  const figure = formatFigure(line.latest.value, sheet.unit);
  return isCurrent(line, sheet)
    ? `${figure} now`
    : `${figure} at ${at(line.latest.at, sheet)}, nothing since`;
}

function extremes(line: Line, sheet: Sheet, times: boolean): string {
  const unit = isWordUnit(sheet.unit) ? undefined : sheet.unit;
  const one = (point: Line['lowest']) =>
    `${formatFigure(point.value, unit)}${times ? ` at ${at(point.at, sheet)}` : ''}`;
  return `lowest ${one(line.lowest)}, highest ${one(line.highest)}`;
}

function lastStretch({ from, to }: Sheet): string {
  const length = to - from === HOUR ? 'hour' : formatDuration(to - from);
  return `last ${length} to ${date(to)}`;
}

function at(ms: number, sheet: Sheet): string {
  return moment(ms, sheet.from, sheet.to);
}

function ending(limit: string | undefined): string {
  return limit === undefined ? '' : `; ${limit}`;
}

function short(name: string): string {
  const characters = [...name];
  return characters.length > 60
    ? `${characters.slice(0, 30).join('')}…${characters.slice(-29).join('')}`
    : name;
}

function clip(text: string, longest = LONGEST): string {
  return text.length > longest ? `${text.slice(0, longest - 1).toWellFormed()}…` : text;
}
