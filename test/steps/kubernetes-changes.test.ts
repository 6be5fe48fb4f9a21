import { describe, expect, it, jest } from '@jest/globals';
import {
  APPS,
  CORE,
  clusterWith,
  type KubernetesObject,
  nextVersion,
  type Override,
  podOfSet,
  settling,
  status,
  template,
  workload,
} from './fakes/kubernetes-objects.ts';
import { mayAct } from './harness.ts';

const PATH = `${APPS}/deployments/denis-workers`;
const restart = { 'rollout-restart': 'deployment/denis-workers' };
const scale = { scale: 'deployment/denis-workers', replicas: '{n}' };
const toFive = { parameters: { n: 5 } };

const restartSet = { 'rollout-restart': 'statefulset/redis' };

/** One pod crashes, one is ready, one is on its way in the new revision; another set's pod crashes as well. */
function stateful(spec: KubernetesObject = {}) {
  const revision = { currentRevision: 'old', updateRevision: 'new' };
  const pods = [
    podOfSet('redis', 0, { ready: false, revision: 'old' }),
    podOfSet('redis', 1, { ready: true, revision: 'old' }),
    podOfSet('redis', 2, { ready: false, revision: 'new' }),
    podOfSet('other', 0, { ready: false, revision: 'old' }),
  ];
  return clusterWith(
    {
      [`${APPS}/statefulsets/redis`]: workload({ name: 'redis', spec, status: revision }),
      ...Object.fromEntries(pods.map((pod) => [`${CORE}/pods/${pod.metadata.name}`, pod])),
    },
    rolledOutAfter(2),
  );
}

/** As the controller does: once it is done, all pods are of the new revision. */
function rolledOutAfter(looks: number): Override {
  const settle = settling(looks);
  return (call, objects) => {
    const answer = settle(call, objects);
    const body = answer?.body as KubernetesObject | undefined;
    const done = body?.status.observedGeneration === body?.metadata.generation;
    return body && done ? { body: { ...body, status: { ...body.status, currentRevision: 'new' } } } : answer;
  };
}

function workers(given: KubernetesObject = {}, override: Override = settling(1)) {
  return clusterWith({ [PATH]: workload({ name: 'denis-workers', ...given }) }, override);
}

/** Lets `change` happen right before the first write that is no dry run. */
function meanwhile(
  change: (object: KubernetesObject) => KubernetesObject | undefined,
  otherwise = settling(1),
): Override {
  let left = 1;
  return (call, objects) => {
    if (call.method !== 'PATCH' || call.query.has('dryRun') || left === 0) return otherwise(call, objects);
    left -= 1;
    const changed = change(structuredClone(objects.get(PATH)));
    if (changed)
      objects.set(PATH, { ...changed, metadata: { ...changed.metadata, resourceVersion: nextVersion() } });
    else objects.delete(PATH);
    return undefined;
  };
}

