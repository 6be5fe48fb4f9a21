import type { Finding } from '../diagnosis/finding.ts';
import type { ChartSpec } from '../snapshots/chart-spec.ts';
import { plain } from '../snapshots/text.ts';
import type { Series } from '../steps/step-kind.ts';

const HOUR_MS = 3_600_000;
const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** Whether there is anything of a finding to be looked at. */
export function hasPicture(finding: Finding): boolean {
  const { series = [], drawing } = finding;
  const hasPoints = series.some(({ points }) => points.length > 0);
  return hasPoints || (drawing?.as === 'table' && drawing.rows.length > 0) || hasImage(finding);
}

/** The picture that the other side drew, with what it found in words; null without one, or when it is no PNG. */
export function imageOf(finding: Finding): { png: Buffer; alt: string } | null {
  if (!hasImage(finding)) return null;
  const png = Buffer.from(finding.image ?? '', 'base64');
  return { png, alt: plain(`${finding.title}: ${finding.says}`, 1_000) };
}

function hasImage({ image = '' }: Finding): boolean {
  return Buffer.from(image.slice(0, 12), 'base64').subarray(0, PNG.length).equals(PNG);
}

/**
 * What a finding's chart shows: its series up to `to`, its limits, and moments worth marking. Marks stand on a time
 * axis: with them series are lines over time, however else they are drawn.
 */
export function chartOf(finding: Finding, to: number, marks: ChartSpec['marks'] = []): ChartSpec {
  const { series = [], drawing } = finding;
  const asLines = drawing === undefined || (marks.length > 0 && series.length > 0);
  return {
    title: finding.title,
    ...(finding.unit === undefined ? {} : { unit: finding.unit }),
    series,
    ...(asLines ? {} : { drawing }),
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
