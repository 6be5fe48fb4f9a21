import type { Finding } from '../diagnosis/finding.ts';
import type { ChartSpec } from '../snapshots/chart-spec.ts';
import type { Series } from '../steps/step-kind.ts';

const HOUR_MS = 3_600_000;

/** What a finding's chart shows: its series up to `to`, its limits, and moments worth marking. */
export function chartOf(finding: Finding, to: number, marks: ChartSpec['marks'] = []): ChartSpec {
  const series = finding.series ?? [];
  return {
    title: finding.title,
    ...(finding.unit === undefined ? {} : { unit: finding.unit }),
    series,
    ...(finding.drawing === undefined ? {} : { drawing: finding.drawing }),
    thresholds: finding.thresholds,
    marks,
    from: beginning(series, to),
    to,
  };
}

/** Stale data ends before the chart does, and looks as stale as it is. */
function beginning(series: readonly Series[], to: number): number {
  const times = series.flatMap((one) => one.points.map(([at]) => at));
  return times.length === 0 ? to - HOUR_MS : times.reduce((a, b) => Math.min(a, b));
}
