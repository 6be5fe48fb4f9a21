import { z } from 'zod';
import { GuardiaError } from '../errors.ts';
import { certificateOf } from './shared/http/certificate.ts';
import { type HttpAnswer, hostPort, httpCall, turnsDown } from './shared/http/client.ts';
import { picked, pickShape, picksContent } from './shared/http/pick.ts';
import { type FilledRequest, filledRequest, METHODS, requestShape } from './shared/http/request.ts';
import { unknownPlaceholders } from './shared/placeholders.ts';
import { urlOf } from './shared/settings.ts';
import { clipped, count, counted, plainText } from './shared/text.ts';
import type { BeforeEffect, Evidence, Observation, StepCall, StepKind } from './step-kind.ts';

const MAX_BYTES = 5 * 1_048_576;

const status = z.number().int();
const input = z
  .strictObject({
    ...requestShape,
    /** Said of a POST that only asks: a check may send it. */
    'changes-nothing': z.literal(true).optional(),
    expect: z.strictObject({ status: z.union([status, z.array(status).min(1)]) }).optional(),
    ...pickShape,
    /** Whole days until the certificate of the host ends; its path is not asked. */
    certificate: z.literal(true).optional(),
    connection: z.string().optional(),
  })
  .refine((asked) => METHODS.filter((method) => asked[method] !== undefined).length === 1, {
    message: 'write one of get, post, put and delete',
  })
  .refine(({ get, body }) => get === undefined || body === undefined, {
    path: ['body'],
    message: 'a get has no body',
  })
  .refine((asked) => asked.post !== undefined || !asked['changes-nothing'], {
    path: ['changes-nothing'],
    message: 'is for post alone',
  })
  .refine((asked) => picksOf(asked).length <= 1, { message: `write at most one of ${picksInWords()}` })
  .refine((asked) => looks(asked) || picksOf(asked).length === 0, {
    message: 'only what changes nothing picks a value out of the answer',
  })
  .refine(({ get, certificate }) => get !== undefined || !certificate, {
    path: ['certificate'],
    message: 'stands beside get',
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
  about: 'Asks an HTTP server of the service, posts to it, or looks at its certificate; never another host.',
  input,
  connection,
  asks: (asked) => (looks(asked) ? 'look' : 'act'),
  check: unknownPlaceholders,
  async observe(call) {
    if (!looks(call.input))
      throw new GuardiaError('bad-input', 'a check may only get, or post with changes-nothing: true');
    if (call.input.certificate) return certificate(call);
    const request = filledRequest(call.input, call.parameters);
    const answer = await send(call, request);
    if (isProbe(call.input)) return probed(call, request, answer);
    if (!isExpected(call.input, answer.status)) throw unexpected(call, request, answer);
    const { value, from } = picked(call.input, answer, call.parameters, whoOf(call, request));
    return { value, evidence: evidenceOf(call, request, answer, from) };
  },
  whenUnreachable(asked, error) {
    if (!isProbe(asked) || !asked.expect) return undefined;
    return { value: { status: null, latency_ms: null, ok: false }, says: error.message, evidence: [] };
  },
  isTurnedAway(asked, { value }) {
    const answered = (value as { status?: unknown } | null)?.status;
    return (answered === 401 || answered === 403) && !isExpected(asked, answered);
  },
  async preview(call) {
    const { method, path, headers, body } = actionOf(call);
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    return {
      what: `${method} ${wholePath(call.connection.url, path)} to ${hostPort(call.connection.url)}`,
      evidence: [
        ...(lines.length === 0 ? [] : [{ label: 'Headers', text: lines.join('\n') }]),
        ...(body === undefined ? [] : [{ label: 'Body', text: body }]),
      ],
    };
  },
  async fingerprint(call) {
    const { method, path, headers, body = null } = actionOf(call);
    const host = hostPort(call.connection.url);
    const more = Object.keys(headers).length === 0 ? null : JSON.stringify(headers);
    return { substance: { method, host, path, body, headers: more } };
  },
  async perform(call) {
    const request = actionOf(call);
    const answer = await send(call, request, call.beforeEffect);
    if (!isExpected(call.input, answer.status)) throw unexpected(call, request, answer);
    if (isPage(answer) && !call.input.expect) throw pageInstead(call, request, answer);
    return {
      says: `${request.method} ${wholePath(call.connection.url, request.path)} answered ${answer.status} in ${count(answer.tookMs)} ms`,
      evidence: evidenceOf(call, request, answer),
    };
  },
};

function picksOf(asked: object): string[] {
  return [...Object.keys(pickShape), 'certificate'].filter(
    (name) => (asked as Record<string, unknown>)[name] !== undefined,
  );
}

function picksInWords(): string {
  return `${Object.keys(pickShape).join(', ')} and certificate`;
}

function looks(asked: { get?: string | undefined; 'changes-nothing'?: true | undefined }): boolean {
  return asked.get !== undefined || asked['changes-nothing'] === true;
}

function send(
  call: Call,
  { method, path, headers, body }: FilledRequest,
  beforeEffect?: BeforeEffect,
): Promise<HttpAnswer> {
  return httpCall(call.clients, call.connection, {
    method,
    path,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body }),
    follow: !expected(call.input).some((wanted) => wanted >= 300 && wanted < 400),
    maxBytes: MAX_BYTES,
    signal: call.signal,
    beforeEffect,
  });
}

