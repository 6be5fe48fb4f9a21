import { z } from 'zod';
import { type ErrorCode, GuardiaError } from '../../../errors.ts';
import type { BeforeEffect, Clients, StepCall } from '../../step-kind.ts';
import {
  type HttpAnswer,
  type HttpServer,
  hostPort,
  httpCall,
  httpStream,
  jsonOf,
  jsonOr,
  turnsDown,
} from '../http/client.ts';
import { urlOf } from '../settings.ts';
import { clipped } from '../text.ts';
import { dashboardAnswer, type GrafanaDashboard, libraryElement, type Panel } from './dashboard.ts';
import { type QueryAnswer, queryAnswer } from './frames.ts';

const MAX_BYTES = 4 * 1_048_576;
const MAX_PICTURE_BYTES = 1_048_576;
const PNG = Buffer.from('89504e470d0a1a0a', 'hex');
/** How long it is believed which data sources Grafana has, and whether it draws pictures. */
const SETTINGS_MS = 5 * 60_000;

/** Grafana does not always tell one from the other. */
const NO_DASHBOARD = 'dashboards:read, unless there is no such dashboard';

export const grafanaConnection = z.strictObject({
  kind: z.literal('grafana'),
  url: urlOf('http', 'https'),
  /** Of a service account. */
  token: z.string().min(1),
  headers: z.record(z.string(), z.string()).optional(),
  /** Where people open it, when that is another address. */
  link: urlOf('http', 'https').optional(),
  /** Whether its image renderer draws, where it has one; otherwise Guardia draws. */
  renderer: z.enum(['auto', 'never']).default('auto'),
});

export type GrafanaConnection = z.output<typeof grafanaConnection>;
export type GrafanaCall = Pick<StepCall<unknown, GrafanaConnection>, 'clients' | 'connection' | 'signal'>;

const source = z.object({ uid: z.string().default(''), type: z.string().default('') });
export type DataSource = z.output<typeof source>;

const settings = z.object({
  rendererAvailable: z.boolean().default(false),
  /** The name of one of the data sources. */
  defaultDatasource: z.string().default(''),
  datasources: z.record(z.string(), source).default({}),
});
export type GrafanaSettings = z.output<typeof settings>;

/** What an annotation says, and where; times are unix milliseconds. */
export interface Annotation {
  dashboardUID?: string;
  panelId?: number;
  time: number;
  tags: readonly string[];
  text: string;
}

interface Asked {
  method?: 'GET' | 'POST';
  /** Below /api. */
  path: string;
  body?: unknown;
  /** What is asked for, in messages: `dashboard x`. */
  what: string;
  /** The permission that it takes. */
  needs: string;
  /** Of what changes something. */
  beforeEffect?: BeforeEffect;
}

export function grafanaNamed({ connection }: Pick<GrafanaCall, 'connection'>): string {
  return `Grafana at ${hostPort(connection.url)}`;
}

export async function dashboardByUid(call: GrafanaCall, uid: string): Promise<GrafanaDashboard> {
  const path = `/dashboards/uid/${encodeURIComponent(uid)}`;
  const asked = { path, what: `dashboard ${uid}`, needs: NO_DASHBOARD };
  return (await ask(call, asked, dashboardAnswer)).dashboard;
}

/** What a library panel shows, wherever it stands. */
export async function libraryPanel(call: GrafanaCall, uid: string): Promise<Panel> {
  const path = `/library-elements/${encodeURIComponent(uid)}`;
  const asked = { path, what: `library panel ${uid}`, needs: 'library.panels:read' };
  return (await ask(call, asked, libraryElement)).result.model;
}

/** Undefined when there is none of this name. */
export async function dataSourceNamed(call: GrafanaCall, name: string): Promise<DataSource | undefined> {
  const path = `/datasources/name/${encodeURIComponent(name)}`;
  const asked = { path, what: `data source ${name}`, needs: 'datasources:read' };
  return ask(call, asked, source).catch((error) => {
    if (error instanceof GuardiaError && error.code === 'not-found') return undefined;
    throw error;
  });
}

/**
 * What Grafana tells its own pages about itself, which whoever may look at a dashboard may ask. Without an answer it
 * is a Grafana that draws nothing and names no data source.
 */
export async function grafanaSettings(call: GrafanaCall): Promise<GrafanaSettings> {
  const known = rememberedSettings(call.clients, call.connection);
  if (known.settings && Date.now() - known.at < SETTINGS_MS) return known.settings;
  const asked = { path: '/frontend/settings', what: 'its settings', needs: 'the role Viewer' };
  try {
    known.settings = await ask(call, asked, settings);
    known.at = Date.now();
    return known.settings;
  } catch (error) {
    if (call.signal.aborted || !(error instanceof GuardiaError)) throw error;
    return settings.parse({});
  }
}

