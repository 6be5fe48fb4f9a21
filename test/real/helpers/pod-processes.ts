import { setTimeout as sleep } from 'node:timers/promises';
import type { KubernetesCluster } from '../servers/kubernetes.ts';

const LOOK_EVERY_MS = 150;

/** What runs in a pod's container. */
export interface PodProcess {
  stop(): Promise<unknown>;
}

export interface Kubelet {
  /** What runs in the pods of an app, by the pods' names. */
  running(app: string): ReadonlyMap<string, PodProcess>;
  /** Ends every process. Rejects when one could not be started. */
  stop(): Promise<void>;
}

interface Pod {
  metadata: { name: string; uid: string; labels?: { app?: string }; deletionTimestamp?: string };
  status: { phase?: string };
}

interface Bound {
  pod: Pod;
  app: string;
  process?: PodProcess;
  started: Promise<void>;
}

/**
 * Plays the kubelet where a container is a real server of this machine: it starts with its pod and ends with it, so
 * that a rollout of the real controllers really replaces what runs. `starts` says by the label `app` what is started.
 */
export function playKubelet(
  cluster: KubernetesCluster,
  namespace: string,
  starts: Readonly<Record<string, (pod: string) => Promise<PodProcess>>>,
): Kubelet {
  const bound = new Map<string, Bound>();
  const ends: Promise<unknown>[] = [];
  let over = false;

  function begin(pod: Pod): void {
    const app = pod.metadata.labels?.app ?? '';
    const one: Bound = { pod, app, started: Promise.resolve() };
    one.started = (starts[app] as (pod: string) => Promise<PodProcess>)(pod.metadata.name).then((process) => {
      one.process = process;
    });
    one.started.catch(() => undefined);
    bound.set(pod.metadata.uid, one);
  }

  function end(uid: string): void {
    const one = bound.get(uid);
    bound.delete(uid);
    if (one) ends.push(one.started.then(() => one.process?.stop()));
    ends.at(-1)?.catch(() => undefined);
  }

  async function look(): Promise<void> {
    const { items } = await cluster.admin('GET', `/api/v1/namespaces/${namespace}/pods`);
    const here = (items as Pod[]).filter(
      ({ metadata, status }) =>
        !metadata.deletionTimestamp && status.phase === 'Running' && (metadata.labels?.app ?? '') in starts,
    );
    const uids = new Set(here.map(({ metadata }) => metadata.uid));
    for (const uid of [...bound.keys()]) if (!uids.has(uid)) end(uid);
    for (const pod of here) if (!bound.has(pod.metadata.uid)) begin(pod);
  }

  async function keepLooking(): Promise<void> {
    while (!over) {
      await look();
      await sleep(LOOK_EVERY_MS);
    }
  }

  const looking = keepLooking();
  looking.catch(() => undefined);
  return {
    running(app) {
      const mine = [...bound.values()].filter((one) => one.app === app);
      return new Map(mine.flatMap(({ pod, process }) => (process ? [[pod.metadata.name, process]] : [])));
    },
    async stop() {
      over = true;
      await looking;
      for (const uid of [...bound.keys()]) end(uid);
      await Promise.all(ends);
    },
  };
}

/** What a kubelet says of a container that ends again and again. */
export async function crashLoops(cluster: KubernetesCluster, namespace: string, pod: string): Promise<void> {
  const ready = ['Ready', 'ContainersReady'].map((type) => ({ type, status: 'False' }));
  const path = `/api/v1/namespaces/${namespace}/pods/${pod}`;
  const { status } = await cluster.admin('GET', path);
  const now = new Date().toISOString();
  const containerStatuses = status.containerStatuses.map((each: object) => ({
    ...each,
    ready: false,
    restartCount: 6,
    state: { waiting: { reason: 'CrashLoopBackOff' } },
    lastState: { terminated: { exitCode: 137, reason: 'OOMKilled', startedAt: now, finishedAt: now } },
  }));
  const body = { status: { conditions: ready, containerStatuses } };
  await cluster.admin('PATCH', `${path}/status`, body, 'application/strategic-merge-patch+json');
}
