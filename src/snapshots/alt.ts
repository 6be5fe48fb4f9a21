import { formatDuration, formatFigure, isWordUnit } from '../report/figures.ts';
import type { Sheet } from './chart-spec.ts';
import { date, moment } from './clock.ts';
import { isCurrent, type Line } from './lines.ts';
import { limitInWords, standingOf } from './standing.ts';

/** Slack's bound for alt text. */
const LONGEST = 1_000;
const HOUR = 3_600_000;
const MOST_NAMED = 4;

/** The chart in figures, for whoever hears it read or sees no pictures. At most 1,000 characters. */
export function altText(sheet: Sheet, lines: readonly Line[]): string {
  const head = `${sheet.title}, ${lastStretch(sheet)}`;
  const marks = sheet.marks.map((mark) => `; ${mark.label} at ${at(mark.at, sheet)}`).join('');
  const [only, ...others] = lines;
  if (only === undefined) return clip(`${head}: no data${ending(limitInWords('failing', sheet))}`);
  if (others.length === 0 && sheet.total === 1) {
    return clip(
      `${head}: ${latest(only, sheet)}, ${extremes(only, sheet, true)}${standing(only, sheet)}${marks}`,
    );
  }
  return several(`${head}, ${countOf(sheet)}${worst(sheet, lines)}${marks}`, sheet, lines);
}

/** `12 of 200 series, the highest` */
export function countOf(sheet: Pick<Sheet, 'names' | 'total' | 'side'>): string {
  const drawn = sheet.names.length;
  if (drawn === sheet.total) return `${drawn} series`;
  return `${drawn} of ${formatFigure(sheet.total)} series, the ${sheet.side === 'over' ? 'highest' : 'lowest'}`;
}

function several(head: string, sheet: Sheet, lines: readonly Line[]): string {
  const parts = lines.map(
    (line) => `${short(line.name)}: ${latest(line, sheet)} (${extremes(line, sheet, false)})`,
  );
  let text = head;
  for (const [index, part] of parts.entries()) {
    const rest = `; and ${parts.length - index} more`;
    const more = `${text}; ${part}`;
    if (more.length + (index === parts.length - 1 ? 0 : rest.length) > LONGEST) return clip(`${text}${rest}`);
    text = more;
  }
  return clip(text);
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

function clip(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1).toWellFormed()}…` : text;
}
