import { GuardiaError } from '../../../errors.ts';
import type { Fingerprint, Performed, Preview } from '../../step-kind.ts';
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
import { deletePod, describePod, ownerOf, type Pod, readPod } from './pods.ts';

/** Deletes one pod, this one and not another that has its name by now, and waits until it is gone. */
export function podDeletion(call: ActionCall, name: string): KubernetesAction {
  const look = () => readPod(call, name).then(refuseLeaving);
  const write = (attempt: Attempt) => (now: Pod) => deletePod(call, now, attempt);
  return {
    async preview() {
      const seen = await look();
      await writeBound(seen, look, write({ dryRun: true }));
      return previewOf(call, seen);
    },
    async fingerprint() {
      return fingerprintOf(await look());
    },
    async perform() {
      const until = lastMoment(call);
      const seen = await look();
      refuseOther(call, fingerprintOf(seen), ['uid', 'owner']);
      const { beforeEffect } = call;
      const lookAgain = () => look().then((now) => samePod(seen, now));
      await writeBound(seen, lookAgain, write({ dryRun: false, beforeEffect }));
      await followed(call, { did: `deleted pod ${name}`, until }, () => sightOf(call, seen));
      return performed(call, seen);
    },
  };
}

function refuseLeaving(pod: Pod): Pod {
  const { name, deletionTimestamp } = pod.metadata;
  if (deletionTimestamp)
    throw new GuardiaError('refused', `pod ${name} is being deleted already, by ${deletionTimestamp}`);
  return pod;
}

function samePod(seen: Pod, now: Pod): Pod {
  if (seen.metadata.uid === now.metadata.uid) return now;
  throw nothingDone(`pod ${seen.metadata.name} was deleted and made anew since`);
}

function previewOf({ connection }: ActionCall, pod: Pod): Preview {
  const owner = ownerOf(pod);
  return {
    what: `delete pod ${pod.metadata.name} in ${connection.namespace}`,
    amount: owner ? `1 pod, which ${owner} makes anew` : '1 pod, which nothing makes anew',
    evidence: [
      { label: 'Pod', text: describePod(pod) },
      { label: 'Dry run', text: 'the API server checked the deletion and would accept it' },
    ],
  };
}

/** How it fares is not of substance: a pod that crashes comes and goes. */
function fingerprintOf(pod: Pod): Fingerprint {
  const { name, uid } = pod.metadata;
  return { substance: { what: `pod ${name}`, uid, owner: ownerOf(pod) ?? null } };
}

async function sightOf(call: ActionCall, { metadata: { name, uid } }: Pod): Promise<Sight<'gone'>> {
  try {
    const now = await readPod(call, name);
    if (now.metadata.uid === uid) return { says: 'it is still on its way out' };
  } catch (error) {
    if (!(error instanceof GuardiaError) || error.code !== 'not-found') throw error;
  }
  return { says: 'gone', end: 'gone' };
}

function performed({ connection }: ActionCall, pod: Pod): Performed {
  const owner = ownerOf(pod);
  const next = owner ? `; ${owner} makes it anew` : '';
  return {
    says: `deleted pod ${pod.metadata.name}, and it is gone${next}`,
    evidence: [{ label: 'Kubernetes', text: `${describePod(pod)}, in ${connection.namespace}` }],
  };
}
