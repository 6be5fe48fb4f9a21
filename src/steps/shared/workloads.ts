import { z } from 'zod';
import { GuardiaError } from '../../errors.ts';
import type { Clients } from '../step-kind.ts';
import { askKubernetes, type KubernetesConnection } from './kubernetes-client.ts';

/** `deployment/denis-workers`, with placeholders filled in. */
export interface WorkloadName {
  kind: 'deployment' | 'statefulset' | 'daemonset';
  name: string;
}

const number = z.number().default(0);
const metadata = z.object({ uid: z.string(), generation: z.number().default(0) });
const workload = z.object({
  metadata,
  spec: z.object({
    replicas: z.number().optional(),
    paused: z.boolean().default(false),
    updateStrategy: z
      .object({
        type: z.string().optional(),
        rollingUpdate: z.object({ partition: number }).partial().nullish(),
      })
      .optional(),
    template: z.object({
      spec: z.object({ containers: z.array(z.object({ image: z.string().default('') })) }),
    }),
  }),
  status: z
    .object({
      observedGeneration: number,
      replicas: number,
      updatedReplicas: number,
      readyReplicas: number,
      availableReplicas: number,
      currentRevision: z.string().optional(),
      updateRevision: z.string().optional(),
      desiredNumberScheduled: number,
      updatedNumberScheduled: number,
      numberReady: number,
      numberAvailable: number,
      conditions: z
        .array(z.object({ type: z.string(), reason: z.string().optional(), message: z.string().optional() }))
        .default([]),
    })
    .prefault({}),
});

export type Workload = z.output<typeof workload>;

export interface WorkloadCall {
  clients: Clients;
  connection: KubernetesConnection;
  workload: WorkloadName;
  signal: AbortSignal;
}

export interface Change {
  body: unknown;
  /** `/scale` */
  subresource?: string;
  /** Let the server check it and change nothing. */
  dryRun?: boolean;
}

export function readWorkload({ clients, connection, workload: of, signal }: WorkloadCall): Promise<Workload> {
  return askKubernetes(clients, connection, { path: pathOf(connection, of), signal }, workload);
}

/** Strategic merge for a workload's template, plain merge for its scale. */
export async function changeWorkload(call: WorkloadCall, change: Change): Promise<void> {
  const { clients, connection, workload: of, signal } = call;
  const path = `${pathOf(connection, of)}${change.subresource ?? ''}`;
  const type = change.subresource ? 'application/merge-patch+json' : 'application/strategic-merge-patch+json';
  const query = { fieldManager: 'guardia', ...(change.dryRun ? { dryRun: 'All' } : {}) };
  await askKubernetes(
    clients,
    connection,
    { path, query, patch: { type, body: change.body }, signal },
    z.unknown(),
  );
}

function pathOf({ namespace }: KubernetesConnection, { kind, name }: WorkloadName): string {
  return `/apis/apps/v1/namespaces/${encodeURIComponent(namespace)}/${kind}s/${encodeURIComponent(name)}`;
}

/** How far a rollout is, in the same figures for each kind of workload. */
export interface Rollout {
  desired: number;
  updated: number;
  ready: number;
  available: number;
  done: boolean;
}

/** The rules of `kubectl rollout status`. Throws 'refused' when the rollout has failed for good. */
export function rolloutOf(
  { kind, name }: WorkloadName,
  { metadata: { generation }, spec, status }: Workload,
): Rollout {
  const failed = status.conditions.find(({ reason }) => reason === 'ProgressDeadlineExceeded');
  if (failed)
    throw new GuardiaError(
      'refused',
      `the rollout of ${kind}/${name} has failed: ${failed.message ?? failed.reason}`,
    );
  const seen = status.observedGeneration >= generation;
  if (kind === 'daemonset') {
    const { desiredNumberScheduled: desired, updatedNumberScheduled: updated, numberReady: ready } = status;
    const available = status.numberAvailable;
    return { desired, updated, ready, available, done: seen && updated >= desired && available >= desired };
  }
  const { updatedReplicas: updated, readyReplicas: ready, availableReplicas: available, replicas } = status;
  const desired = spec.replicas ?? 1;
  const figures = { desired, updated, ready, available };
  if (kind === 'deployment') {
    return { ...figures, done: seen && updated >= desired && replicas <= updated && available >= updated };
  }
  const toUpdate = Math.max(0, desired - (spec.updateStrategy?.rollingUpdate?.partition ?? 0));
  const sameRevision = toUpdate < desired || status.updateRevision === status.currentRevision;
  return { ...figures, done: seen && ready >= desired && updated >= toUpdate && sameRevision };
}

/** `2 of 3 updated, 1 of 3 ready` */
export function describeRollout({ desired, updated, ready }: Rollout): string {
  return `${updated} of ${desired} updated, ${ready} of ${desired} ready`;
}

export function imagesOf({ spec }: Workload): string {
  return spec.template.spec.containers.map(({ image }) => image).join(', ');
}
