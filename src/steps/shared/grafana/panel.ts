import type { Observation } from '../../step-kind.ts';
import { counted } from '../text.ts';
import type { Panel, ThresholdStep } from './dashboard.ts';

const LINES = ['timeseries', 'graph'];
const FIGURES = ['stat', 'singlestat'];
const GAUGES = ['gauge', 'bargauge'];
const TABLES = ['table', 'table-old'];

export type Look = 'lines' | 'figures' | 'gauge' | 'table' | 'not drawn';

/** How a panel of this type is drawn; what Guardia does not draw, Grafana has to. */
export function lookOf({ type }: Panel): Look {
  if (LINES.includes(type)) return 'lines';
  if (FIGURES.includes(type)) return 'figures';
  if (GAUGES.includes(type)) return 'gauge';
  return TABLES.includes(type) ? 'table' : 'not drawn';
}

/** Grafana's ids of units, as report/figures.ts has them; counts have none. */
const UNITS: Readonly<Record<string, string | undefined>> = {
  percent: '%',
  percentunit: 'ratio',
  s: 's',
  dtdurations: 's',
  clocks: 's',
  ms: 'ms',
  dtdurationms: 'ms',
  clockms: 'ms',
  µs: 'µs',
  ns: 'ns',
  m: 'min',
  h: 'h',
  d: 'd',
  bytes: 'bytes',
  decbytes: 'bytes',
  kbytes: 'KiB',
  deckbytes: 'kB',
  mbytes: 'MiB',
  decmbytes: 'MB',
  gbytes: 'GiB',
  decgbytes: 'GB',
  Bps: 'bytes/s',
  binBps: 'bytes/s',
  bits: 'bits',
  decbits: 'bits',
  bps: 'bit/s',
  binbps: 'bit/s',
  pps: 'packets/s',
  reqps: 'requests/s',
  rps: 'reads/s',
  wps: 'writes/s',
  ops: 'ops/s',
  iops: 'I/O ops/s',
  cps: 'counts/s',
  reqpm: 'requests/min',
  opm: 'ops/min',
  cpm: 'counts/min',
  hertz: 'Hz',
  celsius: '°C',
  watt: 'W',
  volt: 'V',
};

export function unitOf(panel: Panel, ofData?: string): string | undefined {
  const id = panel.fieldConfig?.defaults.unit ?? panel.format ?? panel.yaxes[0]?.format ?? ofData ?? '';
  if (id.startsWith('suffix:')) return id.slice('suffix:'.length).trim() || undefined;
  return Object.hasOwn(UNITS, id) ? UNITS[id] : undefined;
}

/**
 * Limits that are plain numbers: where red begins, and what is between it and the green. Only where the panel shows
 * them, since every panel has some.
 */
export function limitsOf(panel: Panel): Observation['limits'] {
  const { thresholds, color } = panel.fieldConfig?.defaults ?? {};
  if (thresholds?.mode !== 'absolute' || !showsLimits(panel, color?.mode)) return undefined;
  const steps = thresholds.steps.toSorted((a, b) => (a.value ?? -Infinity) - (b.value ?? -Infinity));
  const [base] = steps;
  if (base === undefined || steps.length < 2) return undefined;
  return isRed(base) ? limitsUnder(steps) : limitsOver(steps);
}

function showsLimits(panel: Panel, colours = 'thresholds'): boolean {
  const look = lookOf(panel);
  if (look === 'figures' || look === 'gauge') return colours === 'thresholds';
  const style = panel.fieldConfig?.defaults.custom?.thresholdsStyle?.mode ?? 'off';
  return look === 'lines' && style !== 'off';
}

function limitsOver(steps: readonly ThresholdStep[]): Observation['limits'] {
  const above = steps.slice(1);
  const failing = above.find(isRed)?.value ?? undefined;
  const warning = above.find((step) => !isRed(step) && !isGreen(step))?.value ?? undefined;
  return present({ warning: below(warning, failing) ? warning : undefined, failing }, 'over');
}

/** Red lies at the bottom: what is too little fails. */
function limitsUnder(steps: readonly ThresholdStep[]): Observation['limits'] {
  const first = steps.find((step) => !isRed(step));
  const failing = first?.value ?? undefined;
  const good = first && isGreen(first) ? undefined : steps.find(isGreen)?.value;
  return present({ warning: good ?? undefined, failing }, 'under');
}

function below(warning: number | undefined, failing: number | undefined): boolean {
  return warning !== undefined && (failing === undefined || warning < failing);
}

function present(
  limits: { warning: number | undefined; failing: number | undefined },
  side: 'over' | 'under',
) {
  const known = Object.entries(limits).filter(([, value]) => value !== undefined);
  return known.length === 0 ? undefined : { ...Object.fromEntries(known), side };
}

function isRed({ color }: ThresholdStep): boolean {
  return /red|^#(e02f44|f2495c|c4162a|d44a3a|bf1b00|e24d42|ff0000|f00)/i.test(color);
}

function isGreen({ color }: ThresholdStep): boolean {
  return /green|blue|transparent|text|^#(73bf69|56a64b|299c46|37872d|7eb26d|508642|5794f2)/i.test(color);
}

/** The scale of a gauge: its own, that of its unit, or that of its values. */
export function scaleOf(panel: Panel, values: readonly number[]): { min: number; max: number } {
  const { min, max, unit } = panel.fieldConfig?.defaults ?? {};
  const usual = { percent: 100, percentunit: 1 }[unit ?? ''];
  const finite = values.filter(Number.isFinite);
  const low = min ?? Math.min(0, ...finite);
  const high = max ?? usual ?? Math.max(...finite, low);
  return { min: low, max: high > low ? high : low + 1 };
}

/** What of a panel its picture by Guardia does not show, as sentences. */
export function notShown(panel: Panel): string[] {
  const { defaults, overrides = [] } = panel.fieldConfig ?? {};
  const transformations = panel.transformations.filter(({ disabled }) => !disabled).map(({ id }) => id);
  const mappings = defaults?.mappings.length ?? 0;
  return [
    ...several(transformations.length, 'transformation', `: ${transformations.join(', ')}`),
    ...several(overrides.length, 'override of fields', '', 'overrides of fields'),
    ...several(mappings, 'mapping of values', '', 'mappings of values'),
    ...(panel.timeShift ? [`the shift in time by ${panel.timeShift} is not applied`] : []),
    ...(panel.repeat ? [`it repeats for ${panel.repeat}: all its values are in one picture`] : []),
  ];
}

function several(count: number, one: string, which = '', many = `${one}s`): string[] {
  if (count === 0) return [];
  return [`${counted(count, one, many)} ${count === 1 ? 'is' : 'are'} not applied${which}`];
}
