import type { EChartsOption, GraphicComponentOption, LineSeriesOption, ScatterSeriesOption } from 'echarts';
import type { Sheet } from './chart-spec.ts';
import { type Tick, timeTicks } from './clock.ts';
import { header, labels, marks, nothing } from './graphics.ts';
import { type Layout, layout, SIZE, TYPE } from './layout.ts';
import { type Line, stretchesOf } from './lines.ts';
import { limitInWords } from './standing.ts';
import { textWidth } from './text.ts';
import { lineStyle, THEMES, type Theme } from './theme.ts';

/** A chart in the words of echarts. */
export function optionOf(sheet: Sheet, lines: readonly Line[]): EChartsOption {
  const theme = THEMES[sheet.theme ?? 'light'];
  const place = layout(sheet, lines);
  const graphic: GraphicComponentOption[] = [
    ...header(place.header, theme),
    ...marks(place, theme),
    ...labels(place, theme),
    ...(lines.length === 0 ? nothing(place, theme) : []),
  ];
  return {
    animation: false,
    backgroundColor: theme.paper,
    textStyle: { fontFamily: 'Inter' },
    grid: { ...place.plot, outerBoundsMode: 'none' },
    xAxis: timeAxis(sheet, place, theme),
    yAxis: figuresAxis(place, theme),
    series: [
      limits(sheet, place, theme),
      ...drawn(sheet, lines, place, theme),
      ends(lines, sheet, place, theme),
    ],
    graphic,
  };
}

function timeAxis(sheet: Sheet, { plot }: Layout, theme: Theme): EChartsOption['xAxis'] {
  const fits = (tick: Tick) => {
    const x = plot.left + ((tick.at - sheet.from) / (sheet.to - sheet.from)) * plot.width;
    return x + textWidth(tick.label, TYPE.small) / 2 < SIZE.width - 4;
  };
  const ticks = timeTicks(sheet.from, sheet.to, Math.floor(plot.width / 95)).filter(fits);
  const names = new Map(ticks.map((tick) => [tick.at, tick.label]));
  const customValues = [...names.keys()];
  return {
    type: 'value',
    min: sheet.from,
    max: sheet.to,
    axisLine: { show: true, onZero: false, lineStyle: { color: theme.axis } },
    axisTick: { show: true, customValues, lineStyle: { color: theme.axis } },
    axisLabel: {
      customValues,
      formatter: (value: number) => names.get(value) ?? '',
      color: theme.faint,
      fontSize: TYPE.small,
      margin: 10,
      hideOverlap: false,
    },
    splitLine: { show: false },
  };
}

function figuresAxis({ axis }: Layout, theme: Theme): EChartsOption['yAxis'] {
  const names = new Map(axis.ticks.map((tick) => [tick.value, tick.label]));
  const customValues = [...names.keys()];
  return {
    type: 'value',
    min: axis.low,
    max: axis.high,
    axisLine: { show: false },
    axisTick: { show: false, customValues },
    axisLabel: {
      customValues,
      formatter: (value: number) => names.get(value) ?? '',
      color: theme.faint,
      fontSize: TYPE.small,
      margin: 10,
      hideOverlap: false,
    },
    splitLine: { show: axis.ticks.length > 0, lineStyle: { color: theme.grid, width: 1 } },
  };
}

/** A line without points that carries the limits and the tint of the failing side. */
function limits(sheet: Sheet, place: Layout, theme: Theme): LineSeriesOption {
  const { axis } = place;
  const { failing } = sheet.thresholds;
  const edge = sheet.side === 'over' ? axis.high : axis.low;
  const tinted = failing !== undefined && axis.ticks.length > 0 && inside(failing, axis);
  return {
    type: 'line',
    data: [],
    silent: true,
    z: 1,
    markArea: {
      silent: true,
      itemStyle: { color: theme.failingTint },
      data: tinted ? [[{ yAxis: failing }, { yAxis: edge }]] : [],
    },
    markLine: { silent: true, symbol: 'none', animation: false, data: limitLines(sheet, place, theme) },
  };
}