function actionOf(call: Call): FilledRequest {
  if (looks(call.input))
    throw new GuardiaError(
      'bad-input',
      'an action needs post, put or delete; what changes nothing is a check',
    );
  return filledRequest(call.input, call.parameters);
}

async function certificate(call: Call): Promise<Observation> {
  const { days, ends, subject, issuer, names, distrust } = await certificateOf(
    call.connection.url,
    call.signal,
  );
  const on = ends.slice(0, 10);
  const ending = days < 0 ? `ended on ${on}` : `ends in ${counted(days, 'day')}, on ${on}`;
  const text = [`Subject: ${subject}`, `Issuer: ${issuer}`, `Names: ${names}`, `Ends: ${ends}`].join('\n');
  return {
    value: days,
    says: distrust === undefined ? ending : `${ending}; it is not trusted (${distrust})`,
    evidence: [
      { label: `Certificate of ${hostPort(call.connection.url)}`, text: clipped(plainText(text), 2_000) },
    ],
  };
}

function expected({ expect }: Input): number[] {
  return expect ? [expect.status].flat() : [];
}

function isExpected(asked: Input, answered: number): boolean {
  return asked.expect ? expected(asked).includes(answered) : answered >= 200 && answered < 300;
}

function isProbe(asked: Input): boolean {
  return !picksContent(asked) && !asked.certificate;
}

function probed(call: Call, request: FilledRequest, answer: HttpAnswer): Observation {
  const fields = { status: answer.status, latency_ms: answer.tookMs };
  const says = `${answer.status} in ${count(answer.tookMs)} ms`;
  const evidence = evidenceOf(call, request, answer);
  if (!call.input.expect) return { value: fields, says, evidence };
  const ok = isExpected(call.input, answer.status);
  const instead = ok ? says : `${says}, expected ${expected(call.input).join(' or ')}`;
  return { value: { ...fields, ok }, says: instead, evidence };
}

function unexpected(call: Call, request: FilledRequest, answer: HttpAnswer): GuardiaError {
  const wanted = expected(call.input).join(' or ') || '2xx';
  const retryable = answer.status >= 500 || answer.status === 429;
  const conclusive = turnsDown(answer.status) && !isPage(answer);
  const message = `${whoOf(call, request)} answered ${answer.status} where ${wanted} was expected`;
  return new GuardiaError('refused', message, { retryable, conclusive });
}

/** Mostly a proxy's, which also logs people in or says sorry with status 200. */
function isPage({ headers, text }: HttpAnswer): boolean {
  return (
    /^(text\/html|application\/xhtml)/i.test(headers['content-type'] ?? '') ||
    /^\s*<(!doctype|html)/i.test(text)
  );
}

function pageInstead(call: Call, request: FilledRequest, { status }: HttpAnswer): GuardiaError {
  const message = `${whoOf(call, request)} answered ${status} with a web page, which does not say whether it was done`;
  return new GuardiaError('nonsense', `${message}; where that is its own answer, write expect`);
}

function whoOf({ connection: { url } }: Call, { method, path }: FilledRequest): string {
  return `${method} ${wholePath(url, path)} of ${hostPort(url)}`;
}

/** Below the path that the connection's URL has itself. */
function wholePath(url: string, path: string): string {
  return new URL(url).pathname.replace(/\/+$/, '') + path;
}

/** `from` stands in for the whole answer, as of a page of metrics the lines that were read. */
function evidenceOf(call: Call, request: FilledRequest, answer: HttpAnswer, from = answer.text): Evidence[] {
  const asked = {
    label: 'Request',
    text: `${whoOf(call, request)}: status ${answer.status}, ${count(answer.tookMs)} ms`,
  };
  const text = clipped(plainText(from).trim(), 1_000);
  return text === '' ? [asked] : [asked, { label: 'Answer', text }];
}
