import { z } from 'zod';
import { type Attempt, askKubernetes, type Cluster, changedObject, pathIn } from './client.ts';
import { type WorkloadName, written } from './names.ts';

const number = z.number().default(0);
const labels = z.record(z.string(), z.string());
const metadata = z.object({
  uid: z.string(),
  generation: z.number().default(0),
  resourceVersion: z.string(),
  annotations: labels.default({}),
});
const condition = z.object({
  type: z.string(),
  reason: z.string().optional(),
  message: z.string().optional(),
  lastUpdateTime: z.string().optional(),
});
/** Whole, since it is shown in part and written back. */
export const podTemplate = z.looseObject({
  spec: z.looseObject({ containers: z.array(z.looseObject({ image: z.string().default('') })) }),
});
const workload = z.object({
  metadata,
  spec: z.object({
    replicas: z.number().optional(),
    paused: z.boolean().default(false),
    podManagementPolicy: z.string().optional(),
    updateStrategy: z
      .object({
        type: z.string().optional(),
        rollingUpdate: z.object({ partition: number }).partial().nullish(),
      })
      .optional(),
    selector: z.object({ matchLabels: labels.default({}) }).prefault({}),
    template: podTemplate,
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
      conditions: z.array(condition).default([]),
    })
    .prefault({}),
});

export type PodTemplate = z.output<typeof podTemplate>;
export type Workload = z.output<typeof workload>;

export interface WorkloadCall extends Cluster {
  workload: WorkloadName;
}

export interface Patch {
  body: Readonly<Record<string, unknown>>;
  /** Of the scale alone. */
  ofScale?: boolean;
}

export function readWorkload({ workload: of, ...cluster }: WorkloadCall): Promise<Workload> {
  return askKubernetes(cluster, { path: pathOf(cluster, of) }, workload);
}

/**
 * Changes a workload as it was seen, and nothing that was written since: the resource version goes along. Strategic
 * merge for its template, plain merge for its scale.
 */
export async function patchWorkload(
  { workload: of, ...cluster }: WorkloadCall,
  { metadata: { resourceVersion } }: Workload,
  { body, ofScale }: Patch,
  attempt: Attempt,
): Promise<void> {
  const request = {
    method: 'PATCH',
    path: `${pathOf(cluster, of)}${ofScale ? '/scale' : ''}`,
    type: ofScale ? 'application/merge-patch+json' : 'application/strategic-merge-patch+json',
    query: { fieldManager: 'guardia', ...(attempt.dryRun ? { dryRun: 'All' } : {}) },
    ...(attempt.dryRun ? {} : { beforeEffect: attempt.beforeEffect }),
  } as const;
  const metadata = { ...(body.metadata as object | undefined), resourceVersion };
  await askKubernetes(cluster, { ...request, body: { ...body, metadata } }, changedObject);
}

function pathOf({ connection }: Cluster, { kind, name }: WorkloadName): string {
  return pathIn(connection, 'apps/v1', `${kind}s`, name);
}

/** How far a rollout is, in the same figures for each kind of workload. */
export interface Rollout {
  desired: number;
  updated: number;
  ready: number;
  available: number;
  done: boolean;
}

/** Why the rollout has failed for good, and when that was said; not that of a generation before this one. */
export function failureOf(
  of: WorkloadName,
  { metadata: { generation }, status }: Workload,
): { says: string; at: string | undefined } | undefined {
  const failed = status.conditions.find(({ reason }) => reason === 'ProgressDeadlineExceeded');
  if (!failed || status.observedGeneration < generation) return undefined;
  const says = `the rollout of ${written(of)} has failed: ${failed.message ?? failed.reason}`;
  return { says, at: failed.lastUpdateTime };
}

/** The rules of `kubectl rollout status`. */
export function rolloutOf(
  { kind }: WorkloadName,
  { metadata: { generation }, spec, status }: Workload,
): Rollout {
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

export function desiredOf({ spec, status }: Workload): number {
  return spec.replicas ?? (status.desiredNumberScheduled || 1);
}

export function imagesOf({ spec }: PodTemplate): string {
  return spec.containers.map(({ image }) => image).join(', ');
}
