import type { ChartSpec } from '../../src/snapshots/chart-spec.ts';
import { createPainter, type Painter } from '../../src/snapshots/painter.ts';
import type { Drawing } from '../../src/steps/step-kind.ts';
import { type Bench, type Measured, median, round, timed } from './bench.ts';

const ROUNDS = 25;
const ROWS = 100_000;
const FORMS: readonly Drawing[] = [
  { as: 'figures' },
  { as: 'gauge', min: 0, max: 4_000 },
  {
    as: 'table',
    columns: ['queue', 'jobs', 'oldest', 'worker', 'paused'],
    rows: Array.from({ length: ROWS }, (_, n) => [
      `queue-${n}`,
      n * n,
      `${n} min`,
      'denis-workers-7d4c9',
      n % 2 > 0,
    ]),
  },
];

/** Every other form of twelve series, or of a large table, against the same twelve as lines over time, in turn. */
export const forms: Bench = {
  name: 'forms',
  async run(): Promise<Measured[]> {
    const painter = createPainter();
    const lines = specOf();
    await painter.draw(lines);
    const measured: Measured[] = [];
    for (const drawing of FORMS) measured.push(await measure(painter, lines, drawing));
    await painter.close();
    return measured;
  },
};

async function measure(painter: Painter, lines: ChartSpec, drawing: Drawing): Promise<Measured> {
  const form = { ...lines, drawing };
  await painter.draw(form);
  const [ours, theirs]: [number[], number[]] = [[], []];
  for (let turn = 0; turn < ROUNDS; turn += 1) {
    ours.push(await timed(() => painter.draw(form)));
    theirs.push(await timed(() => painter.draw(lines)));
  }
  return {
    name: `a drawing as ${drawing.as}`,
    compared: 'to lines over time',
    value: round(median(ours) / median(theirs), 3),
    limit: 1,
    side: 'at most',
    unit: 'x',
    details: { formMs: round(median(ours)), linesMs: round(median(theirs)) },
  };
}

function specOf(): ChartSpec {
  const to = Date.UTC(2026, 0, 1, 3, 20);
  const from = to - 3_600_000;
  const series = Array.from({ length: 12 }, (_, nth) => ({
    name: `denis-workers-${nth}`,
    points: Array.from({ length: 240 }, (_, n): [number, number] => [
      from + n * 15_000,
      40 * nth + (n * n) / 40,
    ]),
  }));
  return {
    title: 'Jobs waiting',
    unit: 'jobs',
    series,
    thresholds: { warning: 500, failing: 1_800 },
    from,
    to,
  };
}
