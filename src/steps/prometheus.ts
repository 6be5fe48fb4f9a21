import { z } from 'zod';
import { durationMs } from '../catalogue/schema-parts.ts';
import { GuardiaError } from '../errors.ts';
import { withDeadline } from './shared/deadline.ts';
import { fillText, unknownPlaceholders } from './shared/placeholders.ts';
import {
  askPrometheus,
  type PrometheusConnection,
  prometheusConnection,
} from './shared/prometheus/client.ts';
import { fillQuery, promqlProblems } from './shared/prometheus/promql.ts';
import { observeRules, wantedRules } from './shared/prometheus/rules.ts';
import { observeTargets } from './shared/prometheus/targets.ts';
import { withoutUserinfo } from './shared/secrets/redaction.ts';
import { count, counted } from './shared/text.ts';
import type { Evidence, Observation, ObservedValue, Series, StepCall, StepKind } from './step-kind.ts';

export { promqlProblems };

const POINTS = 180;
const MOST_SERIES = 200;
const MOST_DRAWN = 20;
/** A chart is waited for until this share of the check's deadline. */
const CHART_SHARE = 0.8;

const connectionName = { connection: z.string().optional() };
const label = z.string().regex(/^[a-zA-Z_]\w*$/, 'write the name of a label');

const input = z.union([
  z.strictObject({
    query: z.string().min(1).max(10_000),
    /** How far a chart goes back. */
    chart: z
      .string()
      .regex(/^\d+(s|m|h|d)$/, 'write a duration such as 30m or 1h')
      .optional(),
    /** What it means when nothing comes back, as a sentence. */
    empty: z.string().min(1).max(500).optional(),
    ...connectionName,
  }),
  /** Those that Prometheus scrapes with all of these labels. */
  z.strictObject({
    targets: z
      .record(label, z.string().min(1))
      .refine((labels) => Object.keys(labels).length > 0, { message: 'name at least one label' }),
    ...connectionName,
  }),
  z.strictObject({ rules: wantedRules, ...connectionName }),
]);

type Input = z.output<typeof input>;
type Query = Extract<Input, { query: string }>;
type Call = StepCall<Query, PrometheusConnection>;

const labels = z.record(z.string(), z.string());
const sample = z.tuple([z.number(), z.string()]);
const result = z.discriminatedUnion('resultType', [
  z.object({ resultType: z.literal('scalar'), result: sample }),
  z.object({ resultType: z.literal('string'), result: sample }),
  z.object({ resultType: z.literal('vector'), result: z.array(z.object({ metric: labels, value: sample })) }),
  z.object({
    resultType: z.literal('matrix'),
    result: z.array(z.object({ metric: labels, values: z.array(sample) })),
  }),
]);
type Answer = Awaited<ReturnType<typeof ask>>;
interface Sampled {
  metric: Readonly<Record<string, string>>;
  value: number;
}

/**
 * PromQL. A single series or a scalar is a number; several are a record by their labels; none is null. With more
 * than 200 series the highest and the lowest hundred are kept, so that a limit is judged as if all were there.
 */
export const prometheus: StepKind<Input, PrometheusConnection> = {
  name: 'prometheus',
  about: 'Asks Prometheus (or what speaks its HTTP API) with PromQL, or how its targets and rules fare.',
  input,
  connection: prometheusConnection,
  check(asked, parameterNames) {
    if ('targets' in asked) return unknownPlaceholders(asked.targets, parameterNames);
    if ('rules' in asked) return unknownPlaceholders(asked.rules, parameterNames);
    return [
      ...promqlProblems(asked.query, parameterNames),
      ...unknownPlaceholders(asked.empty, parameterNames),
    ];
  },
  async observe(call) {
    const { input: asked } = call;
    if ('targets' in asked) return observeTargets(call, asked.targets);
    return 'rules' in asked ? observeRules(call, asked.rules) : observeQuery({ ...call, input: asked });
  },
};

async function observeQuery(call: Call): Promise<Observation> {
  const until = performance.now() + call.deadlineMs * CHART_SHARE;
  const query = fillQuery(call.input.query, call.parameters);
  const answer = await ask(call, '/api/v1/query', { query });
  const samples = samplesOf(answer, query);
  const observed = samples.length === 0 ? nothing(call) : observation(samples, query);
  const evidence = [...evidenceOf(call, query), ...observed.evidence, ...warningsOf(answer)];
  if (!call.input.chart) return { ...observed, evidence };
  try {
    return { ...observed, evidence, series: await chart(call, query, samples.length, until) };
  } catch (error) {
    if (!(error instanceof GuardiaError) || call.signal.aborted) throw error;
    return { ...observed, evidence: [...evidence, { label: 'Chart', text: `not drawn: ${error.message}` }] };
  }
}

