import { closing, serviceWith } from '../harness.ts';
import { type KubernetesAnswer, type KubernetesCall, startKubernetes } from './kubernetes-api.ts';

export const NAMESPACE = '/namespaces/denis';
export const APPS = `/apis/apps/v1${NAMESPACE}`;
export const CORE = `/api/v1${NAMESPACE}`;
export const BATCH = `/apis/batch/v1${NAMESPACE}`;
export const DISCOVERY = `/apis/discovery.k8s.io/v1${NAMESPACE}`;

// biome-ignore lint/suspicious/noExplicitAny: objects of Kubernetes, as tests write them
export type KubernetesObject = any;

export interface Cluster extends ReturnType<typeof serviceWith> {
  /** By path; a test may change them, also in the middle of a call. */
  objects: Map<string, KubernetesObject>;
  calls: KubernetesCall[];
  /** Those that change something, or would. */
  writes(): (KubernetesCall & { body: KubernetesObject })[];
}

/** What a test answers itself; undefined leaves it to the objects. */
export type Override = (
  call: KubernetesCall,
  objects: Map<string, KubernetesObject>,
) => KubernetesAnswer | undefined;

/**
 * Test equipment: a service whose cluster holds these objects. It reads, lists, patches with a resource version, creates
 * and deletes with preconditions, and keeps nothing of a dry run; there are no controllers.
 */
export async function clusterWith(
  objects: Readonly<Record<string, KubernetesObject>>,
  override: Override = () => undefined,
): Promise<Cluster> {
  const held = new Map(Object.entries(structuredClone(objects)));
  const answer = (call: KubernetesCall) =>
    override(call, held) ?? answers[call.method]?.(held, call) ?? none(call);
  const fake = closing(await startKubernetes({ answer }));
  const service = serviceWith({ connections: { kubernetes: fake.connection } });
  const writes = () => fake.calls.filter(({ method }) => method !== 'GET') as ReturnType<Cluster['writes']>;
  return { ...service, objects: held, calls: fake.calls, writes };
}

export function status(code: number, message: string): KubernetesAnswer {
  return { status: code, body: { kind: 'Status', message } };
}

function none({ path }: KubernetesCall): KubernetesAnswer {
  return status(404, `"${path.split('/').at(-1)}" not found`);
}

type Answer = (held: Map<string, KubernetesObject>, call: KubernetesCall) => KubernetesAnswer | undefined;

const answers: Readonly<Record<string, Answer>> = {
  GET(held, { path }) {
    if (held.has(path)) return { body: held.get(path) };
    const items = [...held].filter(([at]) => at.startsWith(`${path}/`)).map(([, object]) => object);
    return /s$/.test(path) && !/s\/[^/]+$/.test(path.replace(NAMESPACE, ''))
      ? { body: { items } }
      : undefined;
  },
  PATCH(held, { path, query, body }) {
    const at = path.replace(/\/scale$/, '');
    const object = held.get(at);
    if (!object) return undefined;
    const { metadata, spec } = body as KubernetesObject;
    if (metadata.resourceVersion !== object.metadata.resourceVersion)
      return status(409, 'the object has been modified');
    const changed = {
      ...object,
      metadata: {
        ...object.metadata,
        generation: object.metadata.generation + 1,
        resourceVersion: nextVersion(),
      },
      spec: {
        ...object.spec,
        ...(spec.template?.$patch ? { template: spec.template } : {}),
        ...('replicas' in spec ? spec : {}),
      },
    };
    if (!query.has('dryRun')) held.set(at, changed);
    return { body: changed };
  },
  POST(held, { path, query, body }) {
    const { name } = (body as KubernetesObject).metadata;
    const made = {
      status: {},
      ...(body as object),
      metadata: { ...(body as KubernetesObject).metadata, uid: `uid-${name}` },
    };
    if (!query.has('dryRun')) held.set(`${path}/${name}`, made);
    return { status: 201, body: made };
  },
  DELETE(held, { path, body }) {
    const object = held.get(path);
    if (!object) return undefined;
    const { preconditions, dryRun } = body as KubernetesObject;
    const { uid, resourceVersion } = object.metadata;
    if (preconditions.uid !== uid)
      return status(409, `Precondition failed: UID in precondition: ${preconditions.uid}`);
    if (preconditions.resourceVersion !== resourceVersion)
      return status(409, 'Precondition failed: ResourceVersion');
    if (!dryRun) held.delete(path);
    return { body: object };
  },
};

/** In the place of a controller: what was changed is on its way for so many looks, and then done. */
export function settling(looks: number): Override {
  const seen = new Map<string, number>();
  return ({ method, path }, objects) => {
    const object = objects.get(path);
    if (method !== 'GET' || !(object?.status?.observedGeneration < object?.metadata.generation))
      return undefined;
    const left = (seen.get(path) ?? looks) - 1;
    seen.set(path, left);
    if (left > 0)
      return { body: { ...object, status: { ...object.status, updatedReplicas: 1, readyReplicas: 2 } } };
    const { replicas } = object.spec;
    const figures = {
      replicas,
      updatedReplicas: replicas,
      readyReplicas: replicas,
      availableReplicas: replicas,
    };
    const settled = {
      ...object,
      status: { ...object.status, ...figures, observedGeneration: object.metadata.generation },
    };
    objects.set(path, settled);
    return { body: settled };
  };
}

let version = 1_000;

export function nextVersion(): string {
  version += 1;
  return String(version);
}

interface WorkloadFacts {
  name?: string;
  metadata?: KubernetesObject;
  spec?: KubernetesObject;
  status?: KubernetesObject;
  generation?: number;
  image?: string;
}

/** A deployment, a stateful set or a daemon set whose rollout is done. */
export function workload({
  name = 'denis',
  metadata = {},
  spec = {},
  status: is = {},
  generation = 4,
  image = 'denis:1.4',
}: WorkloadFacts = {}) {
  return {
    metadata: { name, uid: 'u-1', generation, resourceVersion: '999', ...metadata },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: name } },
      template: template(image),
      ...spec,
    },
    status: {
      ...{
        observedGeneration: generation,
        replicas: 3,
        updatedReplicas: 3,
        readyReplicas: 3,
        availableReplicas: 3,
      },
      ...{ currentRevision: 'a', updateRevision: 'a' },
      ...is,
    },
  };
}

/** A pod of a StatefulSet. */
export function podOfSet(
  name: string,
  ordinal: number,
  { ready, revision }: { ready: boolean; revision: string },
): KubernetesObject {
  return {
    metadata: {
      name: `${name}-${ordinal}`,
      uid: `uid-${name}-${ordinal}`,
      resourceVersion: '7',
      labels: { app: name, 'controller-revision-hash': revision },
      ownerReferences: [{ kind: 'StatefulSet', name, uid: 'u-1', controller: true }],
    },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  };
}

export function template(image: string, environment: Readonly<Record<string, string>> = {}) {
  const env = Object.entries(environment).map(([name, value]) => ({ name, value }));
  return { metadata: { labels: { app: 'denis' } }, spec: { containers: [{ name: 'main', image, env }] } };
}
