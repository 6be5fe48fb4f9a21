import type { Finding } from '../diagnosis/finding.ts';
import type { ChartSpec } from '../snapshots/chart-spec.ts';
import type { Series } from '../steps/step-kind.ts';

/** What a finding's chart shows: its series over the time they cover, its limits, and moments worth marking. */
export function chartOf(finding: Finding, marks: ChartSpec['marks'] = []): ChartSpec {
  const series = finding.series ?? [];
  const { from, to } = covered(series);
  return {
    title: finding.title,
    ...(finding.unit === undefined ? {} : { unit: finding.unit }),
    series,
    thresholds: finding.thresholds,
    marks,
    from,
    to,
  };
}

function covered(series: readonly Series[]): { from: number; to: number } {
  const times = series.flatMap((one) => one.points.map(([at]) => at));
  if (times.length === 0) return { from: Date.now() - 3_600_000, to: Date.now() };
  return { from: times.reduce((a, b) => Math.min(a, b)), to: times.reduce((a, b) => Math.max(a, b)) };
}
