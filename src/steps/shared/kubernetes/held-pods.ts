import { type ActionCall, isRefusal } from './action.ts';
import type { WorkloadName } from './names.ts';
import { deletePod, isReady, listPods, ownerOf, type Pod } from './pods.ts';
import type { Workload } from './workloads.ts';

const REVISION = 'controller-revision-hash';

/**
 * Pods that hold up the rollout of a StatefulSet. It replaces none while one is not ready, and leaves that one as it is,
 * so that a pod that crashes would crash for good: Kubernetes wants it to be deleted
 * (https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#forced-rollback).
 */
export async function podsThatHold(call: ActionCall, of: WorkloadName, seen: Workload): Promise<Pod[]> {
  const { podManagementPolicy, selector, updateStrategy } = seen.spec;
  if (of.kind !== 'statefulset' || podManagementPolicy === 'Parallel') return [];
  const labels = Object.entries(selector.matchLabels).map(([label, value]) => `${label}=${value}`);
  const { pods } = await listPods(call.clients, call.connection, labels.join(','), call.signal);
  const first = updateStrategy?.rollingUpdate?.partition ?? 0;
  const mine = pods.filter((pod) => ownerOf(pod) === `StatefulSet ${of.name}` && ordinalOf(pod) >= first);
  return mine.filter((pod) => !isReady(pod));
}

/** Deletes those that are of another revision than the one that is rolled out; gives their names. */
export async function deleteHeld(call: ActionCall, of: WorkloadName, now: Workload): Promise<string[]> {
  const held = await podsThatHold(call, of, now);
  const old = held.filter(({ metadata }) => metadata.labels[REVISION] !== now.status.updateRevision);
  const deleted = await Promise.all(old.map((pod) => deleteOrLeave(call, pod)));
  return deleted.flat();
}

/** One that has changed since is looked at once more the next time. */
async function deleteOrLeave(call: ActionCall, pod: Pod): Promise<string[]> {
  try {
    await deletePod(call, pod, { dryRun: false, beforeEffect: call.beforeEffect });
    return [pod.metadata.name];
  } catch (error) {
    if (isRefusal(error, ['conflict', 'not-found'])) return [];
    throw error;
  }
}

function ordinalOf({ metadata: { name } }: Pod): number {
  return Number(name.split('-').at(-1));
}
