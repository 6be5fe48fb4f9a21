import { GuardiaError } from '../../../errors.ts';
import type { Clients } from '../../step-kind.ts';
import { KEPT_BYTES, newestOutput } from '../command/output.ts';
import { readChunks } from '../docker/frames.ts';
import { type Cluster, type KubernetesConnection, pathIn, streamFromKubernetes } from './client.ts';
import { newestPods, type Pod } from './pods.ts';

/** So many pods are read, the newest; the logs of further ones are cut to nothing. */
const MOST_PODS = 20;
const DEFAULT_CONTAINER = 'kubectl.kubernetes.io/default-container';

export interface PodLogRequest {
  /** Label selector. */
  selector: string;
  /** Without it the one that kubectl would take: the annotated one, else the first. */
  container?: string | undefined;
  /** How many lines from the end, of each pod. */
  tail?: number | undefined;
  sinceSeconds?: number | undefined;
  signal: AbortSignal;
}

export interface PodLog {
  pod: string;
  text: string;
  /** There was more than is kept. */
  cut: boolean;
}

/**
 * What the pods of a selector wrote, also those that have ended, by name. At most 1 MB is kept over all of them, an
 * equal share each, and of a longer log its newest lines. A pod that has not begun has written nothing.
 */
export async function podLogs(
  clients: Clients,
  connection: KubernetesConnection,
  { selector, signal, ...wanted }: PodLogRequest,
): Promise<PodLog[]> {
  const cluster = { clients, connection, signal };
  const pods = await newestPods(cluster, selector);
  const read = pods.slice(0, MOST_PODS);
  const share = Math.floor(KEPT_BYTES / Math.max(1, read.length));
  const logs = await Promise.all(read.map((pod) => logOf(cluster, pod, wanted, share)));
  const unread = pods.slice(MOST_PODS).map(({ metadata }) => ({ pod: metadata.name, text: '', cut: true }));
  return [...logs, ...unread].sort((a, b) => (a.pod < b.pod ? -1 : 1));
}

type Wanted = Omit<PodLogRequest, 'selector' | 'signal'>;

async function logOf(cluster: Cluster, pod: Pod, wanted: Wanted, share: number): Promise<PodLog> {
  const { name } = pod.metadata;
  const path = pathIn(cluster.connection, 'v1', 'pods', name, 'log');
  const output = newestOutput(share);
  try {
    const { body, whom } = await streamFromKubernetes(cluster, { path, query: queryFor(pod, wanted) });
    await readChunks(body, whom, cluster.signal, output.add);
  } catch (error) {
    if (!hasNoLog(error)) throw error;
  }
  return { pod: name, text: output.text(), cut: output.cut() };
}

function queryFor(pod: Pod, { container, tail, sinceSeconds }: Wanted): Record<string, string> {
  const name = container ?? usualContainer(pod);
  return {
    ...(name === undefined ? {} : { container: name }),
    ...(tail === undefined ? {} : { tailLines: String(tail) }),
    ...(sinceSeconds === undefined ? {} : { sinceSeconds: String(sinceSeconds) }),
  };
}

function usualContainer({ metadata, spec }: Pod): string | undefined {
  return metadata.annotations[DEFAULT_CONTAINER] ?? spec?.containers[0]?.name;
}

/** It went away since it was listed, or its container has not begun yet. */
function hasNoLog(error: unknown): boolean {
  if (!(error instanceof GuardiaError)) return false;
  if (error.code === 'not-found') return true;
  return /is waiting to start/.test(error.message);
}
