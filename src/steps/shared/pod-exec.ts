import type { RequestOptions } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import { z } from 'zod';
import { GuardiaError } from '../../errors.ts';
import type { Clients, CommandResult } from '../step-kind.ts';
import { untilAborted } from './deadline.ts';
import { networkError } from './failures.ts';
import { hostPort, jsonOr } from './http-client.ts';
import { type KubernetesConnection, kubeConfig } from './kubernetes-client.ts';
import { boundedOutput } from './output.ts';
import { firstReady, listPods } from './pods.ts';

export interface PodTarget {
  /** Label selector. */
  pod: string;
  container?: string | undefined;
}

/** Channels of the exec protocol: the first byte of each frame. */
const STDOUT = 1;
const STDERR = 2;
const STATUS = 3;

/** The part of a WebSocket that is used; the library's own type is not published with it. */
interface Socket {
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: (() => void) | null;
  onerror: ((event: { message?: string }) => void) | null;
  terminate(): void;
}

/** Runs an argv in a ready pod of the service, without a shell; closes its connection when the signal is aborted. */
export async function runInPod(
  clients: Clients,
  connection: KubernetesConnection,
  target: PodTarget,
  argv: readonly string[],
  signal: AbortSignal,
): Promise<CommandResult> {
  const started = performance.now();
  const { pods } = await listPods(clients, connection, target.pod, signal);
  const pod = firstReady(pods, target.pod).metadata.name;
  const config = await kubeConfig(clients, connection);
  const path = execPath(connection.namespace, pod, target.container, argv);
  const result = await execute(config, path, signal);
  const where = pods.length === 1 ? pod : `${pod} (of ${pods.length})`;
  return { ...result, where, durationMs: Math.round(performance.now() - started) };
}

function execPath(
  namespace: string,
  pod: string,
  container: string | undefined,
  argv: readonly string[],
): string {
  const query = new URLSearchParams({ stdout: 'true', stderr: 'true', stdin: 'false', tty: 'false' });
  if (container) query.set('container', container);
  for (const argument of argv) query.append('command', argument);
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/exec?${query}`;
}

async function execute(config: KubeConfig, path: string, signal: AbortSignal) {
  const whom = `Kubernetes at ${hostPort(config.getCurrentCluster()?.server ?? '')}`;
  const [stdout, stderr] = [boundedOutput(), boundedOutput()];
  const { promise: ended, resolve, reject } = Promise.withResolvers<number>();
  ended.catch(() => undefined);
  const take = (channel: number, data: Buffer) => {
    if (channel === STDOUT) stdout.add(data);
    else if (channel === STDERR) stderr.add(data);
    else if (channel === STATUS) ending(data, whom).then(resolve, reject);
  };
  const socket = await connect(config, path, take, signal, whom);
  try {
    listen(socket, take, () => reject(closedEarly(whom)));
    const code = await untilAborted(signal, () => ended);
    const dropped = stdout.dropped() + stderr.dropped();
    return { exitCode: code, stdout: stdout.text(), stderr: stderr.text(), dropped };
  } finally {
    socket.terminate();
  }
}

/** In the place of the library's own listener, which throws out of reach at a frame without a channel. */
function listen(socket: Socket, take: (channel: number, data: Buffer) => void, lost: () => void): void {
  socket.onmessage = ({ data }) => {
    if (Buffer.isBuffer(data) && data.length > 0) take(data.readUint8(0), data.subarray(1));
  };
  socket.onclose = lost;
  socket.onerror = lost;
}

function closedEarly(whom: string): GuardiaError {
  const message = `${whom} closed the connection before the command had ended`;
  return new GuardiaError('unreachable', message, { retryable: true });
}

async function connect(
  config: KubeConfig,
  path: string,
  take: (channel: number, data: Buffer) => void,
  signal: AbortSignal,
  whom: string,
): Promise<Socket> {
  const { WebSocketHandler } = await import('@kubernetes/client-node/dist/web-socket-handler.js');
  const handler = new WebSocketHandler(abortable(config, signal));
  try {
    const socket = await handler.connect(path, null, (channel, data) => {
      take(channel, data);
      return true;
    });
    return socket as unknown as Socket;
  } catch (error) {
    throw signal.aborted ? signal.reason : notOpened(error, whom);
  }
}

/** The library opens the connection without a way to stop; what it hands on to the request has one. */
function abortable(config: KubeConfig, signal: AbortSignal): KubeConfig {
  return Object.assign(Object.create(config), {
    async applyToHTTPSOptions(options: RequestOptions) {
      await config.applyToHTTPSOptions(options);
      Object.assign(options, { signal, maxPayload: 16 * 1_048_576 });
    },
  });
}

function notOpened(error: unknown, whom: string): GuardiaError {
  const { message = '', error: cause } = error as { message?: string; error?: unknown };
  const status = /Unexpected server response: (\d+)/.exec(message)?.[1];
  if (status === undefined) return networkError(cause ?? error, whom);
  const reason = status === '403' ? 'pods/exec is not allowed' : `status ${status}`;
  return new GuardiaError(
    status === '404' ? 'not-found' : 'refused',
    `${whom} refused to run a command: ${reason}`,
  );
}

const status = z.object({
  status: z.string(),
  message: z.string().optional(),
  details: z
    .object({ causes: z.array(z.object({ reason: z.string(), message: z.string() })).optional() })
    .optional(),
});

/** What the status channel says: an exit code, or that the program could not be started. */
async function ending(data: Buffer, whom: string): Promise<number> {
  const said = status.safeParse(jsonOr(data.toString('utf8'))).data;
  if (!said) throw new GuardiaError('nonsense', `${whom} did not say how the command ended`);
  if (said.status === 'Success') return 0;
  const code = said.details?.causes?.find(({ reason }) => reason === 'ExitCode')?.message;
  if (code !== undefined) return Number(code);
  throw new GuardiaError(
    'refused',
    `${whom} could not run the command: ${said.message ?? 'no reason given'}`,
  );
}
