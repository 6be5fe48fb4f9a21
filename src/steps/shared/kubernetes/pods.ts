import { z } from 'zod';
import { GuardiaError } from '../../../errors.ts';
import type { Clients } from '../../step-kind.ts';
import {
  type Attempt,
  askKubernetes,
  type Cluster,
  changedObject,
  type KubernetesConnection,
  pathIn,
} from './client.ts';

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
const owner = z.object({ kind: z.string(), name: z.string(), controller: z.boolean().default(false) });
const pod = z.object({
  metadata: z.object({
    name: z.string(),
    uid: z.string().default(''),
    resourceVersion: z.string().default(''),
    ownerReferences: z.array(owner).default([]),
    creationTimestamp: z.string().nullish(),
    deletionTimestamp: z.string().nullish(),
    annotations: z.record(z.string(), z.string()).default({}),
    labels: z.record(z.string(), z.string()).default({}),
  }),
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
  const { items, metadata } = await allPods({ clients, connection, signal }, selector);
  const pods = items.filter((item) => item.status.phase !== 'Succeeded' && !item.metadata.deletionTimestamp);
  return {
    pods: pods.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1)),
    more: Boolean(metadata?.continue),
  };
}

/** All pods that a label selector matches, the newest first, also those that have ended. */
export async function newestPods(cluster: Cluster, selector: string): Promise<Pod[]> {
  const { items } = await allPods(cluster, selector);
  return items.toSorted((a, b) => madeAt(b) - madeAt(a));
}

export function readPod(cluster: Cluster, name: string): Promise<Pod> {
  return askKubernetes(cluster, { path: pathIn(cluster.connection, 'v1', 'pods', name) }, pod);
}

/** Deletes a pod as it was seen, and no other of its name; a dry run only asks whether that could be done. */
export async function deletePod(
  cluster: Cluster,
  { metadata: { name, uid, resourceVersion } }: Pod,
  attempt: Attempt,
): Promise<void> {
  const body = {
    ...{ apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid, resourceVersion } },
    ...(attempt.dryRun ? { dryRun: ['All'] } : {}),
  };
  const path = pathIn(cluster.connection, 'v1', 'pods', name);
  const beforeEffect = attempt.dryRun ? undefined : attempt.beforeEffect;
  await askKubernetes(cluster, { method: 'DELETE', path, body, beforeEffect }, changedObject);
}

/** What makes it anew when it is gone: `ReplicaSet denis-7d4c9`; undefined when nothing does. */
export function ownerOf({ metadata }: Pod): string | undefined {
  const found = metadata.ownerReferences.find(({ controller }) => controller);
  return found && `${found.kind} ${found.name}`;
}

function madeAt({ metadata: { creationTimestamp } }: Pod): number {
  return Date.parse(creationTimestamp ?? '') || 0;
}

function allPods(cluster: Cluster, selector: string) {
  const path = pathIn(cluster.connection, 'v1', 'pods');
  const query = { labelSelector: selector, limit: String(MOST_PODS) };
  return askKubernetes(cluster, { path, query }, podList);
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
