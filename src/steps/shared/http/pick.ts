import { z } from 'zod';
import { GuardiaError } from '../../../errors.ts';
import type { ObservedValue, Parameters, Scalar } from '../../step-kind.ts';
import { fillText } from '../placeholders.ts';
import { type HttpAnswer, jsonOf } from './client.ts';
import { atJsonPath, type JsonPath, listAtJsonPath, mapJsonPath, parseJsonPath } from './json-path.ts';
import { type MetricLine, maxOf, metricLines, sumOf } from './metrics-text.ts';

const jsonPath = z.string().refine((text) => parseJsonPath(text), {
  message: 'write a path such as status.pods[0].name or items[name=redis].p95',
});
const metricName = z
  .string()
  .regex(/^([a-zA-Z_:][\w:]*|\/.+\/)$/, 'write a metric name, or /a regular expression/')
  .refine(isPattern, 'is not a regular expression');
const scalarFields = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]));

/** What picks the value out of an answer; at most one of them. */
export const pickShape = {
  header: z.string().min(1).optional(),
  json: jsonPath.optional(),
  /** Path of a list: its length. */
  count: jsonPath.optional(),
  metrics: z
    .strictObject({
      sum: metricName.optional(),
      count: metricName.optional(),
      max: metricName.optional(),
      labels: z.record(z.string(), z.string()).optional(),
    })
    .refine(({ sum, count, max }) => [sum, count, max].filter(Boolean).length === 1, {
      message: 'write one of sum, count and max',
    })
    .optional(),
  latency: z.literal(true).optional(),
};

export type PickInput = z.output<z.ZodObject<typeof pickShape>>;

export interface Picked {
  value: ObservedValue;
  /** What the value was read from, where that is less than the answer. */
  from?: string;
}

/** Whether an answer's own content is asked for. */
export function picksContent(input: PickInput): boolean {
  return Object.keys(pickShape).some((name) => input[name as keyof PickInput] !== undefined);
}

/** Throws 'nonsense' or 'no-data', in words about `whom`, when the answer has no such value. */
export function picked(input: PickInput, answer: HttpAnswer, parameters: Parameters, whom: string): Picked {
  if (input.latency) return { value: answer.tookMs };
  if (input.header !== undefined) return { value: figureOr(answer.headers[input.header.toLowerCase()]) };
  if (input.metrics) return fromMetrics(input.metrics, answer.text, parameters, whom);
  const path = input.json ?? input.count ?? '';
  const filled = mapJsonPath(parseJsonPath(path) ?? [], (text) => fillText(text, parameters, asItIs));
  const json = jsonOf(answer, whom);
  return {
    value: input.json === undefined ? length(json, filled, path, whom) : fromJson(json, filled, path, whom),
  };
}

function asItIs(text: string): string {
  return text;
}

function figureOr(text: string | undefined): Scalar {
  if (text === undefined) return null;
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

function fromJson(json: unknown, path: JsonPath, written: string, whom: string): ObservedValue {
  const value = found(() => atJsonPath(json, path), written, whom) ?? null;
  if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) return value as Scalar;
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
  if (!Array.isArray(value) && scalarFields.safeParse(value).success) return value as Record<string, Scalar>;
  throw new GuardiaError(
    'nonsense',
    `${whom}: ${written} is neither a value nor a list of words nor a flat object`,
  );
}

/** An empty list may be written as null, as Go does. */
function length(json: unknown, path: JsonPath, written: string, whom: string): number {
  const list = found(() => listAtJsonPath(json, path), written, whom);
  if (list === null) return 0;
  if (Array.isArray(list)) return list.length;
  const nothing = list === undefined;
  throw new GuardiaError(
    nothing ? 'no-data' : 'nonsense',
    `${whom}: ${written} ${nothing ? 'is not there' : 'is no list'}`,
  );
}

function found(look: () => unknown, written: string, whom: string): unknown {
  try {
    return look();
  } catch (error) {
    if (!(error instanceof GuardiaError)) throw error;
    throw new GuardiaError(error.code, `${whom}: ${written}: ${error.message}`);
  }
}

function fromMetrics(
  { sum, count, max, labels = {} }: NonNullable<PickInput['metrics']>,
  text: string,
  parameters: Parameters,
  whom: string,
): Picked {
  const wanted = Object.entries(labels).map(([label, value]) => [label, fillText(value, parameters, asItIs)]);
  const name = fillText(sum ?? count ?? max ?? '', parameters, (value) => value.replace(/\W/g, '\\$&'));
  const lines = metricLines(text, name).filter((line) =>
    wanted.every(([label = '', value]) => line.labels[label] === value),
  );
  const from = lines.map((line) => line.text).join('\n');
  if (count !== undefined) return { value: lines.length, from };
  if (lines.length === 0) return { value: null, from };
  return { value: figure(lines, sum === undefined ? maxOf : sumOf, `${whom}: ${name}`), from };
}

function figure(
  lines: readonly MetricLine[],
  of: (lines: readonly MetricLine[]) => number,
  what: string,
): number {
  const value = of(lines);
  if (Number.isNaN(value)) throw new GuardiaError('no-data', `${what} is not a number (NaN)`);
  return value;
}

function isPattern(name: string): boolean {
  if (!name.startsWith('/')) return true;
  try {
    return new RegExp(name.slice(1, -1)) instanceof RegExp;
  } catch {
    return false;
  }
}
