import { z } from 'zod';
import { GuardiaError } from '../errors.ts';
import { type HttpAnswer, hostPort, httpCall, jsonOf } from './shared/http-client.ts';
import { atJsonPath, parseJsonPath } from './shared/json-path.ts';
import { metricLines } from './shared/metrics-text.ts';
import { fillText, parameterNamed, placeholdersIn, unknownPlaceholders } from './shared/placeholders.ts';
import { urlOf } from './shared/settings.ts';
import { clipped, count, plainText } from './shared/text.ts';
import type {
  Evidence,
  Observation,
  ObservedValue,
  Parameters,
  Scalar,
  StepCall,
  StepKind,
} from './step-kind.ts';

const MAX_BYTES = 5 * 1_048_576;

const path = z.string().max(2_000).startsWith('/', 'a path begins with /');
const jsonPath = z
  .string()
  .refine((text) => parseJsonPath(text), { message: 'write a path such as status.pods[0].name' });
const metricName = z
  .string()
  .regex(/^([a-zA-Z_:][\w:]*|\/.+\/)$/, 'write a metric name, or /a regular expression/');
const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);

const input = z
  .strictObject({
    get: path.optional(),
    post: path.optional(),
    /** JSON that a POST sends; a text that is one placeholder keeps the parameter's type. */
    body: z.record(z.string(), scalar).optional(),
    expect: z
      .strictObject({ status: z.union([z.number().int(), z.array(z.number().int()).min(1)]) })
      .optional(),
    /** At most one of these picks the value out of the answer. */
    header: z.string().min(1).optional(),
    json: jsonPath.optional(),
    metrics: z
      .strictObject({
        sum: metricName.optional(),
        count: metricName.optional(),
        labels: z.record(z.string(), z.string()).optional(),
      })
      .optional(),
    latency: z.literal(true).optional(),
    connection: z.string().optional(),
  })
  .refine(({ get, post }) => (get === undefined) !== (post === undefined), {
    message: 'write either get or post',
  })
  .refine(
    ({ header, json, metrics, latency }) => [header, json, metrics, latency].filter(Boolean).length <= 1,
    {
      message: 'write at most one of header, json, metrics and latency',
    },
  )
  .refine(({ metrics }) => !metrics || (metrics.sum === undefined) !== (metrics.count === undefined), {
    path: ['metrics'],
    message: 'write either sum or count',
  });

const connection = z.strictObject({
  kind: z.literal('http'),
  url: urlOf('http', 'https'),
  headers: z.record(z.string(), z.string()).optional(),
});

type Input = z.output<typeof input>;
type Call = StepCall<Input, z.output<typeof connection>>;

/**
 * One request to the connection's own host. Without a pick the value is `{ status, latency_ms }`; with `expect` it
 * also has `ok`, and a server that cannot be reached is the finding `ok: false`. A pick from an answer of an
 * unexpected status is an error.
 */
export const http: StepKind<Input, z.output<typeof connection>> = {
  name: 'http',
  about: 'Asks an HTTP server of the service, or posts to it; never another host.',
  input,
  connection,
  check: unknownPlaceholders,
  async observe(call) {
    if (call.input.get === undefined)
      throw new GuardiaError('bad-input', 'a check may only get; post is for actions');
    const answer = await request(call, call.input.get);
    const ok = isExpected(call.input, answer.status);
    const evidence = evidenceOf(call, answer);
    if (isProbe(call.input)) return probed(call.input, answer, evidence);
    if (!ok) throw unexpected(call, answer);
    return { value: picked(call.input, answer, whoOf(call)), evidence };
  },
  whenUnreachable(asked, error) {
    if (!isProbe(asked) || !asked.expect) return undefined;
    return { value: { status: null, latency_ms: null, ok: false }, says: error.message, evidence: [] };
  },
  async preview(call) {
    const { url, body } = posted(call);
    const evidence = body === undefined ? [] : [{ label: 'Body', text: body }];
    return { what: `POST ${url} to ${hostPort(call.connection.url)}`, evidence };
  },
  async fingerprint(call) {
    const { url, body } = posted(call);
    return { substance: { host: hostPort(call.connection.url), path: url, body: body ?? null } };
  },
  async perform(call) {
    const { url } = posted(call);
    const answer = await request(call, url);
    if (!isExpected(call.input, answer.status)) throw unexpected(call, answer);
    return {
      says: `POST ${url} answered ${answer.status} in ${count(answer.tookMs)} ms`,
      evidence: evidenceOf(call, answer),
    };
  },
};

