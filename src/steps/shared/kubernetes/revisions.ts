import { z } from 'zod';
import { GuardiaError } from '../../../errors.ts';
import type { Scalar } from '../../step-kind.ts';
import type { ActionCall } from './action.ts';
import { type Change, type MakeChange, refuseStanding, replacedInWords } from './changes.ts';
import { type Cluster, listKubernetes, pathIn } from './client.ts';
import { type WorkloadName, written } from './names.ts';
import { templateDifferences } from './templates.ts';
import { imagesOf, type PodTemplate, podTemplate, type Workload } from './workloads.ts';

const NUMBER = 'deployment.kubernetes.io/revision';
const CAUSE = 'kubernetes.io/change-cause';
const HASH = 'pod-template-hash';

const metadata = z.object({
  name: z.string(),
  annotations: z.record(z.string(), z.string()).default({}),
  ownerReferences: z.array(z.object({ uid: z.string() })).default([]),
});
const replicaSet = z.object({ metadata, spec: z.object({ template: podTemplate }) });
const controllerRevision = z.object({
  metadata,
  revision: z.number(),
  data: z.object({ spec: z.object({ template: podTemplate }) }),
});

/** A state that a workload was in before and can be taken back to. */
interface Revision {
  number: number;
  /** Of the object that keeps it, which has a hash of the template in it: the number may change, this does not. */
  name: string;
  template: PodTemplate;
  cause: string | undefined;
}

/** Takes a workload back to a revision, or to the one before; to the very template that the plan named. */
export function undoTo(call: ActionCall, of: WorkloadName, to: number | undefined): MakeChange {
  return async (seen) => {
    refuseStanding(of, seen);
    refuseUnseen(of, seen);
    const all = await revisionsOf(call, of, seen);
    const planned = call.planned?.substance.template;
    return changeTo(of, seen, all, planned ? kept(of, all, planned) : chosen(of, all, to));
  };
}

function changeTo(of: WorkloadName, seen: Workload, all: readonly Revision[], target: Revision): Change {
  const phrase = `${written(of)} back to revision ${target.number}`;
  const images = imagesOf(target.template);
  const differences = templateDifferences(seen.spec.template, target.template);
  const why = target.cause ? [{ label: 'Reason of that revision', text: target.cause }] : [];
  return {
    does: `take ${phrase} (${images})`,
    did: `took ${phrase} (${images})`,
    patch: patchTo(of, target),
    amount: replacedInWords(seen),
    replaces: true,
    evidence: [...why, { label: `What changes`, text: differences.join('\n') || 'nothing' }],
    substance: {
      revision: all[0]?.number ?? null,
      'back to': `${target.number} (${images})`,
      template: target.name,
    },
  };
}

/** Newest first. */
async function revisionsOf(cluster: Cluster, of: WorkloadName, seen: Workload): Promise<Revision[]> {
  const labels = Object.entries(seen.spec.selector.matchLabels);
  const query = { labelSelector: labels.map(([label, value]) => `${label}=${value}`).join(',') };
  const list = <T>(resource: string, schema: z.ZodType<T>) =>
    listKubernetes(cluster, { path: pathIn(cluster.connection, 'apps/v1', resource), query }, schema);
  const { items } =
    of.kind === 'deployment'
      ? await list('replicasets', replicaSet.transform(ofReplicaSet))
      : await list('controllerrevisions', controllerRevision.transform(ofControllerRevision));
  return items.filter(({ owners }) => owners.includes(seen.metadata.uid)).sort((a, b) => b.number - a.number);
}

function ofReplicaSet({
  metadata: { name, annotations, ownerReferences },
  spec,
}: z.output<typeof replicaSet>) {
  const owners = ownerReferences.map(({ uid }) => uid);
  return {
    number: Number(annotations[NUMBER] ?? 0),
    name,
    owners,
    template: spec.template,
    cause: annotations[CAUSE],
  };
}

function ofControllerRevision({
  metadata: { name, annotations, ownerReferences },
  revision,
  data,
}: z.output<typeof controllerRevision>) {
  const owners = ownerReferences.map(({ uid }) => uid);
  return { number: revision, name, owners, template: data.spec.template, cause: annotations[CAUSE] };
}

function chosen(of: WorkloadName, [now, ...before]: readonly Revision[], to: number | undefined): Revision {
  if (!now || (to === undefined && before.length === 0))
    throw new GuardiaError('refused', `${written(of)} has no revision before this one`);
  if (to === now.number) throw new GuardiaError('refused', `${written(of)} is at revision ${to} already`);
  const found = to === undefined ? before[0] : before.find(({ number }) => number === to);
  if (found) return found;
  const there = before.map(({ number }) => number).join(', ') || 'none';
  const message = `${written(of)} has no revision ${to} any more; before ${now.number}, which it is at, there is ${there}`;
  throw new GuardiaError('not-found', message);
}

/** What the plan named, whatever number it has by now. */
function kept(of: WorkloadName, [now, ...before]: readonly Revision[], planned: Scalar): Revision {
  const found = before.find(({ name }) => name === planned);
  if (found) return found;
  if (now?.name === planned)
    throw new GuardiaError('refused', `${written(of)} is back at what was planned already`);
  throw new GuardiaError('not-found', `the revision of ${written(of)} that was planned is not kept any more`);
}

/** Which revision it is at is known only once its latest change was taken up. */
function refuseUnseen(of: WorkloadName, { metadata: { generation }, status }: Workload): void {
  if (status.observedGeneration >= generation) return;
  const message = `the latest change of ${written(of)} was not taken up yet`;
  throw new GuardiaError('refused', message, { retryable: true });
}

function patchTo(of: WorkloadName, { template, cause }: Revision) {
  const { [HASH]: _, ...labels } = (template.metadata as { labels?: Record<string, string> })?.labels ?? {};
  const body = {
    spec: {
      template: { ...template, metadata: { ...(template.metadata as object), labels }, $patch: 'replace' },
    },
  };
  if (of.kind !== 'deployment') return { body };
  return { body: { ...body, metadata: { annotations: { [CAUSE]: cause ?? null } } } };
}
