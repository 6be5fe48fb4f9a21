import { monitorEventLoopDelay } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { Resvg } from '@resvg/resvg-js';
import { init } from 'echarts';
import type { ChartSpec } from '../../src/snapshots/chart-spec.ts';
import { createPainter } from '../../src/snapshots/painter.ts';
import { type Bench, type Measured, median, round, timed } from './bench.ts';

const ROUNDS = 25;
/** The painter's own fonts: looking through the machine's would slow the other side. */
const font = {
  loadSystemFonts: false,
  defaultFontFamily: 'Inter',
  fontFiles: ['400Regular/Inter_400Regular.ttf', '600SemiBold/Inter_600SemiBold.ttf'].map((file) =>
    fileURLToPath(import.meta.resolve(`@expo-google-fonts/inter/${file}`)),
  ),
};

/** A chart by the painter against bare echarts and resvg on the same points, in turn. */
export const chart: Bench = {
  name: 'chart',
  async run(): Promise<Measured[]> {
    const spec = specOf(240);
    const painter = createPainter();
    await painter.draw(spec);
    bare(spec);
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    for (let turn = 0; turn < ROUNDS; turn += 1) await painter.draw(spec);
    delay.disable();
    const [ours, theirs]: [number[], number[]] = [[], []];
    for (let turn = 0; turn < ROUNDS; turn += 1) {
      ours.push(await timed(() => painter.draw(spec)));
      theirs.push(await timed(async () => bare(spec)));
    }
    await painter.close();
    const held = round(delay.max / 1e6, 1);
    return [
      {
        name: 'a chart',
        compared: 'to bare echarts and resvg',
        value: round(median(ours) / median(theirs), 3),
        limit: 1.2,
        side: 'at most',
        unit: 'x',
        details: { painterMs: round(median(ours)), bareMs: round(median(theirs)) },
      },
      {
        name: 'the event loop while charts are drawn',
        compared: 'longest it was held',
        value: held,
        limit: 20,
        side: 'at most',
        unit: 'ms',
        details: { p99Ms: round(delay.percentile(99) / 1e6), maxMs: held },
      },
    ];
  },
};

function specOf(points: number): ChartSpec {
  const to = Date.UTC(2026, 0, 1, 3, 20);
  const from = to - 3_600_000;
  const series = ['celery', 'mail', 'export'].map((name, nth) => ({
    name,
    points: Array.from({ length: points }, (_, n): [number, number] => [
      from + (n * 3_600_000) / points,
      40 * nth + (n * n) / 40,
    ]),
  }));
  return {
    title: 'Jobs waiting',
    unit: 'jobs',
    series,
    thresholds: { warning: 500, failing: 1_000 },
    from,
    to,
  };
}

/** The same size, points and limits, with nothing around them. */
function bare(spec: ChartSpec): void {
  const drawn = init(null, null, { renderer: 'svg', ssr: true, width: 800, height: 400 });
  drawn.setOption({
    animation: false,
    title: { text: spec.title },
    textStyle: { fontFamily: 'Inter' },
    xAxis: { type: 'time', min: spec.from, max: spec.to },
    yAxis: { type: 'value' },
    series: spec.series.map((one) => ({
      type: 'line',
      name: one.name,
      showSymbol: false,
      data: one.points.map((point) => [...point]),
      markLine: { silent: true, data: [{ yAxis: 500 }, { yAxis: 1_000 }] },
    })),
  });
  const svg = drawn.renderToSVGString();
  drawn.dispose();
  new Resvg(svg, { font, fitTo: { mode: 'width', value: 1_600 } }).render().asPng();
}
