import type { EChartsOption, GraphicComponentOption } from 'echarts';
import { formatFigure, formatTick } from '../report/figures.ts';
import { gaugeScale, type Scale } from './axis.ts';
import type { Sheet } from './chart-spec.ts';
import { date } from './clock.ts';
import { type Words, words } from './graphics.ts';
import { headed, SIZE, TYPE } from './layout.ts';
import type { Line } from './lines.ts';
import { BODY, type Box, countInWords, ownNames, panel, remark, summary, unitInWords } from './panel.ts';
import { limitInWords, standingOf } from './standing.ts';
import { cutMiddle, textWidth } from './text.ts';
import type { Theme } from './theme.ts';

/** Below the bars: the limits, and below them the ends of the scale. */
const FOOT = 48;
const FOOT_LINE = 21;
/** The largest figures by how many there are: so few stand above bars as wide as the picture, more beside shorter ones. */
const STACKED = [88, 88, 44, 34, 28] as const;
const BESIDE = 18;
const MOST_NAME = 250;
/** In parts of the width. */
const MOST_FIGURES = { stacked: 0.55, beside: 0.2 } as const;
/** Figures that would be smaller go without their unit, which the subtitle then says. */
const LEAST = BESIDE;
const SPACE = 16;
/** The arrow of a value beyond the scale, which stands outside of it. */
const ARROW = 10;

interface Row {
  line: Line;
  /** The track of the bar, from one end of the scale to the other. */
  bar: Box;
  texts: readonly (Omit<Words, 'fill'> & { text: string; faint?: boolean })[];
}

interface Said {
  line: Line;
  name: string;
  figure: string;
  remark: string;
}

/** The latest value of each series as a bar on one scale with the zones of the limits, the worst first. */
export function gaugePanel(
  sheet: Sheet,
  lines: readonly Line[],
  asked: { min: number; max: number },
): EChartsOption {
  const { names, shared } = ownNames(sheet, lines);
  const { texts, bare, size } = figuresOf(sheet, lines);
  const said = lines.map((line, index) => {
    return { line, name: names[index] ?? '', figure: texts[index] ?? '', remark: remark(line, sheet) };
  });
  const parts = [date(sheet.to), bare ? unitInWords(sheet) : undefined, countInWords(sheet), shared];
  return panel(sheet, headed(sheet, parts, summary(sheet, lines)), (theme) => {
    const scale = gaugeScale(asked, lines, sheet);
    const rows = isStacked(lines) ? stacked(said, size) : beside(said);
    return [
      ...rows.flatMap((row) => drawn(row, scale, sheet, theme)),
      ...foot(rows[0]?.bar ?? BODY, scale, sheet, theme),
    ];
  });
}

function isStacked(lines: readonly Line[]): boolean {
  return lines.length < STACKED.length;
}

/** The latest values in words, and how large they can be. */
function figuresOf({ unit }: Sheet, lines: readonly Line[]) {
  const room = BODY.width * MOST_FIGURES[isStacked(lines) ? 'stacked' : 'beside'];
  const fitting = (texts: readonly string[]) =>
    Math.min(STACKED[lines.length] ?? BESIDE, room / Math.max(1, widest(texts, 1, 600)));
  const whole = lines.map((line) => formatFigure(line.latest.value, unit));
  const bare = fitting(whole) < LEAST;
  const texts = bare ? lines.map((line) => formatTick(line.latest.value, unit)) : whole;
  return { texts, bare, size: fitting(texts) };
}

function widest(texts: readonly string[], size: number, weight = 400): number {
  return Math.max(0, ...texts.map((text) => textWidth(text, size, weight)));
}

