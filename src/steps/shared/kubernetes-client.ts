import type { Agent } from 'node:http';
import type { RequestOptions } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import { z } from 'zod';
import { GuardiaError, messageOf } from '../../errors.ts';
import type { Clients } from '../step-kind.ts';
import { type HttpAnswer, type HttpServer, hostPort, httpCall, jsonOf, jsonOr } from './http-client.ts';
import { firstLine } from './text.ts';

const MAX_BYTES = 16 * 1_048_576;
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

export interface KubernetesRequest {
  /** From `/api` or `/apis` on, already encoded. */
  path: string;
  query?: Readonly<Record<string, string>>;
  /** Sent as a PATCH of this content type. */
  patch?: { type: string; body: unknown };
  signal: AbortSignal;
}

/** One request to the API server, its JSON checked against `schema`. */
export async function askKubernetes<T>(
  clients: Clients,
  connection: KubernetesConnection,
  request: KubernetesRequest,
  schema: z.ZodType<T>,
): Promise<T> {
  const config = await kubeConfig(clients, connection);
  const server = await serverOf(config);
  const whom = `Kubernetes at ${hostPort(server.url)}`;
  const answer = await httpCall(clients, server, {
    method: request.patch ? 'PATCH' : 'GET',
    path: request.query ? `${request.path}?${new URLSearchParams(request.query)}` : request.path,
    ...(request.patch
      ? { body: JSON.stringify(request.patch.body), headers: { 'content-type': request.patch.type } }
      : {}),
    maxBytes: MAX_BYTES,
    signal: request.signal,
  });
  if (answer.status >= 400) throw refusal(answer, whom);
  const parsed = schema.safeParse(jsonOf(answer, whom));
  if (parsed.success) return parsed.data;
  throw new GuardiaError(
    'nonsense',
    `${whom} answered something that is not its API (status ${answer.status})`,
  );
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

const status = z.object({
  kind: z.literal('Status'),
  message: z.string().default(''),
  reason: z.string().optional(),
});

function refusal(answer: HttpAnswer, whom: string): GuardiaError {
  const said = status.safeParse(jsonOr(answer.text)).data;
  const reason = said?.message || `status ${answer.status}`;
  if (answer.status === 404) return new GuardiaError('not-found', `${whom}: ${reason}`);
  if (answer.status === 409) return new GuardiaError('conflict', `${whom}: ${reason}`, { retryable: true });
  if (answer.status === 401) return new GuardiaError('refused', `${whom} does not accept the credentials`);
  const retryable = answer.status === 429 || answer.status >= 500;
  return new GuardiaError('refused', `${whom} refused: ${reason}`, { retryable });
}
