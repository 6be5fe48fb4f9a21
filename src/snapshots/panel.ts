import type { EChartsOption, GraphicComponentOption } from 'echarts';
import { formatDuration, isWordUnit } from '../report/figures.ts';
import type { Sheet } from './chart-spec.ts';
import { header, nothing } from './graphics.ts';
import { type Figure, type Header, SIZE, sharedStart } from './layout.ts';
import { isCurrent, type Line } from './lines.ts';
import { limitInWords, standingOf } from './standing.ts';
import { THEMES, type Theme } from './theme.ts';

export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** What a header leaves of a picture. */
export const BODY: Box = { left: SIZE.edge, top: 96, width: SIZE.width - 2 * SIZE.edge, height: 290 };

/** A picture without axes in the words of echarts: its header, and below it what `body` draws, or that there is nothing. */
export function panel(
  sheet: Sheet,
  head: Header,
  body: (theme: Theme) => GraphicComponentOption[],
  empty = sheet.names.length === 0,
): EChartsOption {
  const theme = THEMES[sheet.theme ?? 'light'];
  return {
    animation: false,
    backgroundColor: theme.paper,
    textStyle: { fontFamily: 'Inter' },
    graphic: [...header(head, theme), ...(empty ? nothing({ plot: BODY }, theme) : body(theme))],
  };
}

/** How many of several are beyond a limit: `3 failing`, `over 1,000 jobs`; for a single one the limit alone. */
export function summary(sheet: Sheet, lines: readonly Line[]): Figure {
  const standings = lines.map((line) => standingOf(line, sheet)?.is);
  const standing = (['failing', 'warning'] as const).find((is) => standings.includes(is)) ?? null;
  const count = standings.filter((is) => is === standing).length;
  const limit = limitInWords(standing ?? 'failing', sheet) ?? '';
  if (standing === null) return { figure: '', caption: limit.replace('failing', 'fails'), standing };
  if (lines.length === 1) return { figure: '', caption: limit, standing };
  const all = count === lines.length && count < sheet.total;
  return {
    figure: `${count}${all ? '+' : ''} ${standing}`,
    caption: limit.slice(standing.length + 1),
    standing,
  };
}

/** `7 series`, `the 12 highest, and 5 more`; nothing for a single one. */
export function countInWords({ names, total, side }: Sheet): string | undefined {
  if (total < 2) return undefined;
  if (names.length === total) return `${total} series`;
  const more = (total - names.length).toLocaleString('en-US');
  return `the ${names.length} ${side === 'over' ? 'highest' : 'lowest'}, and ${more} more`;
}

/** What each name has of its own, and what all share as a part of the subtitle. A single one may only repeat the title. */
export function ownNames(sheet: Sheet, lines: readonly Line[]): { names: string[]; shared?: string } {
  const shared = lines.length > 1 ? sharedStart(lines) : '';
  const names = lines.map(({ name }) => (shared === '' ? name : `…${name.slice(shared.length)}`));
  if (lines.length === 1 && names[0] === sheet.title) return { names: [''] };
  return shared === '' ? { names } : { names, shared: `${shared}…` };
}

/** What has to be said beside a figure: `failing`, `20 min ago`, `failing, 20 min ago`; mostly nothing. */
export function remark(line: Line, sheet: Sheet): string {
  const old = isCurrent(line, sheet) ? [] : [`${formatDuration(sheet.to - line.latest.at)} ago`];
  return [standingOf(line, sheet)?.is ?? [], old].flat().join(', ');
}

/** A unit that is a word, for where figures have no room for it. */
export function unitInWords({ unit }: Sheet): string | undefined {
  return isWordUnit(unit) ? `in ${unit}` : undefined;
}
