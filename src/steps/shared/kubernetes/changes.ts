import { GuardiaError } from '../../../errors.ts';
import type { Evidence, Fingerprint, Performed, Preview, Scalar } from '../../step-kind.ts';
import { counted } from '../text.ts';
import {
  type ActionCall,
  followed,
  type KubernetesAction,
  lastMoment,
  nothingDone,
  refuseOther,
  type Sight,
  writeBound,
} from './action.ts';
import type { Attempt } from './client.ts';
import { kubernetesDrift } from './drift.ts';
import { deleteHeld, podsThatHold } from './held-pods.ts';
import { type WorkloadName, written } from './names.ts';
import { describePod, type Pod } from './pods.ts';
import {
  describeRollout,
  desiredOf,
  failureOf,
  imagesOf,
  type Patch,
  patchWorkload,
  type Rollout,
  readWorkload,
  rolloutOf,
  type Workload,
} from './workloads.ts';

/** What is to become of a workload, made for the state that it was seen in. */
export interface Change {
  /** `restart deployment/denis-workers`, and the same once it is done. */
  does: string;
  did: string;
  patch: Patch;
  amount: string;
  /** How many pods it replaces. */
  count?: number;
  evidence: readonly Evidence[];
  /** Done only with so many replicas ready. */
  replicas?: number;
  /** Every pod is replaced, also one that holds the others up. */
  replaces?: true;
  /** What it depends on beside the workload itself. */
  substance?: Readonly<Record<string, Scalar>>;
}

/** Throws 'refused' for what Kubernetes would accept and then do nothing about. */
export type MakeChange = (seen: Workload) => Change | Promise<Change>;

/**
 * Changes a workload and follows its rollout to the end. Earlier steps of a plan may have scaled or restarted the same
 * workload; another one of that name, or with another image, is refused.
 */
export function workloadChange(call: ActionCall, of: WorkloadName, make: MakeChange): KubernetesAction {
  const look = () => readWorkload({ ...call, workload: of });
  const write = (change: Change, attempt: Attempt) => (now: Workload) =>
    patchWorkload({ ...call, workload: of }, now, change.patch, attempt);
  return {
    async preview() {
      const seen = await look();
      const change = await make(seen);
      await writeBound(seen, look, write(change, { dryRun: true }));
      const held = change.replaces ? await podsThatHold(call, of, seen) : [];
      return previewOf(call, change, seen, held);
    },
    async fingerprint() {
      const seen = await look();
      return fingerprintOf(of, seen, (await make(seen)).substance);
    },
    async perform() {
      const until = lastMoment(call);
      const seen = await look();
      refuseOther(call, fingerprintOf(of, seen), ['uid', 'image']);
      const change = await make(seen);
      const { beforeEffect } = call;
      const lookAgain = () => look().then((now) => unchanged(of, seen, now));
      await writeBound(seen, lookAgain, write(change, { dryRun: false, beforeEffect }));
      const deleted = new Set<string>();
      const rollout = await followed(call, { did: change.did, until }, async () => {
        const now = await look();
        const sight = sightOf(of, change, seen, now);
        if (change.replaces && !sight.end)
          for (const pod of await deleteHeld(call, of, now)) deleted.add(pod);
        return sight;
      });
      return performed(call, change, rollout, deleted);
    },
  };
}

function previewOf(
  { connection }: ActionCall,
  change: Change,
  seen: Workload,
  held: readonly Pod[],
): Preview {
  return {
    what: `${change.does} in ${connection.namespace}`,
    amount: change.amount,
    ...(change.count === undefined ? {} : { count: change.count }),
    evidence: [
      { label: 'Image', text: imagesOf(seen.spec.template) },
      ...change.evidence,
      ...(held.length > 0
        ? [{ label: 'Deleted, since it holds the others up', text: held.map(describePod).join('\n') }]
        : []),
      { label: 'Dry run', text: 'the API server checked the change and would accept it' },
    ],
  };
}

function fingerprintOf(
  of: WorkloadName,
  now: Workload,
  substance: Readonly<Record<string, Scalar>> = {},
): Fingerprint {
  const { uid, generation } = now.metadata;
  const image = imagesOf(now.spec.template);
  return { substance: { what: written(of), uid, replicas: desiredOf(now), image, generation, ...substance } };
}

/** Only its status may have been written since it was seen. */
function unchanged(of: WorkloadName, seen: Workload, now: Workload): Workload {
  const [difference] = kubernetesDrift(fingerprintOf(of, seen), fingerprintOf(of, now));
  if (difference) throw nothingDone(difference);
  return now;
}

function sightOf(of: WorkloadName, change: Change, before: Workload, now: Workload): Sight<Rollout> {
  const failure = failureOf(of, now);
  // A rollout that had failed already stays so until the new one makes a first step.
  if (failure && failure.at !== failureOf(of, before)?.at)
    throw new GuardiaError('refused', `${change.did}, but ${failure.says}`, { conclusive: true });
  const rollout = rolloutOf(of, now);
  const isEnd = rollout.done && (change.replicas === undefined || rollout.ready === change.replicas);
  return { says: describeRollout(rollout), ...(isEnd ? { end: rollout } : {}) };
}

function performed(
  { connection }: ActionCall,
  { did }: Change,
  rollout: Rollout,
  deleted: ReadonlySet<string>,
): Performed {
  const held = deleted.size > 0 ? `; deleted ${[...deleted].join(', ')}, which held it up` : '';
  return {
    says: `${did}: ${describeRollout(rollout)}${held}`,
    evidence: [{ label: 'Kubernetes', text: `${did} in ${connection.namespace}` }],
  };
}

export function restartOf(of: WorkloadName): MakeChange {
  return (seen) => {
    refuseStanding(of, seen);
    const annotations = { 'kubectl.kubernetes.io/restartedAt': new Date().toISOString() };
    return {
      does: `restart ${written(of)}`,
      did: `restarted ${written(of)}`,
      patch: { body: { spec: { template: { metadata: { annotations } } } } },
      amount: replacedInWords(seen),
      count: desiredOf(seen),
      evidence: [],
      replaces: true,
    };
  };
}

export function scaleTo(of: WorkloadName, replicas: number): MakeChange {
  return (seen) => {
    const phrase = `${written(of)} to ${counted(replicas, 'replica')}`;
    return {
      does: `scale ${phrase}`,
      did: `scaled ${phrase}`,
      patch: { body: { spec: { replicas } }, ofScale: true },
      amount: `from ${desiredOf(seen)} to ${counted(replicas, 'replica')}`,
      evidence: [],
      replicas,
    };
  };
}

export function replacedInWords(seen: Workload): string {
  return `${counted(desiredOf(seen), 'pod')}, replaced step by step`;
}

/** A new template that no pod would be made from. */
export function refuseStanding(of: WorkloadName, { spec }: Workload): void {
  if (spec.paused) throw new GuardiaError('refused', `${written(of)} is paused, so nothing would begin`);
  if (spec.updateStrategy?.type === 'OnDelete') {
    throw new GuardiaError('refused', `${written(of)} replaces pods only when they are deleted (OnDelete)`);
  }
}
