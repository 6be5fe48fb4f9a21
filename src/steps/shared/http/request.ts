import { z } from 'zod';
import { GuardiaError } from '../../../errors.ts';
import type { Parameters, Scalar } from '../../step-kind.ts';
import { fillText, parameterNamed, placeholdersIn } from '../placeholders.ts';

export const METHODS = ['get', 'post', 'put', 'delete'] as const;

/** What decides where a request goes and how long it is; it comes from the connection and the body alone. */
const OURS = [
  'host',
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];
const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]{1,100}$/;
/** What must not stand in a header's value: a line break would begin another header. */
const NOT_IN_HEADERS = /[^\t\x20-\x7e\x80-\xff]/;

const path = z.string().max(2_000).startsWith('/', 'a path begins with /');
const headers = z.record(z.string(), z.string().max(8_000)).superRefine((given, context) => {
  for (const name of Object.keys(given)) {
    const message = wrongName(name);
    if (message) context.addIssue({ code: 'custom', path: [name], message });
  }
});
const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);

/** What a request is made of, as a runbook writes it. */
export const requestShape = {
  get: path.optional(),
  post: path.optional(),
  put: path.optional(),
  delete: path.optional(),
  headers: headers.optional(),
  /** JSON; a text that is one placeholder keeps the parameter's type. */
  body: z.record(z.string(), scalar).optional(),
};

export type RequestInput = z.output<z.ZodObject<typeof requestShape>>;

/** A request with every parameter in its place. */
export interface FilledRequest {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Encoded. */
  path: string;
  headers: Record<string, string>;
  body?: string;
}

export function filledRequest(input: RequestInput, parameters: Parameters): FilledRequest {
  const { method, path: template } = methodOf(input);
  return {
    method,
    path: fillPath(template, parameters),
    headers: filledHeaders(input.headers ?? {}, parameters),
    ...(input.body ? { body: filledBody(input.body, parameters) } : {}),
  };
}

function methodOf(input: RequestInput) {
  const key = METHODS.find((name) => input[name] !== undefined) ?? 'get';
  return { method: key.toUpperCase() as FilledRequest['method'], path: input[key] ?? '' };
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

function filledHeaders(headers: Record<string, string>, parameters: Parameters): Record<string, string> {
  const filled = Object.entries(headers).map(([name, template]) => {
    const value = fillText(template, parameters, (text) => text);
    if (NOT_IN_HEADERS.test(value)) {
      throw new GuardiaError(
        'bad-input',
        `the header ${name} would hold a character that no header may have`,
      );
    }
    return [name.toLowerCase(), value] as const;
  });
  return Object.fromEntries(filled);
}

function filledBody(body: Record<string, Scalar>, parameters: Parameters): string {
  const filled = Object.entries(body).map(([key, value]) => [key, filledScalar(value, parameters)]);
  return JSON.stringify(Object.fromEntries(filled));
}

function filledScalar(value: Scalar, parameters: Parameters): Scalar {
  if (typeof value !== 'string') return value;
  const [only] = placeholdersIn(value);
  if (only && only.from === 0 && only.to === value.length) return parameterNamed(only.name, parameters);
  return fillText(value, parameters, (text) => text);
}

function wrongName(name: string): string | null {
  const lower = name.toLowerCase();
  if (!HEADER_NAME.test(name)) return 'is not the name of a header';
  return OURS.includes(lower) || lower.startsWith('proxy-') ? 'is set by the connection' : null;
}