function request(call: Call, template: string): Promise<HttpAnswer> {
  const { get, expect } = call.input;
  const body = bodyOf(call);
  return httpCall(call.clients, call.connection, {
    method: get === undefined ? 'POST' : 'GET',
    path: get === undefined ? template : fillPath(template, call.parameters),
    ...(body === undefined ? {} : { body, headers: { 'content-type': 'application/json' } }),
    follow: !(expect && expected(call.input).some((status) => status >= 300 && status < 400)),
    maxBytes: MAX_BYTES,
    signal: call.signal,
  });
}

function posted(call: Call): { url: string; body: string | undefined } {
  if (call.input.post === undefined)
    throw new GuardiaError('bad-input', 'an action needs post; get is for checks');
  return { url: fillPath(call.input.post, call.parameters), body: bodyOf(call) };
}

function bodyOf({ input: { body }, parameters }: Call): string | undefined {
  if (!body) return undefined;
  return JSON.stringify(
    Object.fromEntries(Object.entries(body).map(([key, value]) => [key, filledScalar(value, parameters)])),
  );
}

function filledScalar(value: Scalar, parameters: Parameters): Scalar {
  if (typeof value !== 'string') return value;
  const [only] = placeholdersIn(value);
  if (only && only.from === 0 && only.to === value.length) return parameterNamed(only.name, parameters);
  return fillText(value, parameters, (text) => text);
}

/** Each parameter becomes (part of) one encoded segment; `..` would leave the folder and is refused. */
function fillPath(template: string, parameters: Parameters): string {
  const filled = fillText(template, parameters, encodeURIComponent);
  const [folders = ''] = filled.split(/[?#]/);
  if (folders.split('/').some((segment) => /^(\.|%2e){1,2}$/i.test(segment))) {
    throw new GuardiaError('bad-input', `a parameter would lead out of ${template}`);
  }
  return filled;
}

function expected({ expect }: Input): number[] {
  return expect ? [expect.status].flat() : [];
}

function isExpected(asked: Input, status: number): boolean {
  return asked.expect ? expected(asked).includes(status) : status >= 200 && status < 300;
}

function isProbe({ header, json, metrics, latency }: Input): boolean {
  return header === undefined && json === undefined && metrics === undefined && latency === undefined;
}

function probed(asked: Input, answer: HttpAnswer, evidence: Evidence[]): Observation {
  const fields = { status: answer.status, latency_ms: answer.tookMs };
  const says = `${answer.status} in ${count(answer.tookMs)} ms`;
  if (!asked.expect) return { value: fields, says, evidence };
  const ok = isExpected(asked, answer.status);
  const instead = ok ? says : `${says}, expected ${expected(asked).join(' or ')}`;
  return { value: { ...fields, ok }, says: instead, evidence };
}

function picked(asked: Input, answer: HttpAnswer, whom: string): ObservedValue {
  if (asked.latency) return answer.tookMs;
  if (asked.header !== undefined) return figureOr(answer.headers[asked.header.toLowerCase()]);
  if (asked.json !== undefined) return fromJson(jsonOf(answer, whom), asked.json, whom);
  const { sum, count: counting, labels = {} } = asked.metrics ?? {};
  const lines = metricLines(answer.text, sum ?? counting ?? '').filter((line) =>
    Object.entries(labels).every(([label, value]) => line.labels[label] === value),
  );
  if (counting !== undefined) return lines.length;
  return lines.length === 0 ? null : lines.reduce((total, { value }) => total + value, 0);
}

function figureOr(text: string | undefined): Scalar {
  if (text === undefined) return null;
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

function fromJson(json: unknown, path: string, whom: string): ObservedValue {
  const value = atJsonPath(json, parseJsonPath(path) ?? []) ?? null;
  if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) return value as Scalar;
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
  if (scalarFields.safeParse(value).success) return value as Record<string, Scalar>;
  throw new GuardiaError(
    'nonsense',
    `${whom}: ${path} is neither a value nor a list of words nor a flat object`,
  );
}

const scalarFields = z.record(z.string(), scalar);

function unexpected(call: Call, answer: HttpAnswer): GuardiaError {
  const wanted = expected(call.input).join(' or ') || '2xx';
  const retryable = answer.status >= 500 || answer.status === 429;
  return new GuardiaError(
    'refused',
    `${whoOf(call)} answered ${answer.status} where ${wanted} was expected`,
    { retryable },
  );
}

function whoOf({ input: asked, connection, parameters }: Call): string {
  const path = fillPath(asked.get ?? asked.post ?? '', parameters);
  return `${asked.get === undefined ? 'POST' : 'GET'} ${path} of ${hostPort(connection.url)}`;
}

function evidenceOf(call: Call, answer: HttpAnswer): Evidence[] {
  const request = {
    label: 'Request',
    text: `${whoOf(call)}: status ${answer.status}, ${count(answer.tookMs)} ms`,
  };
  const text = clipped(plainText(answer.text).trim(), 1_000);
  return text === '' ? [request] : [request, { label: 'Answer', text }];
}