describe('a restart', () => {
  it('changes one annotation of what was seen, and is followed to its end', async () => {
    const { perform, writes } = await workers({}, settling(3));
    expect((await perform('kubernetes', restart)).says).toBe(
      'restarted deployment/denis-workers: 3 of 3 updated, 3 of 3 ready',
    );
    const annotations = { 'kubectl.kubernetes.io/restartedAt': expect.any(String) };
    expect(writes()).toMatchObject([
      {
        path: PATH,
        type: 'application/strategic-merge-patch+json',
        body: { metadata: { resourceVersion: '999' }, spec: { template: { metadata: { annotations } } } },
      },
    ]);
    expect(writes()[0]?.query.get('dryRun')).toBeNull();
  });

  it('that does not get done in time says how far it came', async () => {
    const { perform } = await workers({}, settling(1_000));
    await expect(perform('kubernetes', restart, { deadlineMs: 1_000 })).rejects.toMatchObject({
      code: 'deadline',
      message: 'restarted deployment/denis-workers, but not done in 1 s: 1 of 3 updated, 2 of 3 ready',
    });
  });

  it('is followed over a moment in which the API server is away', async () => {
    const settle = settling(2);
    let looks = 0;
    const { perform } = await workers({}, (call, objects) => {
      looks += 1;
      return looks === 3 ? status(503, 'etcd is away') : settle(call, objects);
    });
    expect((await perform('kubernetes', restart)).says).toContain('3 of 3 ready');
  });

  it('stops being followed when the caller gives up', async () => {
    const { perform } = await workers({}, settling(1_000));
    const signal = AbortSignal.timeout(200);
    await expect(perform('kubernetes', restart, { deadlineMs: 60_000, signal })).rejects.toMatchObject({
      code: 'aborted',
    });
  });

  it('is previewed with a dry run on the server', async () => {
    const { preview, writes } = await workers();
    expect(await preview('kubernetes', restart)).toEqual({
      what: 'restart deployment/denis-workers in denis',
      amount: '3 pods, replaced step by step',
      count: 3,
      evidence: [
        { label: 'Image', text: 'denis:1.4' },
        { label: 'Dry run', text: 'the API server checked the change and would accept it' },
      ],
    });
    expect(writes().map(({ query }) => query.get('dryRun'))).toEqual(['All']);
  });

  it('that may not be done says in the preview which right is missing', async () => {
    const message =
      'deployments.apps "denis-workers" is forbidden: User "guardia" cannot patch resource "deployments" in API group "apps" in the namespace "denis"';
    const { preview } = await workers({}, ({ method }) =>
      method === 'PATCH' ? status(403, message) : undefined,
    );
    await expect(preview('kubernetes', restart)).rejects.toMatchObject({
      code: 'refused',
      message: 'Guardia may not patch deployments in denis: give its role the verb patch on deployments',
    });
  });

  it.each([
    [{ paused: true }, 'is paused'],
    [{ updateStrategy: { type: 'OnDelete' } }, 'only when they are deleted'],
  ])('that would do nothing is refused: %j', async (spec, message) => {
    const { perform, writes } = await workers({ spec });
    await expect(perform('kubernetes', restart)).rejects.toThrow(message);
    expect(writes()).toEqual([]);
  });

  it('of a rollout that had failed already is not taken for failed', async () => {
    const stuck = {
      conditions: [
        { type: 'Progressing', reason: 'ProgressDeadlineExceeded', lastUpdateTime: '2026-01-01T03:00:00Z' },
      ],
    };
    const settle = settling(3);
    const { perform } = await workers({ status: stuck }, (call, objects) => {
      const now = objects.get(PATH);
      const answer = settle(call, objects);
      // As the controller does: the new generation is seen, and the old condition still stands.
      const body = answer?.body as KubernetesObject | undefined;
      return (
        body && { body: { ...body, status: { ...body.status, observedGeneration: now.metadata.generation } } }
      );
    });
    expect((await perform('kubernetes', restart)).says).toContain('3 of 3 ready');
  });

  it('of a StatefulSet deletes the pods that hold it up, and none that is new by then', async () => {
    const { preview, perform, objects } = await stateful();
    const { evidence } = await preview('kubernetes', restartSet);
    expect(evidence[1]).toEqual({
      label: 'Deleted, since it holds the others up',
      text: 'redis-0 not ready\nredis-2 not ready',
    });
    const beforeEffect = jest.fn(mayAct);
    expect((await perform('kubernetes', restartSet, { beforeEffect })).says).toBe(
      'restarted statefulset/redis: 3 of 3 updated, 3 of 3 ready; deleted redis-0, which held it up',
    );
    // Once for the restart, and once for the pod.
    expect(beforeEffect).toHaveBeenCalledTimes(2);
    const left = [...objects.keys()].filter((path) => path.includes('/pods/'));
    expect(left.map((path) => path.split('/').at(-1))).toEqual(['redis-1', 'redis-2', 'other-0']);
  });

  it.each([[{ podManagementPolicy: 'Parallel' }], [{ updateStrategy: { rollingUpdate: { partition: 3 } } }]])(
    'of a StatefulSet leaves what Kubernetes replaces itself, or not at all: %j',
    async (spec) => {
      const { preview, perform, writes } = await stateful(spec);
      expect((await preview('kubernetes', restartSet)).evidence).toHaveLength(2);
      await perform('kubernetes', restartSet);
      expect(writes().filter(({ method }) => method === 'DELETE')).toEqual([]);
    },
  );

  it('that fails is an error, with the reason', async () => {
    const settle = settling(2);
    const { perform } = await workers({}, (call, objects) => {
      const answer = settle(call, objects);
      const body = answer?.body as KubernetesObject | undefined;
      const conditions = [
        {
          type: 'Progressing',
          reason: 'ProgressDeadlineExceeded',
          message: 'ReplicaSet x timed out',
          lastUpdateTime: '2026-01-01T03:10:00Z',
        },
      ];
      return body && { body: { ...body, status: { ...body.status, observedGeneration: 5, conditions } } };
    });
    await expect(perform('kubernetes', restart)).rejects.toMatchObject({
      code: 'refused',
      message:
        'restarted deployment/denis-workers, but the rollout of deployment/denis-workers has failed: ReplicaSet x timed out',
    });
  });
});

describe('scaling', () => {
  it('patches the scale alone, and waits until as many are ready', async () => {
    const { perform, preview, writes } = await workers();
    expect(await preview('kubernetes', scale, toFive)).toMatchObject({
      what: 'scale deployment/denis-workers to 5 replicas in denis',
      amount: 'from 3 to 5 replicas',
    });
    expect((await perform('kubernetes', scale, toFive)).says).toBe(
      'scaled deployment/denis-workers to 5 replicas: 5 of 5 updated, 5 of 5 ready',
    );
    expect(writes()).toMatchObject([
      { path: `${PATH}/scale`, body: { spec: { replicas: 5 } } },
      {
        type: 'application/merge-patch+json',
        body: { metadata: { resourceVersion: '999' }, spec: { replicas: 5 } },
      },
    ]);
  });

  it('down is not over before the surplus is gone', async () => {
    const path = `${APPS}/statefulsets/redis`;
    const settle = settling(1);
    let looks = 0;
    const { perform } = await clusterWith({ [path]: workload({ name: 'redis' }) }, (call, objects) => {
      const { metadata, spec, status: is } = objects.get(path);
      if (call.method !== 'GET' || metadata.generation === 4) return undefined;
      looks += 1;
      if (looks > 2) return settle(call, objects);
      return { body: { metadata, spec, status: { ...is, observedGeneration: 5 } } };
    });
    const { says } = await perform('kubernetes', { scale: 'statefulset/redis', replicas: 1 });
    expect(says).toBe('scaled statefulset/redis to 1 replica: 1 of 1 updated, 1 of 1 ready');
  });

  it.each([-1, 1.5, 'many', 1_001])('is not done to %j replicas', async (n) => {
    const { perform, calls } = await workers();
    await expect(perform('kubernetes', scale, { parameters: { n } })).rejects.toMatchObject({
      code: 'bad-input',
    });
    expect(calls).toEqual([]);
  });
});

