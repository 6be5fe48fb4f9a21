import type { EChartsOption, GraphicComponentOption } from 'echarts';
import { formatFigure, formatTick } from '../report/figures.ts';
import type { Sheet } from './chart-spec.ts';
import { windowInWords } from './clock.ts';
import { words } from './graphics.ts';
import { headed, TYPE } from './layout.ts';
import type { Line } from './lines.ts';
import { BODY, type Box, countInWords, ownNames, panel, remark, summary, unitInWords } from './panel.ts';
import { hasTrend, sparkline } from './sparkline.ts';
import { standingOf } from './standing.ts';
import { cutEnd, cutMiddle, textWidth } from './text.ts';
import type { Theme } from './theme.ts';

const GAP = 12;
const PAD = 12;
/** Tiles side by side, by how many there are: wider than tall, and few places empty. */
const COLUMNS = [1, 1, 2, 3, 2, 3, 3, 4, 4, 3, 4, 4, 4] as const;
/** Figures smaller than this go without their unit, which the subtitle then says. */
const LEAST_WITH_UNIT = 22;
const LEAST = 16;
const MOST = 96;
/** A line shorter than this shows nothing. */
const LEAST_TREND = 60;

interface Tile {
  line: Line;
  name: string;
  figure: string;
  remark: string;
}

/** Sizes that all tiles share, so that figures can be compared. */
interface Type {
  name: number;
  figure: number;
  /** Height of the row below the figure: the small line and the remark. */
  below: number;
}

/** One tile for each series with its latest value large, the worst first. */
export function figuresPanel(sheet: Sheet, lines: readonly Line[]): EChartsOption {
  const boxes = boxesOf(lines.length);
  const inner = inside(boxes[0] ?? BODY);
  const remarks = lines.map((line) => remark(line, sheet));
  const room = typeOf(inner, lines, remarks.some(Boolean));
  const { texts, size, bare } = figuresIn(lines, sheet.unit, inner.width, room.figure);
  const { names, shared } = ownNames(sheet, lines);
  const type = { ...room, figure: size };
  const parts = [
    windowInWords(sheet.from, sheet.to),
    bare ? unitInWords(sheet) : undefined,
    countInWords(sheet),
    shared,
  ];
  return panel(sheet, headed(sheet, parts, summary(sheet, lines)), (theme) =>
    lines.flatMap((line, index) => {
      const texted = { name: names[index] ?? '', figure: texts[index] ?? '', remark: remarks[index] ?? '' };
      return tile({ line, ...texted }, boxes[index] ?? BODY, type, sheet, theme);
    }),
  );
}

function boxesOf(count: number): Box[] {
  const columns = COLUMNS[count] ?? 4;
  const rows = Math.ceil(count / columns);
  const width = (BODY.width - (columns - 1) * GAP) / columns;
  const height = (BODY.height - (rows - 1) * GAP) / rows;
  return Array.from({ length: count }, (_, index) => ({
    left: BODY.left + (index % columns) * (width + GAP),
    top: BODY.top + Math.floor(index / columns) * (height + GAP),
    width,
    height,
  }));
}

function inside({ left, top, width, height }: Box): Box {
  const pad = height < 120 ? PAD / 2 : PAD;
  return { left: left + PAD, top: top + pad, width: width - 2 * PAD, height: height - 2 * pad };
}

function typeOf({ height }: Box, lines: readonly Line[], remarked: boolean): Type {
  const name = height < 120 ? 16 : 20;
  const below = lines.some(hasTrend) ? Math.max(20, height * 0.3) : remarked ? 20 : 0;
  return { name, below, figure: Math.min(MOST, (height - name * 1.3 - below) * 0.82) };
}

/** The latest values in one size of type, as large as the room allows; bare of a unit that would make them small. */
function figuresIn(lines: readonly Line[], unit: string | undefined, room: number, most: number) {
  const whole = lines.map((line) => formatFigure(line.latest.value, unit));
  const short = lines.map((line) => formatTick(line.latest.value, unit));
  const bare = sizeOf(whole, room) < Math.min(most, LEAST_WITH_UNIT);
  const texts = bare ? short : whole;
  return { texts, bare, size: Math.max(LEAST, Math.min(most, sizeOf(texts, room))) };
}

function sizeOf(texts: readonly string[], room: number): number {
  return Math.floor(room / Math.max(1, ...texts.map((text) => textWidth(text, 1, 600))));
}

function tile(
  { line, name, figure, remark: said }: Tile,
  box: Box,
  type: Type,
  sheet: Sheet,
  theme: Theme,
): GraphicComponentOption[] {
  const standing = standingOf(line, sheet)?.is ?? null;
  const ink = standing === null ? theme.ink : theme[standing];
  const { left, top, width, height } = inside(box);
  const bottom = top + height;
  const middle = (top + type.name * 1.3 + bottom - type.below) / 2;
  const aside = said === '' ? 0 : textWidth(said, TYPE.small, 600) + 14;
  const trend = { left, top: bottom - type.below + 4, width: width - aside - 4, height: type.below - 8 };
  return [
    frame(box, standing, theme),
    words(cutMiddle(name, type.name, width), { x: left, y: top, size: type.name, fill: theme.faint }),
    words(cutEnd(figure, type.figure, width, 600), {
      x: left,
      y: middle,
      size: type.figure,
      fill: ink,
      weight: 600,
      verticalAlign: 'middle',
    }),
    ...(hasTrend(line) && trend.width >= LEAST_TREND
      ? sparkline(line, sheet, trend, standing === null ? (theme.lines[0] ?? ink) : ink)
      : []),
    words(said, {
      x: left + width,
      y: bottom - type.below / 2,
      size: TYPE.small,
      fill: ink,
      weight: 600,
      align: 'right',
      verticalAlign: 'middle',
    }),
  ];
}

function frame(
  { left: x, top: y, width, height }: Box,
  standing: 'failing' | 'warning' | null,
  theme: Theme,
): GraphicComponentOption {
  const fill = standing === null ? theme.paper : theme[`${standing}Tint`];
  const style = { fill, stroke: standing === null ? theme.grid : theme[standing], lineWidth: 1.5 };
  return { type: 'rect', silent: true, z: 1, shape: { x, y, width, height, r: 8 }, style };
}