type MarkLines = NonNullable<NonNullable<LineSeriesOption['markLine']>['data']>;

function limitLines(sheet: Sheet, place: Layout, theme: Theme): MarkLines {
  const { axis } = place;
  const styles = {
    failing: { color: theme.failing, dash: [10, 6] },
    warning: { color: theme.warning, dash: [4, 4] },
  };
  return (['warning', 'failing'] as const).flatMap((is) => {
    const limit = sheet.thresholds[is];
    if (limit === undefined || axis.ticks.length === 0 || !inside(limit, axis)) return [];
    const { color, dash } = styles[is];
    return {
      yAxis: limit,
      lineStyle: { color, type: dash, width: 2 },
      label: {
        formatter: () => limitInWords(is, sheet) ?? is,
        position: labelPosition(is, sheet, place),
        color,
        fontSize: TYPE.small,
        fontWeight: 600,
        textBorderColor: theme.paper,
        textBorderWidth: 4,
      },
    };
  });
}

/** At the left, above the line; below it for the lower of two limits that are too close for two labels between them. */
function labelPosition(is: 'failing' | 'warning', { thresholds }: Sheet, { axis, plot }: Layout) {
  const { failing = Number.NaN, warning = Number.NaN } = thresholds;
  const limit = is === 'failing' ? failing : warning;
  const apart = (Math.abs(failing - warning) / (axis.high - axis.low)) * plot.height;
  if (apart < 24) return limit === Math.min(failing, warning) ? 'insideStartBottom' : 'insideStartTop';
  return limit >= axis.high ? 'insideStartBottom' : 'insideStartTop';
}

function inside(limit: number, axis: Layout['axis']): boolean {
  return limit >= axis.low && limit <= axis.high;
}

function drawn(
  sheet: Sheet,
  lines: readonly Line[],
  { plot, axis }: Layout,
  theme: Theme,
): LineSeriesOption[] {
  const columns = Math.round(plot.width / (lines.length > 4 ? 2 : 1));
  return lines
    .map((line, index): LineSeriesOption => {
      const style = { ...lineStyle(theme, index), width: strokeWidth(index, lines.length) };
      return {
        type: 'line',
        name: line.name,
        data: stretchesOf(line, sheet.from, sheet.to, columns).flatMap(closed),
        showSymbol: false,
        silent: true,
        lineStyle: { ...style, join: 'round' },
        ...(lines.length === 1 && axis.low === 0 && sheet.side === 'over'
          ? { areaStyle: { color: style.color, opacity: 0.1, origin: 'start' } }
          : {}),
        z: 3,
      };
    })
    .reverse();
}

/** Many lines are drawn finer, so that their dashes can still be told apart. */
function strokeWidth(index: number, lines: number): number {
  return (index === 0 ? 3.5 : 2.5) - (lines > 4 ? 1 : 0);
}

/** A stretch and the gap behind it. */
function closed(stretch: [number, number][]): [number, number | null][] {
  return [...stretch, [stretch.at(-1)?.[0] ?? 0, null]];
}

/** Dots: where each line ends, and points that stand alone, which have no line. */
function ends(lines: readonly Line[], sheet: Sheet, { plot }: Layout, theme: Theme): ScatterSeriesOption {
  const data = lines.flatMap((line, index) => {
    const itemStyle = { color: lineStyle(theme, index).color, opacity: 1 };
    const alone = stretchesOf(line, sheet.from, sheet.to, plot.width).filter(
      (stretch) => stretch.length === 1,
    );
    const end = { value: [line.latest.at, line.latest.value], symbolSize: index === 0 ? 11 : 8, itemStyle };
    return [
      ...alone.slice(0, 200).map(([point]) => ({ value: [...(point ?? [])], symbolSize: 7, itemStyle })),
      end,
    ];
  });
  return { type: 'scatter', silent: true, clip: false, z: 4, data };
}
