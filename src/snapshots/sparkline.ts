import type { GraphicComponentOption } from 'echarts';
import { valueAxis } from './axis.ts';
import type { Sheet } from './chart-spec.ts';
import { type Line, stretchesOf } from './lines.ts';
import type { Box } from './panel.ts';

/** Whether there is any movement to see: one point has none. */
export function hasTrend(line: Line): boolean {
  return line.times.length > 1;
}

/** A line over the sheet's time without axes, on a scale of its own, with a dot where it ends. */
export function sparkline(line: Line, sheet: Sheet, box: Box, color: string): GraphicComponentOption[] {
  const { low, high } = valueAxis([line], { unit: sheet.unit, thresholds: {} });
  const place = ([at, value]: readonly [number, number]): [number, number] => [
    box.left + ((at - sheet.from) / (sheet.to - sheet.from)) * box.width,
    box.top + ((high - value) / (high - low)) * box.height,
  ];
  const [cx, cy] = place([line.latest.at, line.latest.value]);
  const stretches = stretchesOf(line, sheet.from, sheet.to, Math.round(box.width));
  return [
    ...stretches.map((stretch) => ({
      type: 'polyline' as const,
      silent: true,
      z: 4,
      shape: { points: stretch.map(place) },
      style: { stroke: color, lineWidth: 2, fill: 'none', lineJoin: 'round' as const },
    })),
    { type: 'circle', silent: true, z: 5, shape: { cx, cy, r: 3.5 }, style: { fill: color } },
  ];
}
