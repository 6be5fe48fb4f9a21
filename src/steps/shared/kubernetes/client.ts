import type { Agent } from 'node:http';
import type { RequestOptions } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import { z } from 'zod';
import { GuardiaError, messageOf } from '../../../errors.ts';
import type { BeforeEffect, Clients } from '../../step-kind.ts';
import { boundedOutput } from '../command/output.ts';
import { readChunks } from '../docker/frames.ts';
import { type HttpServer, type HttpStream, hostPort, httpCall, httpStream, jsonOf } from '../http/client.ts';
import { firstLine } from '../text.ts';
import { kubernetesRefusal } from './refusals.ts';

const MAX_BYTES = 16 * 1_048_576;
const MAX_REFUSAL_BYTES = 16_384;
const PAGE = 500;
const MOST_LISTED = 5_000;
/** What the client library makes up when it finds neither a file nor a service account. */
const NOTHING_FOUND = 'http://localhost:8080';

/** Also what a target in a pod names. Without `kubeconfig`: KUBECONFIG, ~/.kube/config or the pod's service account. */
export const kubernetesConnection = z.strictObject({
  kind: z.literal('kubernetes'),
  namespace: z.string().min(1),
  context: z.string().min(1).optional(),
  /** Path of a file. */
  kubeconfig: z.string().min(1).optional(),
});

export type KubernetesConnection = z.output<typeof kubernetesConnection>;

/** Where something is asked, and for how long: every call of a step is one. */
export interface Cluster {
  clients: Clients;
  connection: KubernetesConnection;
  signal: AbortSignal;
}

export interface KubernetesRequest {
  method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** From `/api` or `/apis` on, already encoded. */
  path: string;
  query?: Readonly<Record<string, string>>;
  body?: unknown;
  /** Content type of the body, where it is not plain JSON. */
  type?: string;
  /** Of what changes something. */
  beforeEffect?: BeforeEffect | undefined;
}

/** A request that is only checked, or one that changes something. */
export type Attempt = { dryRun: true } | { dryRun: false; beforeEffect: BeforeEffect };

/** The object as it is after a change, or a Status; what is neither has not come from the API server. */
export const changedObject = z.looseObject({ kind: z.string() });

/** One request to the API server, its JSON checked against `schema`. */
export async function askKubernetes<T>(
  { clients, connection, signal }: Cluster,
  request: KubernetesRequest,
  schema: z.ZodType<T>,
): Promise<T> {
  const { server, whom } = await apiServer(clients, connection);
  const answer = await httpCall(clients, server, { ...sent(request), maxBytes: MAX_BYTES, signal });
  if (answer.status >= 400) throw kubernetesRefusal(answer, whom);
  const parsed = schema.safeParse(jsonOf(answer, whom));
  if (parsed.success) return parsed.data;
  throw new GuardiaError(
    'nonsense',
    `${whom} answered something that is not its API (status ${answer.status})`,
  );
}

/** The same for text of any length. */
export async function streamFromKubernetes(
  { clients, connection, signal }: Cluster,
  request: KubernetesRequest,
): Promise<HttpStream & { whom: string }> {
  const { server, whom } = await apiServer(clients, connection);
  const stream = await httpStream(clients, server, { ...sent(request), signal });
  if (stream.status < 400) return { ...stream, whom };
  const said = boundedOutput(MAX_REFUSAL_BYTES);
  await readChunks(stream.body, whom, signal, said.add);
  throw kubernetesRefusal({ status: stream.status, text: said.text() }, whom);
}

/** A list in pages, up to some thousands; `more` says that there are further ones. */
export async function listKubernetes<T>(
  cluster: Cluster,
  { path, query = {} }: Pick<KubernetesRequest, 'path' | 'query'>,
  item: z.ZodType<T>,
): Promise<{ items: T[]; more: boolean }> {
  const page = z.object({
    metadata: z.object({ continue: z.string().default('') }).prefault({}),
    items: z.array(item),
  });
  const items: T[] = [];
  for (let next = ''; ; ) {
    const asked = { ...query, limit: String(PAGE), ...(next ? { continue: next } : {}) };
    const answer = await askKubernetes(cluster, { path, query: asked }, page);
    items.push(...answer.items);
    next = answer.metadata.continue;
    if (!next || items.length >= MOST_LISTED) return { items, more: next !== '' };
  }
}

function sent(request: KubernetesRequest) {
  const { method = 'GET', path, query, body, type = 'application/json', beforeEffect } = request;
  return {
    method,
    beforeEffect,
    path: query ? `${path}?${new URLSearchParams(query)}` : path,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': type } }),
  };
}

/** `/api/v1/namespaces/denis/pods`, `/apis/apps/v1/namespaces/denis/deployments/web` */
export function pathIn({ namespace }: KubernetesConnection, group: string, ...parts: string[]): string {
  const root = group.includes('/') ? `/apis/${group}` : `/api/${group}`;
  return [root, 'namespaces', ...[namespace, ...parts].map(encodeURIComponent)].join('/');
}

async function apiServer(clients: Clients, connection: KubernetesConnection) {
  const server = await serverOf(await kubeConfig(clients, connection));
  return { server, whom: `Kubernetes at ${hostPort(server.url)}` };
}

/** The configuration, read once per connection. Imported when first needed: the library takes some 90 MB. */
export async function kubeConfig(clients: Clients, connection: KubernetesConnection): Promise<KubeConfig> {
  const key = `kubernetes ${connection.kubeconfig ?? ''} ${connection.context ?? ''}`;
  const pooled = clients.get(key, () => {
    const client: { config?: Promise<KubeConfig> } = {};
    return { client, close: () => closeAgent(client.config) };
  });
  pooled.config ??= loadConfig(connection);
  try {
    return await pooled.config;
  } catch (error) {
    delete pooled.config;
    throw error;
  }
}

async function loadConfig({ context, kubeconfig }: KubernetesConnection): Promise<KubeConfig> {
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  try {
    if (kubeconfig) config.loadFromFile(kubeconfig);
    else config.loadFromDefault();
  } catch (error) {
    throw new GuardiaError('config', `the kubeconfig cannot be read: ${firstLine(messageOf(error))}`);
  }
  if (context) config.setCurrentContext(context);
  const server = config.getCurrentCluster()?.server;
  if (server === undefined)
    throw new GuardiaError('config', `the kubeconfig has no context ${config.getCurrentContext()}`);
  if (!kubeconfig && server === NOTHING_FOUND) {
    throw new GuardiaError(
      'not-configured',
      'not configured: there is neither a kubeconfig nor a service account',
    );
  }
  return config;
}

async function closeAgent(loading: Promise<KubeConfig> | undefined): Promise<void> {
  const options: RequestOptions = {};
  await (await loading)?.applyToHTTPSOptions(options);
  (options.agent as Agent | undefined)?.destroy();
}

async function serverOf(config: KubeConfig): Promise<HttpServer> {
  const options: RequestOptions = {};
  try {
    await config.applyToHTTPSOptions(options);
  } catch (error) {
    throw new GuardiaError('config', `no credentials for Kubernetes: ${firstLine(messageOf(error))}`);
  }
  const headers = { ...(options.headers as Record<string, string> | undefined) };
  if (options.auth) headers.authorization = `Basic ${Buffer.from(options.auth).toString('base64')}`;
  return { url: config.getCurrentCluster()?.server ?? '', headers, agent: options.agent as Agent };
}
