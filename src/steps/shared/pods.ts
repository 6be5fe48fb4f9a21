import { z } from 'zod';
import { GuardiaError } from '../../errors.ts';
import type { Clients } from '../step-kind.ts';
import { askKubernetes, type KubernetesConnection } from './kubernetes-client.ts';

const MOST_PODS = 500;

const state = z.object({
  waiting: z.object({ reason: z.string().optional() }).optional(),
  terminated: z.object({ reason: z.string().optional(), exitCode: z.number().optional() }).optional(),
});
const container = z.object({
  name: z.string(),
  ready: z.boolean().default(false),
  restartCount: z.number().default(0),
  state: state.optional(),
  lastState: state.optional(),
});
const condition = z.object({
  type: z.string(),
  status: z.string(),
  reason: z.string().optional(),
  message: z.string().optional(),
});
const pod = z.object({
  metadata: z.object({ name: z.string(), deletionTimestamp: z.string().nullish() }),
  spec: z.object({ containers: z.array(z.object({ name: z.string() })).default([]) }).optional(),
  status: z.object({
    phase: z.string().default('Unknown'),
    reason: z.string().optional(),
    conditions: z.array(condition).default([]),
    containerStatuses: z.array(container).default([]),
    initContainerStatuses: z.array(container).default([]),
  }),
});
const podList = z.object({
  metadata: z.object({ continue: z.string().optional() }).optional(),
  items: z.array(pod),
});

export type Pod = z.output<typeof pod>;

/** Pods that a label selector matches, by name, without those that have ended or are on their way out. */
export async function listPods(
  clients: Clients,
  connection: KubernetesConnection,
  selector: string,
  signal: AbortSignal,
): Promise<{ pods: Pod[]; more: boolean }> {
  const path = `/api/v1/namespaces/${encodeURIComponent(connection.namespace)}/pods`;
  const query = { labelSelector: selector, limit: String(MOST_PODS) };
  const { items, metadata } = await askKubernetes(clients, connection, { path, query, signal }, podList);
  const pods = items.filter((item) => item.status.phase !== 'Succeeded' && !item.metadata.deletionTimestamp);
  return {
    pods: pods.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1)),
    more: Boolean(metadata?.continue),
  };
}

export function isReady({ status }: Pod): boolean {
  return status.conditions.some(({ type, status: is }) => type === 'Ready' && is === 'True');
}

export function restartsOf({ status }: Pod): number {
  return status.containerStatuses.reduce((total, { restartCount }) => total + restartCount, 0);
}

/** Why a container does not come up: CrashLoopBackOff, ImagePullBackOff, …; undefined while it is only starting. */
export function troubleOf({ status }: Pod): string | undefined {
  const waiting = [...status.initContainerStatuses, ...status.containerStatuses]
    .map(({ state: now }) => now?.waiting?.reason)
    .find((reason) => reason && !['ContainerCreating', 'PodInitializing'].includes(reason));
  return waiting;
}

/** `redis-0 CrashLoopBackOff, 6 restarts, last ended OOMKilled` */
export function describePod(pod: Pod): string {
  const restarts = restartsOf(pod);
  const last = pod.status.containerStatuses
    .map(({ lastState }) => lastState?.terminated)
    .find((ended) => ended);
  return [
    `${pod.metadata.name} ${troubleOf(pod) ?? unscheduled(pod) ?? pod.status.reason ?? stateWord(pod)}`,
    ...(restarts > 0 ? [`${restarts} ${restarts === 1 ? 'restart' : 'restarts'}`] : []),
    ...(last ? [`last ended ${last.reason ?? `with exit code ${last.exitCode}`}`] : []),
  ].join(', ');
}

function unscheduled({ status }: Pod): string | undefined {
  const found = status.conditions.find(({ type, status: is }) => type === 'PodScheduled' && is === 'False');
  return found && `not scheduled: ${found.message ?? found.reason ?? 'no reason given'}`;
}

function stateWord(pod: Pod): string {
  if (isReady(pod)) return 'ready';
  return pod.status.phase === 'Running' ? 'not ready' : pod.status.phase;
}

/** The first ready pod by name, so that the same one is chosen each time. */
export function firstReady(pods: readonly Pod[], selector: string): Pod {
  const ready = pods.find(isReady);
  if (ready) return ready;
  const found =
    pods.length === 0 ? 'there is none' : `none of ${pods.length} is ready: ${describePod(pods[0] as Pod)}`;
  throw new GuardiaError('unreachable', `no ready pod matches ${selector}; ${found}`, { retryable: true });
}