/** Figure, name and remark in a line above each bar. */
function stacked(said: readonly Said[], size: number): Row[] {
  const pitch = (BODY.height - FOOT) / said.length;
  const height = Math.min(48, pitch * 0.34);
  const figures = widest(textsOf(said, 'figure'), size, 600);
  const right = BODY.left + BODY.width;
  return said.map(({ line, name, figure, remark: aside }, index) => {
    const top = BODY.top + index * pitch;
    const y = top + (pitch - height) * 0.46;
    const left = BODY.left + figures + SPACE;
    const end = aside === '' ? right : right - textWidth(aside, 20, 600) - SPACE;
    return {
      line,
      bar: { left: BODY.left, top: top + pitch * 0.94 - height, width: BODY.width, height },
      texts: [
        { text: figure, x: BODY.left, y, size, weight: 600 },
        { text: cutMiddle(name, 20, end - left), x: left, y, size: 20, faint: true },
        { text: aside, x: right, y, size: 20, weight: 600, align: 'right' },
      ],
    };
  });
}

/** Name, bar, figure and remark side by side. */
function beside(said: readonly Said[]): Row[] {
  const pitch = (BODY.height - FOOT) / said.length;
  const height = pitch * 0.62;
  const size = TYPE.small;
  const names = Math.min(MOST_NAME, widest(textsOf(said, 'name'), size));
  const remarks = widest(textsOf(said, 'remark'), size, 600);
  const figures = widest(textsOf(said, 'figure'), BESIDE, 600);
  const right = BODY.left + BODY.width - (remarks === 0 ? 0 : remarks + SPACE);
  const left = BODY.left + names + SPACE + ARROW;
  return said.map(({ line, name, figure, remark: aside }, index) => {
    const top = BODY.top + index * pitch + (pitch - height) / 2;
    const y = top + height / 2;
    return {
      line,
      bar: { left, top, width: right - figures - SPACE - ARROW - left, height },
      texts: [
        { text: cutMiddle(name, size, names), x: BODY.left, y, size },
        { text: figure, x: right, y, size: BESIDE, weight: 600, align: 'right' },
        { text: aside, x: right + SPACE, y, size, weight: 600 },
      ],
    };
  });
}

function textsOf(said: readonly Said[], part: 'name' | 'figure' | 'remark'): string[] {
  return said.map((one) => one[part]);
}

function drawn(
  { line, bar, texts }: Row,
  scale: Scale,
  sheet: Sheet,
  theme: Theme,
): GraphicComponentOption[] {
  const standing = standingOf(line, sheet)?.is ?? null;
  const color = standing === null ? (theme.lines[0] ?? theme.ink) : theme[standing];
  const ink = standing === null ? theme.ink : color;
  return [
    rect(bar, { fill: theme.grid }, 1),
    ...zones(bar, scale, sheet, theme),
    filled(bar, scale, line.latest.value, color),
    ...arrow(bar, scale, line.latest.value, color),
    ...limitLines(bar, scale, sheet, theme),
    ...texts.map(({ text, faint, ...place }) =>
      words(text, { ...place, fill: faint ? theme.faint : ink, verticalAlign: 'middle' }),
    ),
  ];
}

/** From zero where the scale has it, so that what is negative points the other way. */
function filled(bar: Box, scale: Scale, value: number, color: string): GraphicComponentOption {
  const from = along(bar, scale, 0);
  const to = along(bar, scale, value);
  const inset = bar.height * 0.18;
  const left = Math.max(bar.left, Math.min(from, to, bar.left + bar.width - 3));
  const width = Math.max(3, Math.abs(to - from));
  return rect({ left, top: bar.top + inset, width, height: bar.height - 2 * inset }, { fill: color }, 3);
}

/** Where the value lies beyond the scale, and on which side. */
function arrow({ left, top, width, height }: Box, scale: Scale, value: number, fill: string) {
  if (value >= scale.low && value <= scale.high) return [];
  const [x, sign] = value > scale.high ? [left + width + 2, 1] : [left - 2, -1];
  const points = [
    [x, top + height * 0.18],
    [x + sign * ARROW, top + height / 2],
    [x, top + height * 0.82],
  ];
  return [{ type: 'polygon' as const, silent: true, z: 3, shape: { points }, style: { fill } }];
}

