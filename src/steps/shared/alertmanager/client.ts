import { z } from 'zod';
import { GuardiaError } from '../../../errors.ts';
import type { StepCall } from '../../step-kind.ts';
import { type HttpRequest, hostPort, httpCall, jsonOf, jsonOr, turnsDown } from '../http/client.ts';
import { urlOf } from '../settings.ts';
import { clipped } from '../text.ts';

const MAX_BYTES = 8 * 1_048_576;
/** Its own clock may be behind: what should begin now would wait. It takes a time that is past for now. */
const CLOCKS_APART_MS = 120_000;

/** Silences by this author are Guardia's own. */
export const AUTHOR = 'guardia';

export const alertmanagerConnection = z.strictObject({
  kind: z.literal('alertmanager'),
  url: urlOf('http', 'https'),
  headers: z.record(z.string(), z.string()).optional(),
});

type Connection = z.output<typeof alertmanagerConnection>;
export type AlertmanagerCall = Pick<
  StepCall<unknown, Connection>,
  'clients' | 'connection' | 'signal' | 'beforeEffect'
>;

/** Labels with the value that each must have. */
export type Labels = Readonly<Record<string, string>>;

const alert = z.object({
  labels: z.record(z.string(), z.string()),
  annotations: z.record(z.string(), z.string()).default({}),
  startsAt: z.string(),
});
const silence = z.object({
  id: z.string().min(1),
  matchers: z.array(
    z.object({
      name: z.string(),
      value: z.string(),
      isRegex: z.boolean().default(false),
      isEqual: z.boolean().default(true),
    }),
  ),
  endsAt: z.string(),
  createdBy: z.string().default(''),
  comment: z.string().default(''),
  status: z.object({ state: z.enum(['active', 'pending', 'expired']) }),
});

export type Alert = z.output<typeof alert>;
export type Silence = z.output<typeof silence>;

/** Alerts with these labels that are sent out: neither silenced nor inhibited. */
export function activeAlerts(call: AlertmanagerCall, labels: Labels): Promise<Alert[]> {
  const query = filterFor(labels, { active: 'true', silenced: 'false', inhibited: 'false' });
  return ask(call, { method: 'GET', path: `/alerts?${query}` }, z.array(alert));
}

/** Silences that have not ended and that name each of these labels with this very value. */
export async function silencesNaming(call: AlertmanagerCall, labels: Labels): Promise<Silence[]> {
  const path = `/silences?${filterFor(labels)}`;
  const all = await ask(call, { method: 'GET', path }, z.array(silence));
  // Alertmanager compares the text alone: what a silence names as "not this" or by a pattern is among them.
  return all.filter(
    ({ matchers, status }) =>
      status.state !== 'expired' &&
      Object.entries(labels).every(([name, value]) =>
        matchers.some((one) => one.name === name && one.value === value && one.isEqual && !one.isRegex),
      ),
  );
}

/** Begins a silence and gives its id. */
export async function beginSilence(
  call: AlertmanagerCall,
  labels: Labels,
  { endsAt, comment, author }: { endsAt: Date; comment: string; author: string },
): Promise<string> {
  const body = {
    matchers: Object.entries(labels).map(([name, value]) => ({ name, value, isRegex: false, isEqual: true })),
    startsAt: new Date(Date.now() - CLOCKS_APART_MS).toISOString(),
    endsAt: endsAt.toISOString(),
    createdBy: author,
    comment,
  };
  const request = { method: 'POST', path: '/silences', body: JSON.stringify(body) } as const;
  return (await ask(call, request, z.object({ silenceID: z.string().min(1) }))).silenceID;
}

export function silenceById(call: AlertmanagerCall, id: string): Promise<Silence> {
  return ask(call, { method: 'GET', path: `/silence/${encodeURIComponent(id)}` }, silence);
}

export async function endSilence(call: AlertmanagerCall, id: string): Promise<void> {
  await ask(call, { method: 'DELETE', path: `/silence/${encodeURIComponent(id)}` }, z.null());
}

export function serverNamed({ connection }: Pick<AlertmanagerCall, 'connection'>): string {
  return `Alertmanager at ${hostPort(connection.url)}`;
}

function filterFor(labels: Labels, more: Labels = {}): URLSearchParams {
  const quoted = (value: string) => `"${value.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n')}"`;
  const filters = Object.entries(labels).map(([name, value]) => ['filter', `${name}=${quoted(value)}`]);
  return new URLSearchParams([...filters, ...Object.entries(more)]);
}

type Asked = Pick<HttpRequest, 'method' | 'path'> & { body?: string };

async function ask<T>(call: AlertmanagerCall, asked: Asked, schema: z.ZodType<T>): Promise<T> {
  const { clients, connection, signal } = call;
  const changes = asked.method !== 'GET';
  const answer = await httpCall(clients, connection, {
    ...asked,
    path: `/api/v2${asked.path}`,
    ...(asked.body === undefined ? {} : { headers: { 'content-type': 'application/json' } }),
    maxBytes: MAX_BYTES,
    signal,
    ...(changes ? { beforeEffect: call.beforeEffect } : {}),
  });
  if (answer.status >= 400) throw refusal(answer, serverNamed(call));
  const parsed = schema.safeParse(answer.text === '' ? null : jsonOf(answer, serverNamed(call)));
  if (parsed.success) return parsed.data;
  const message = `${serverNamed(call)} answered something that is not its API (status ${answer.status})`;
  throw new GuardiaError('nonsense', message);
}

/** Alertmanager says what is wrong as a text in JSON; what stands before it may say anything. */
function refusal({ status, text }: { status: number; text: string }, whom: string): GuardiaError {
  const said = jsonOr(text);
  const conclusive = turnsDown(status) && (status === 401 || status === 403 || said !== undefined);
  if (status === 401 || status === 403)
    return new GuardiaError('refused', `${whom} refused the credentials (status ${status})`, { conclusive });
  const reason = typeof said === 'string' && said !== '' ? clipped(said, 300) : `status ${status}`;
  const code = status === 400 ? 'bad-input' : status === 404 ? 'not-found' : 'refused';
  return new GuardiaError(code, `${whom} refused: ${reason}`, {
    retryable: status >= 500,
    conclusive,
  });
}
