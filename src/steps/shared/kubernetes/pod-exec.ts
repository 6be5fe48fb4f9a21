import type { ClientRequest } from 'node:http';
import type { RequestOptions } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import { z } from 'zod';
import { GuardiaError } from '../../../errors.ts';
import type { BeforeEffect, Clients, CommandResult } from '../../step-kind.ts';
import { boundedOutput } from '../command/output.ts';
import { untilAborted } from '../deadline.ts';
import { closedEarly, networkError } from '../failures.ts';
import { hostPort, jsonOr, turnsDown } from '../http/client.ts';
import { release } from '../http/held-request.ts';
import { type KubernetesConnection, kubeConfig } from './client.ts';
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
/** Older API servers ask for `get` alone, and which of the two is missing does not reach us. */
const NO_RIGHT = 'Guardia may not run commands in pods: give its role the verbs create and get on pods/exec';

/** Of other failures the container's runtime does not say whether the program had begun. */
const NOT_STARTED =
  /executable file not found|no such file or directory|permission denied|not found in \$PATH/i;

/** The part of a WebSocket that is used; the library's own type is not published with it. */
interface Socket {
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: (() => void) | null;
  terminate(): void;
}

interface Limits {
  signal: AbortSignal;
  /** Of a command that changes something. */
  beforeEffect?: BeforeEffect;
}

/** Runs an argv in a ready pod of the service, without a shell; closes its connection when the signal is aborted. */
export async function runInPod(
  clients: Clients,
  connection: KubernetesConnection,
  target: PodTarget,
  argv: readonly string[],
  limits: Limits,
): Promise<CommandResult> {
  const { signal } = limits;
  const started = performance.now();
  const { pods } = await listPods(clients, connection, target.pod, signal);
  const pod = firstReady(pods, target.pod).metadata.name;
  const config = await kubeConfig(clients, connection);
  const path = execPath(connection.namespace, pod, target.container, argv);
  const result = await execute(config, path, limits);
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

async function execute(config: KubeConfig, path: string, { signal, beforeEffect }: Limits) {
  const whom = `Kubernetes at ${hostPort(config.getCurrentCluster()?.server ?? '')}`;
  const [stdout, stderr] = [boundedOutput(), boundedOutput()];
  const { promise: ended, resolve, reject } = Promise.withResolvers<number>();
  ended.catch(() => undefined);
  const take = (channel: number, data: Buffer) => {
    if (channel === STDOUT) stdout.add(data);
    else if (channel === STDERR) stderr.add(data);
    else if (channel === STATUS) ending(data, whom).then(resolve, reject);
  };
  let socket: Socket | undefined;
  const begun = (opened: Socket) => {
    socket = opened;
    listen(opened, take, () => reject(closedEarly(whom, 'the command had ended')));
    if (signal.aborted) opened.terminate();
  };
  try {
    const watching = watched(config, begun, beforeEffect);
    const code = await untilAborted(signal, () => connect(watching, path, whom).then(() => ended));
    const dropped = stdout.dropped() + stderr.dropped();
    return { exitCode: code, stdout: stdout.text(), stderr: stderr.text(), lines: stdout.lines(), dropped };
  } finally {
    socket?.terminate();
  }
}

/** In the place of the library's own listener, which throws out of reach at a frame without a channel. */
function listen(socket: Socket, take: (channel: number, data: Buffer) => void, lost: () => void): void {
  socket.onmessage = ({ data }) => {
    if (Buffer.isBuffer(data) && data.length > 0) take(data.readUint8(0), data.subarray(1));
  };
  socket.onclose = lost;
}

/** Rejects when the connection cannot be opened. */
async function connect(config: KubeConfig, path: string, whom: string): Promise<void> {
  const { WebSocketHandler } = await import('@kubernetes/client-node/dist/web-socket-handler.js');
  try {
    await new WebSocketHandler(config).connect(path, null, null);
  } catch (error) {
    throw notOpened(error, whom);
  }
}

/**
 * The library gives its socket away only once it is open, too late to stop it or to hear its first message. The
 * request's last hook has it earlier; the library sets its listeners right after that, and ours replace them. `begun`
 * gets the socket before anything can arrive on it. The command begins with the request.
 */
function watched(
  config: KubeConfig,
  begun: (socket: Socket) => void,
  beforeEffect: BeforeEffect = async () => undefined,
): KubeConfig {
  return Object.assign(Object.create(config), {
    async applyToHTTPSOptions(options: RequestOptions) {
      await config.applyToHTTPSOptions(options);
      const finishRequest = (request: ClientRequest, socket: Socket) => {
        queueMicrotask(() => begun(socket));
        void release(request, beforeEffect).then((free) => free && request.end());
      };
      Object.assign(options, { finishRequest, maxPayload: 16 * 1_048_576 });
    },
  });
}

/** A connection that was not upgraded has begun nothing; behind an answer from 500 on a kubelet may have. */
function notOpened(error: unknown, whom: string): GuardiaError {
  const { message = '', error: cause } = error as { message?: string; error?: unknown };
  const status = Number(/Unexpected server response: (\d+)/.exec(message)?.[1]);
  if (Number.isNaN(status)) return networkError(cause ?? error, whom);
  const conclusive = turnsDown(status);
  if (status === 403) return new GuardiaError('refused', NO_RIGHT, { conclusive });
  const code = status === 404 ? 'not-found' : 'refused';
  return new GuardiaError(code, `${whom} refused to run a command: status ${status}`, { conclusive });
}

const status = z.object({
  status: z.string(),
  message: z.string().optional(),
  details: z
    .object({
      causes: z.array(z.object({ reason: z.string().optional(), message: z.string().optional() })).optional(),
    })
    .optional(),
});

/** What the status channel says: an exit code, or that the program could not be started. */
async function ending(data: Buffer, whom: string): Promise<number> {
  const said = status.safeParse(jsonOr(data.toString('utf8'))).data;
  if (!said) throw new GuardiaError('nonsense', `${whom} did not say how the command ended`);
  if (said.status === 'Success') return 0;
  const code = said.details?.causes?.find(({ reason }) => reason === 'ExitCode')?.message;
  if (code !== undefined) return Number(code);
  const { message = 'no reason given' } = said;
  const conclusive = NOT_STARTED.test(message);
  throw new GuardiaError('refused', `${whom} could not run the command: ${message}`, { conclusive });
}