/** The stretches of the scale behind each limit: warning up to failing, and failing up to the end. */
function zones(bar: Box, scale: Scale, { thresholds, side }: Sheet, theme: Theme): GraphicComponentOption[] {
  const end = side === 'over' ? scale.high : scale.low;
  const { warning, failing } = thresholds;
  return [
    ...(warning === undefined ? [] : zone(bar, scale, [warning, failing ?? end], side, theme.warning)),
    ...(failing === undefined ? [] : zone(bar, scale, [failing, end], side, theme.failing)),
  ];
}

function zone(
  bar: Box,
  scale: Scale,
  [from, to]: [number, number],
  side: 'over' | 'under',
  fill: string,
): GraphicComponentOption[] {
  const [start, end] = side === 'over' ? [from, to] : [to, from];
  const left = along(bar, scale, start);
  const width = along(bar, scale, end) - left;
  return width > 0 ? [rect({ ...bar, left, width }, { fill, opacity: 0.3 }, 2)] : [];
}

function limitLines(bar: Box, scale: Scale, { thresholds }: Sheet, theme: Theme): GraphicComponentOption[] {
  return (['warning', 'failing'] as const).flatMap((is) => {
    const limit = thresholds[is];
    if (limit === undefined || limit < scale.low || limit > scale.high) return [];
    const box = { left: along(bar, scale, limit) - 1.5, top: bar.top - 4, width: 3, height: bar.height + 8 };
    return rect(box, { fill: theme[is] }, 4);
  });
}

/** The limits in words where they stand, and below them both ends of the scale. */
function foot(bar: Box, scale: Scale, sheet: Sheet, theme: Theme): GraphicComponentOption[] {
  const top = BODY.top + BODY.height - FOOT + 6;
  const end = { y: top + FOOT_LINE, size: TYPE.small, fill: theme.faint };
  return [
    ...limitWords(bar, scale, sheet, theme, top),
    words(formatTick(scale.low, sheet.unit), { ...end, x: bar.left }),
    words(formatTick(scale.high, sheet.unit), { ...end, x: bar.left + bar.width, align: 'right' }),
  ];
}

/** The words of the lower of two limits end at its line, those of the higher one begin there: so both find room. */
function limitWords(bar: Box, scale: Scale, sheet: Sheet, theme: Theme, y: number): GraphicComponentOption[] {
  const limits = (['warning', 'failing'] as const)
    .flatMap((is) => {
      const at = sheet.thresholds[is] ?? Number.NaN;
      const text = limitInWords(is, sheet) ?? is;
      return at >= scale.low && at <= scale.high ? { is, text, line: along(bar, scale, at) } : [];
    })
    .sort((a, b) => a.line - b.line);
  const widths = limits.map(({ text }) => textWidth(text, TYPE.small, 600));
  const right = SIZE.width - SIZE.edge;
  let free: number = SIZE.edge;
  return limits.map(({ is, text, line }, index) => {
    const [own = 0, next] = widths.slice(index);
    const wanted = limits.length === 1 ? line - own / 2 : index === 0 ? line - own : line;
    const last = right - own - (next === undefined ? 0 : next + SPACE);
    const x = Math.max(free, Math.min(wanted, last));
    free = x + own + SPACE;
    return words(text, { x, y, size: TYPE.small, fill: theme[is], weight: 600 });
  });
}

/** Where a value stands along a bar; what is beyond the scale, at its end. */
function along({ left, width }: Box, { low, high }: Scale, value: number): number {
  return left + width * Math.min(1, Math.max(0, (value - low) / (high - low)));
}

function rect({ left: x, top: y, width, height }: Box, style: object, z: number): GraphicComponentOption {
  return { type: 'rect', silent: true, z, shape: { x, y, width, height, r: z < 4 ? 3 : 1 }, style };
}
