import { z } from 'zod';
import { GuardiaError } from '../../../errors.ts';
import type { StepCall } from '../../step-kind.ts';
import { hostPort, httpCall, jsonOf } from '../http/client.ts';
import { urlOf } from '../settings.ts';

const MAX_BYTES = 8 * 1_048_576;

export const prometheusConnection = z.strictObject({
  kind: z.literal('prometheus'),
  url: urlOf('http', 'https'),
  headers: z.record(z.string(), z.string()).optional(),
  /** Where people open it, when that is another address. */
  link: urlOf('http', 'https').optional(),
});

export type PrometheusConnection = z.output<typeof prometheusConnection>;

export interface PrometheusRequest {
  method: 'GET' | 'POST';
  path: string;
  parameters: Readonly<Record<string, string>>;
  /** What is asked for, in messages: `the query`. */
  what: string;
}

const success = z.object({
  status: z.literal('success'),
  data: z.unknown(),
  warnings: z.array(z.string()).default([]),
});
const failure = z.object({ status: z.literal('error'), errorType: z.string(), error: z.string() });

/** The `data` of an answer, checked against `schema`, and Prometheus' own warnings about it. */
export async function askPrometheus<T>(
  {
    clients,
    connection,
    signal,
  }: Pick<StepCall<unknown, PrometheusConnection>, 'clients' | 'connection' | 'signal'>,
  { method, path, parameters, what }: PrometheusRequest,
  schema: z.ZodType<T>,
): Promise<{ data: T; warnings: string[] }> {
  const whom = `Prometheus at ${hostPort(connection.url)}`;
  const search = new URLSearchParams(parameters);
  const sent = method === 'POST' ? { path, body: search } : { path: `${path}?${search}` };
  const answer = await httpCall(clients, connection, { method, ...sent, maxBytes: MAX_BYTES, signal });
  if (answer.status === 401 || answer.status === 403) {
    throw new GuardiaError('refused', `${whom} refused the credentials (status ${answer.status})`);
  }
  const json = jsonOf(answer, whom);
  const good = success.extend({ data: schema }).safeParse(json);
  if (good.success) return good.data as { data: T; warnings: string[] };
  const said = failure.safeParse(json).data;
  if (!said)
    throw new GuardiaError(
      'nonsense',
      `${whom} answered something that is not its API (status ${answer.status})`,
    );
  const message = `${whom} refused ${what}: ${said.error} (${said.errorType})`;
  if (said.errorType === 'bad_data') throw new GuardiaError('bad-input', message);
  throw new GuardiaError('refused', message, { retryable: answer.status >= 500 });
}
