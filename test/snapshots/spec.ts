import type { ChartSpec } from '../../src/snapshots/painter.ts';
import type { Series } from '../../src/steps/step-kind.ts';

export const TO = Date.UTC(2025, 10, 20, 3, 2);
export const FROM = TO - 3_600_000;

/** A point every 15 s over the hour before `TO`; `value` gets the minute since its start. */
export function series(name: string, value: (minute: number) => number): Series {
  const points = Array.from({ length: 241 }, (_, i) => [FROM + i * 15_000, value(i / 4)] as const);
  return { name, points };
}

export function spec(change: Partial<ChartSpec> = {}): ChartSpec {
  return {
    title: 'Jobs waiting',
    unit: 'jobs',
    thresholds: { warning: 500, failing: 1_000 },
    from: FROM,
    to: TO,
    series: [
      series('celery', (minute) => (minute === 12 ? 12 : minute < 49 ? 40 : 1_000 + (minute - 49) * 84)),
    ],
    ...change,
  };
}