describe('a change is bound to what was seen', () => {
  it('and is tried again when only the status was written meanwhile', async () => {
    const { perform, writes } = await workers(
      {},
      meanwhile((object) => ({ ...object, status: { ...object.status, readyReplicas: 1 } })),
    );
    expect((await perform('kubernetes', restart)).says).toContain('3 of 3 ready');
    expect(writes()).toHaveLength(2);
  });

  it.each<[string, string, (object: KubernetesObject) => KubernetesObject]>([
    [
      'settings were changed',
      'deployment/denis-workers was changed since; nothing was done',
      (object) => ({ ...object, metadata: { ...object.metadata, generation: 5 } }),
    ],
    [
      'it was scaled',
      'deployment/denis-workers has 1 replica, not 3; nothing was done',
      (object) => ({
        ...object,
        metadata: { ...object.metadata, generation: 5 },
        spec: { ...object.spec, replicas: 1 },
      }),
    ],
    [
      'it was made anew',
      'deployment/denis-workers was deleted and made anew since; nothing was done',
      (object) => ({ ...object, metadata: { ...object.metadata, uid: 'u-2' } }),
    ],
  ])('and is not done when %s meanwhile', async (_, message, change) => {
    const { perform, writes } = await workers({}, meanwhile(change));
    await expect(perform('kubernetes', restart)).rejects.toMatchObject({ code: 'conflict', message });
    expect(writes()).toHaveLength(1);
  });

  it('and is not done when it went away meanwhile', async () => {
    const { perform } = await workers(
      {},
      meanwhile(() => undefined),
    );
    await expect(perform('kubernetes', restart)).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('a plan', () => {
  const planned = async (now: KubernetesObject = {}) => {
    const { fingerprint } = await workers();
    const made = await fingerprint('kubernetes', restart);
    const later = await workers(now);
    const step = { kind: 'kubernetes', input: restart, fingerprint: made };
    const perform = () =>
      later.steps.perform(later.env, step, { parameters: {}, deadlineMs: 5_000, beforeEffect: mayAct });
    const drift = async () => later.steps.drift(step, made, await later.fingerprint('kubernetes', restart));
    return { made, perform, drift, writes: later.writes };
  };

  it('depends on this and not on every write to the object', async () => {
    expect((await planned()).made.substance).toEqual({
      ...{ what: 'deployment/denis-workers', uid: 'u-1', replicas: 3, image: 'denis:1.4', generation: 4 },
    });
    expect(
      await (await planned({ metadata: { resourceVersion: '1234' }, status: { readyReplicas: 0 } })).drift(),
    ).toEqual([]);
  });

  it.each<[string, KubernetesObject]>([
    [
      'deployment/denis-workers was deleted and made anew since',
      { metadata: { uid: 'u-2' }, spec: { replicas: 1 } },
    ],
    ['deployment/denis-workers has 5 replicas, not 3', { spec: { replicas: 5 }, generation: 5 }],
    ['deployment/denis-workers runs denis:1.5, not denis:1.4', { image: 'denis:1.5', generation: 5 }],
    ['deployment/denis-workers was changed since', { generation: 5 }],
  ])('is void because %s', async (sentence, now) => {
    expect(await (await planned(now)).drift()).toEqual([sentence]);
  });

  it.each<[string, KubernetesObject]>([
    ['deployment/denis-workers was deleted and made anew since', { metadata: { uid: 'u-2' } }],
    ['deployment/denis-workers runs denis:1.5, not denis:1.4', { spec: { template: template('denis:1.5') } }],
  ])('is not carried out on another thing than it was made for: %s', async (sentence, now) => {
    const { perform, writes } = await planned(now);
    await expect(perform()).rejects.toMatchObject({
      code: 'conflict',
      message: `${sentence}; nothing was done`,
    });
    expect(writes()).toEqual([]);
  });

  it('may have scaled and restarted the same workload in its earlier steps', async () => {
    const { perform } = await planned({ spec: { replicas: 0 }, generation: 6 });
    expect((await perform()).says).toBe('restarted deployment/denis-workers: 0 of 0 updated, 0 of 0 ready');
  });
});