function ask(call: Call, path: string, parameters: Record<string, string>) {
  return askPrometheus(call, { method: 'POST', path, parameters, what: 'the query' }, result);
}

function nothing({ input: { empty }, parameters }: Call): Observation {
  const says = fillText(empty ?? 'Prometheus answered nothing for it', parameters, (text) => text);
  return { value: null, says, evidence: [] };
}

function samplesOf({ data }: Answer, query: string): Sampled[] {
  if (data.resultType === 'scalar') return [{ metric: {}, value: numberOf(data.result[1]) }];
  if (data.resultType === 'vector') {
    return data.result.map(({ metric, value }) => ({ metric, value: numberOf(value[1]) }));
  }
  const what = data.resultType === 'string' ? 'a string' : 'a range; use a function such as rate() over it';
  throw new GuardiaError('bad-input', `a check needs a number, and this query gives ${what}: ${query}`);
}

function observation(samples: readonly Sampled[], query: string): Observation {
  const numbers = samples.filter(({ value }) => !Number.isNaN(value));
  if (numbers.length === 0) throw new GuardiaError('no-data', `Prometheus answered NaN: ${query}`);
  const evidence = notANumber(samples.length - numbers.length);
  const [first] = numbers;
  if (samples.length === 1 && first) {
    const infinite = Number.isFinite(first.value) ? {} : { says: first.value > 0 ? '+Inf' : '-Inf' };
    return { value: first.value, ...infinite, evidence };
  }
  if (numbers.length <= MOST_SERIES) return { value: byName(numbers), evidence };
  const says = `${count(numbers.length)} series, of which the ${MOST_SERIES / 2} highest and lowest are kept`;
  return { value: byName(extremes(numbers)), says, evidence: [...evidence, { label: 'Series', text: says }] };
}

function extremes(samples: readonly Sampled[]): Sampled[] {
  const sorted = samples.toSorted((a, b) => b.value - a.value);
  return [...sorted.slice(0, MOST_SERIES / 2), ...sorted.slice(-MOST_SERIES / 2)];
}

function byName(samples: readonly Sampled[]): ObservedValue {
  return Object.fromEntries(samples.map(({ metric, value }) => [nameOf(metric), value]));
}

function notANumber(series: number): Evidence[] {
  return series === 0 ? [] : [{ label: 'Left out', text: `${count(series)} series that are NaN` }];
}

function warningsOf({ warnings }: Answer): Evidence[] {
  return warnings.length > 0
    ? [{ label: 'Warnings of Prometheus', text: warnings.slice(0, 10).join('\n') }]
    : [];
}

/** A chart that cannot be had costs the check nothing: its figure is known by then. */
async function chart(call: Call, query: string, count: number, until: number): Promise<Series[]> {
  if (count > MOST_DRAWN) {
    throw new GuardiaError('no-data', `${counted(count, 'series', 'series')} are more than a chart can show`);
  }
  const limits = {
    what: 'the chart',
    deadlineMs: Math.max(0, until - performance.now()),
    signal: call.signal,
  };
  const { data } = await withDeadline(limits, (signal) =>
    ask({ ...call, signal }, '/api/v1/query_range', { query, ...rangeOf(call.input.chart ?? '1h') }),
  );
  if (data.resultType !== 'matrix') return [];
  return data.result.slice(0, MOST_DRAWN).map(({ metric, values }) => ({
    name: nameOf(metric),
    points: values
      .map(([at, value]) => [Math.round(at * 1_000), numberOf(value)] as const)
      .filter(([, value]) => Number.isFinite(value)),
  }));
}

function rangeOf(span: string): Record<'start' | 'end' | 'step', string> {
  const seconds = durationMs(span) / 1_000;
  const end = Date.now() / 1_000;
  const step = Math.max(1, Math.round(seconds / POINTS));
  return { start: (end - seconds).toFixed(3), end: end.toFixed(3), step: String(step) };
}

/** Prometheus writes `+Inf`, `-Inf` and `NaN` as words. */
function numberOf(text: string): number {
  return Number(text.replace('Inf', 'Infinity'));
}

function nameOf({ __name__: name = '', ...rest }: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(rest).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
  return pairs.length === 0 ? name : `${name}{${pairs.join(', ')}}`;
}

function evidenceOf(call: Call, query: string): Evidence[] {
  const base = withoutUserinfo(call.connection.link ?? call.connection.url);
  const range = call.input.chart ?? '1h';
  const search = new URLSearchParams({ 'g0.expr': query, 'g0.tab': '0', 'g0.range_input': range });
  return [
    { label: 'Query', text: query },
    { label: 'Prometheus', text: `${base}/graph?${search}` },
  ];
}
