import type { GraphicComponentOption } from 'echarts';
import { type Header, type Layout, SIZE, TYPE } from './layout.ts';
import { lineStyle, type Theme } from './theme.ts';

export interface Words {
  x: number;
  y: number;
  size: number;
  fill: string;
  weight?: number;
  align?: 'left' | 'center' | 'right';
  verticalAlign?: 'top' | 'middle';
}

/** One line of text. */
export function words(
  text: string,
  { x, y, size, fill, weight = 400, align = 'left', verticalAlign = 'top' }: Words,
) {
  const style = { text, fill, fontFamily: 'Inter', fontSize: size, fontWeight: weight, align, verticalAlign };
  return { type: 'text' as const, x, y, silent: true, z: 10, style };
}

/** Title and window on the left, the latest figure on the right. */
export function header(
  { title, subtitle, figure, caption, standing }: Header,
  theme: Theme,
): GraphicComponentOption[] {
  const right = SIZE.width - SIZE.edge;
  const two = title.lines.length > 1;
  const colour = standing === null ? theme.ink : theme[standing];
  return [
    ...title.lines.map((line, index) =>
      words(line, {
        x: SIZE.edge,
        y: (two ? 14 : 22) + index * 26,
        size: title.size,
        fill: theme.ink,
        weight: 600,
      }),
    ),
    words(subtitle, { x: SIZE.edge, y: two ? 70 : 60, size: TYPE.small, fill: theme.faint }),
    words(figure, { x: right, y: 14, size: TYPE.figure, fill: colour, weight: 600, align: 'right' }),
    words(caption, {
      x: right,
      y: figure === '' ? 60 : 64,
      size: TYPE.small,
      fill: standing === null ? theme.faint : colour,
      weight: standing === null ? 400 : 600,
      align: 'right',
    }),
  ];
}

/** A vertical line for each mark, its words above the plot. */
export function marks({ marks: placed, plot }: Layout, theme: Theme): GraphicComponentOption[] {
  const rows = Math.max(0, ...placed.map((mark) => mark.row + 1));
  return placed.flatMap((mark) => {
    const y = plot.top - (rows - mark.row) * 22 - 2;
    const x = mark.align === 'left' ? mark.x + 7 : mark.x - 7;
    const shape = { x1: mark.x, y1: y, x2: mark.x, y2: plot.top + plot.height };
    return [
      { type: 'line' as const, silent: true, z: 6, shape, style: { stroke: theme.mark, lineWidth: 2 } },
      words(mark.text, { x, y, size: TYPE.small, fill: theme.mark, weight: 600, align: mark.align }),
    ];
  });
}

/** The name of each line at its end, tied to it in its own stroke. */
export function labels({ labels: placed, plot }: Layout, theme: Theme): GraphicComponentOption[] {
  const right = plot.left + plot.width;
  return placed.flatMap((label, index) => {
    const { color, type } = lineStyle(theme, index);
    const points = [
      [label.from.x, label.from.y],
      [right + 4, label.from.y],
      [right + 20, label.y],
    ];
    const style = {
      stroke: color,
      lineWidth: 1.5,
      fill: 'none',
      opacity: 0.8,
      ...(type === 'solid' ? {} : { lineDash: type }),
    };
    return [
      { type: 'polyline' as const, silent: true, z: 5, shape: { points }, style },
      words(label.text, {
        x: right + 25,
        y: label.y,
        size: TYPE.small,
        fill: color,
        weight: index === 0 ? 600 : 400,
        verticalAlign: 'middle',
      }),
    ];
  });
}

export function nothing({ plot }: Pick<Layout, 'plot'>, theme: Theme): GraphicComponentOption[] {
  const x = plot.left + plot.width / 2;
  const y = plot.top + plot.height / 2;
  return [
    words('No data', { x, y: y - 34, size: TYPE.figure, fill: theme.faint, weight: 600, align: 'center' }),
    words('Nothing was measured in this time.', {
      x,
      y: y + 18,
      size: TYPE.small,
      fill: theme.faint,
      align: 'center',
    }),
  ];
}