function rememberedSettings(clients: Clients, connection: GrafanaConnection) {
  return clients.get(`grafana ${JSON.stringify(connection)}`, () => ({
    client: { at: 0 } as { at: number; settings?: GrafanaSettings },
    close: () => undefined,
  }));
}

/** Also when some or all of the queries failed: each answer has its own error. */
export async function queryData(
  call: GrafanaCall,
  body: { queries: readonly object[]; from: string; to: string },
): Promise<QueryAnswer> {
  const asked = {
    method: 'POST',
    path: '/ds/query',
    body,
    what: 'the queries',
    needs: 'datasources:query',
  } as const;
  const answer = await send(call, asked);
  const results = answer.status < 500 ? queryAnswer.safeParse(jsonOr(answer.text)).data : undefined;
  return results ?? understood(call, asked, answer, queryAnswer);
}

export async function annotate(
  call: GrafanaCall & { beforeEffect: BeforeEffect },
  annotation: Annotation,
): Promise<number> {
  const { beforeEffect } = call;
  const asked = {
    method: 'POST',
    path: '/annotations',
    body: annotation,
    beforeEffect,
    what: 'the annotation',
    needs: 'annotations:create',
  } as const;
  return (await ask(call, asked, z.object({ id: z.number() }))).id;
}

/** The PNG of a panel in base64, by the image renderer; `path` is below /render. */
export async function renderedPanel(call: GrafanaCall, path: string): Promise<string> {
  const { clients, connection, signal } = call;
  const answer = await httpStream(clients, serverOf(connection), {
    method: 'GET',
    path: `/render${path}`,
    signal,
  });
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer.body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    chunks.push(chunk);
    if (bytes > MAX_PICTURE_BYTES) throw noPicture(call, 'a picture of more than 1 MB');
  }
  const picture = Buffer.concat(chunks);
  if (answer.status !== 200) throw noPicture(call, `status ${answer.status}`);
  if (!picture.subarray(0, PNG.length).equals(PNG)) throw noPicture(call, 'something that is not a PNG');
  return picture.toString('base64');
}

function noPicture(call: GrafanaCall, what: string): GuardiaError {
  return new GuardiaError('nonsense', `the image renderer of ${grafanaNamed(call)} answered ${what}`);
}

function serverOf({ url, token, headers }: GrafanaConnection): HttpServer {
  return { url, headers: { ...headers, authorization: `Bearer ${token}` } };
}

async function ask<T>(call: GrafanaCall, asked: Asked, schema: z.ZodType<T>): Promise<T> {
  return understood(call, asked, await send(call, asked), schema);
}

function send(
  { clients, connection, signal }: GrafanaCall,
  { method = 'GET', path, body, beforeEffect }: Asked,
): Promise<HttpAnswer> {
  return httpCall(clients, serverOf(connection), {
    method,
    path: `/api${path}`,
    headers: {
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    maxBytes: MAX_BYTES,
    signal,
    beforeEffect,
  });
}

function understood<T>(call: GrafanaCall, asked: Asked, answer: HttpAnswer, schema: z.ZodType<T>): T {
  if (answer.status >= 400) throw refusal(grafanaNamed(call), asked, answer);
  const parsed = schema.safeParse(jsonOf(answer, grafanaNamed(call)));
  if (parsed.success) return parsed.data;
  const message = `${grafanaNamed(call)} answered something that is not its API (status ${answer.status})`;
  throw new GuardiaError('nonsense', message);
}

const CODES: Readonly<Record<number, ErrorCode>> = { 400: 'bad-input', 404: 'not-found', 422: 'bad-input' };

function refusal(whom: string, { method, what, needs }: Asked, { status, text }: HttpAnswer): GuardiaError {
  const conclusive = turnsDown(status) && messageIn(text) !== undefined;
  if (status === 401) {
    const message = `${whom} does not know the token (status 401); give the connection one of a service account`;
    return new GuardiaError('refused', message, { conclusive });
  }
  if (status === 403) {
    const message = `${whom} refused ${what}: the token needs ${needs} (status 403)`;
    return new GuardiaError('refused', message, { conclusive });
  }
  if (status === 404 && method !== 'POST') return new GuardiaError('not-found', `${whom} has no ${what}`);
  const code = CODES[status] ?? 'refused';
  const message = `${whom} refused ${what}: ${messageIn(text) ?? `status ${status}`}`;
  return new GuardiaError(code, message, { retryable: status >= 500 || status === 429, conclusive });
}

function messageIn(text: string): string | undefined {
  const said = z.object({ message: z.string().min(1) }).safeParse(jsonOr(text)).data;
  return said && clipped(said.message, 300);
}
