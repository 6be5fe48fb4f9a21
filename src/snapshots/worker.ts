import { fileURLToPath } from 'node:url';
import { parentPort } from 'node:worker_threads';
import { Resvg } from '@resvg/resvg-js';
import type { EChartsOption } from 'echarts';
import { init } from 'echarts/dist/echarts.esm.min.mjs';
import { messageOf } from '../errors.ts';
import { altText } from './alt.ts';
import type { Picture, Sheet } from './chart-spec.ts';
import { figuresPanel } from './figures-panel.ts';
import { gaugePanel } from './gauge-panel.ts';
import { SIZE } from './layout.ts';
import { type Line, linesOf } from './lines.ts';
import { optionOf } from './option.ts';
import { tablePanel } from './table-panel.ts';

/** What the painting thread answers to each `Sheet`. */
export type Painted = { ok: true; picture: Picture } | { ok: false; why: string };

const SCALE = 2;
const FONTS = [
  import.meta.resolve('@expo-google-fonts/inter/400Regular/Inter_400Regular.ttf'),
  import.meta.resolve('@expo-google-fonts/inter/600SemiBold/Inter_600SemiBold.ttf'),
];
/** Fonts come with the package: an image without fonts, and a machine with others, draw the same. */
const font = {
  loadSystemFonts: false,
  fontFiles: FONTS.map((file) => fileURLToPath(file)),
  defaultFontFamily: 'Inter',
};

parentPort?.on('message', (sheet: Sheet) => {
  const painted = paint(sheet);
  const transfer = painted.ok ? [painted.picture.png.buffer as ArrayBuffer] : [];
  parentPort?.postMessage(painted, transfer);
});

function paint(sheet: Sheet): Painted {
  try {
    const lines = linesOf(sheet);
    const image = new Resvg(svgOf(optionFor(sheet, lines)), {
      font,
      fitTo: { mode: 'zoom', value: SCALE },
    }).render();
    const png = new Uint8Array(image.asPng());
    return {
      ok: true,
      picture: { png, width: image.width, height: image.height, alt: altText(sheet, lines) },
    };
  } catch (error) {
    return { ok: false, why: messageOf(error) };
  }
}

function optionFor(sheet: Sheet, lines: readonly Line[]): EChartsOption {
  const { drawing } = sheet;
  switch (drawing?.as) {
    case 'figures':
      return figuresPanel(sheet, lines);
    case 'gauge':
      return gaugePanel(sheet, lines, drawing);
    case 'table':
      return tablePanel(sheet, drawing);
    default:
      return optionOf(sheet, lines);
  }
}

function svgOf(option: EChartsOption): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: SIZE.width, height: SIZE.height });
  try {
    chart.setOption(option);
    return chart.renderToSVGString();
  } finally {
    chart.dispose();
  }
}
