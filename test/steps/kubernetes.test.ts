import { describe, expect, it } from '@jest/globals';
import { type KubernetesCall, podNamed, startKubernetes } from './fakes/kubernetes-api.ts';
import { type CallOptions, closing, serviceWith } from './harness.ts';

type Answer = (call: KubernetesCall) => { status?: number; body: unknown };

async function clusterThat(answer: Answer) {
  const cluster = closing(await startKubernetes({ answer }));
  return { cluster, ...serviceWith({ connections: { kubernetes: cluster.connection } }) };
}

async function podsSeen(items: unknown[], more = false, options: CallOptions = {}, selector = 'app=redis') {
  const { observe, cluster } = await clusterThat(() => ({
    body: { metadata: more ? { continue: 'abc' } : {}, items },
  }));
  return { cluster, ...(await observe('kubernetes', { pods: selector }, options)) };
}

describe('pods', () => {
  it('are counted, and told in one line when all is well', async () => {
    const { value, says, cluster } = await podsSeen([podNamed('redis-1'), podNamed('redis-0')]);
    expect(value).toEqual({ pods: 2, ready: 2, restarts: 0, crashing: 0 });
    expect(says).toBe('2 of 2 ready');
    expect(cluster.calls).toMatchObject([
      { method: 'GET', path: '/api/v1/namespaces/denis/pods', token: 'kube-token-4711' },
    ]);
    expect(cluster.calls[0]?.query.get('labelSelector')).toBe('app=redis');
  });

  it('tell what ails them', async () => {
    const bad = podNamed('redis-0', {
      ready: false,
      restarts: 6,
      waiting: 'CrashLoopBackOff',
      last: 'OOMKilled',
    });
    const { value, says, evidence } = await podsSeen([podNamed('redis-1', { restarts: 1 }), bad]);
    expect(value).toEqual({ pods: 2, ready: 1, restarts: 7, crashing: 1 });
    expect(says).toBe('redis-0 CrashLoopBackOff, 6 restarts, last ended OOMKilled');
    expect(evidence[1]?.text).toBe(`${says}\nredis-1 ready, 1 restart`);
  });

  it.each([
    [
      'not scheduled',
      {
        ready: false,
        phase: 'Pending',
        conditions: [{ type: 'PodScheduled', status: 'False', message: '0/3 nodes are available' }],
      },
      'redis-0 not scheduled: 0/3 nodes are available',
    ],
    ['starting', { ready: false, phase: 'Pending', waiting: 'ContainerCreating' }, 'redis-0 Pending'],
    ['not ready', { ready: false }, 'redis-0 not ready'],
  ])('that are %s say so', async (_, facts, says) => {
    expect((await podsSeen([podNamed('redis-0', facts)])).says).toBe(says);
  });

  it('that have ended or are going do not count', async () => {
    const gone = [podNamed('job', { phase: 'Succeeded', ready: false }), podNamed('old', { deleted: true })];
    expect(await podsSeen(gone)).toMatchObject({ value: { pods: 0 }, says: 'no pod matches app=redis' });
  });

  it('that are many are summed up', async () => {
    const many = Array.from({ length: 5 }, (_, n) => podNamed(`redis-${n}`, { ready: false }));
    expect((await podsSeen(many, true)).says).toBe(
      'redis-0 not ready; redis-1 not ready; redis-2 not ready; and 2 more (of the first 500)',
    );
  });

  it('are chosen by a parameter that cannot widen the choice', async () => {
    const parameters = { app: 'redis' };
    const { cluster } = await podsSeen([], false, { parameters }, 'app={app}');
    expect(cluster.calls[0]?.query.get('labelSelector')).toBe('app=redis');
    await expect(
      podsSeen([], false, { parameters: { app: 'redis,tier!=x' } }, 'app={app}'),
    ).rejects.toMatchObject({
      code: 'bad-input',
      message: '"redis,tier!=x" is not a label\'s value in Kubernetes',
    });
  });
});

interface WorkloadFacts {
  spec?: Record<string, unknown>;
  status?: Record<string, unknown>;
  generation?: number;
}

function workload({ spec = {}, status = {}, generation = 4 }: WorkloadFacts = {}) {
  return {
    metadata: { uid: 'u-1', generation, resourceVersion: '999' },
    spec: {
      replicas: 3,
      template: { spec: { containers: [{ name: 'main', image: 'denis:1.4' }] } },
      ...spec,
    },
    status: {
      observedGeneration: generation,
      replicas: 3,
      updatedReplicas: 3,
      readyReplicas: 3,
      availableReplicas: 3,
      currentRevision: 'a',
      updateRevision: 'a',
      ...status,
    },
  };
}

describe('a rollout', () => {
  const seen = async (kind: string, facts: WorkloadFacts) => {
    const { observe } = await clusterThat(() => ({ body: workload(facts) }));
    return observe('kubernetes', { rollout: `${kind}/denis` });
  };

  it.each([
    ['deployment', {}, true],
    ['deployment', { status: { observedGeneration: 3 } }, false],
    ['deployment', { status: { updatedReplicas: 2 } }, false],
    ['deployment', { status: { replicas: 4 } }, false],
    ['deployment', { status: { availableReplicas: 2 } }, false],
    ['statefulset', {}, true],
    ['statefulset', { status: { readyReplicas: 2 } }, false],
    ['statefulset', { status: { updateRevision: 'b' } }, false],
    [
      'statefulset',
      {
        spec: { updateStrategy: { rollingUpdate: { partition: 2 } } },
        status: { updatedReplicas: 1, updateRevision: 'b' },
      },
      true,
    ],
    [
      'daemonset',
      {
        status: { desiredNumberScheduled: 5, updatedNumberScheduled: 5, numberReady: 5, numberAvailable: 5 },
      },
      true,
    ],
    [
      'daemonset',
      {
        status: { desiredNumberScheduled: 5, updatedNumberScheduled: 4, numberReady: 5, numberAvailable: 5 },
      },
      false,
    ],
  ])('of a %s with %j is done: %s', async (kind, facts, done) => {
    expect((await seen(kind, facts)).value).toMatchObject({ done });
  });

  it('is told in figures', async () => {
    const { value, says } = await seen('deployment', {
      status: { updatedReplicas: 2, readyReplicas: 1, availableReplicas: 1 },
    });
    expect(value).toEqual({ desired: 3, updated: 2, ready: 1, available: 1, done: false });
    expect(says).toBe('2 of 3 updated, 1 of 3 ready');
  });

  it('that has failed is an error', async () => {
    const conditions = [
      { type: 'Progressing', reason: 'ProgressDeadlineExceeded', message: 'ReplicaSet x timed out' },
    ];
    await expect(seen('deployment', { status: { conditions } })).rejects.toMatchObject({
      code: 'refused',
      message: 'the rollout of deployment/denis has failed: ReplicaSet x timed out',
    });
  });
});

/** A workload that takes so many looks to get done after it was changed. */
function changing(looks: number) {
  let left = 0;
  let generation = 4;
  return (call: KubernetesCall) => {
    if (call.method === 'PATCH' && !call.query.has('dryRun')) {
      left = looks;
      generation += 1;
    }
    const done = left-- <= 0;
    return { body: workload({ generation, status: done ? {} : { updatedReplicas: 1, readyReplicas: 2 } }) };
  };
}

describe('a restart', () => {
  const restart = { 'rollout-restart': 'deployment/denis-workers' };

  it('changes one annotation and is followed to its end', async () => {
    const { perform, cluster } = await clusterThat(changing(3));
    expect((await perform('kubernetes', restart, { deadlineMs: 5_000 })).says).toBe(
      'restarted deployment/denis-workers: 3 of 3 updated, 3 of 3 ready',
    );
    const patches = cluster.calls.filter(({ method }) => method === 'PATCH');
    expect(patches).toMatchObject([
      {
        path: '/apis/apps/v1/namespaces/denis/deployments/denis-workers',
        type: 'application/strategic-merge-patch+json',
        body: {
          spec: {
            template: {
              metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': expect.any(String) } },
            },
          },
        },
      },
    ]);
    expect(patches[0]?.query.get('dryRun')).toBeNull();
  });

  it('that does not get done in time says how far it came', async () => {
    const { perform } = await clusterThat(changing(1_000));
    await expect(perform('kubernetes', restart, { deadlineMs: 1_000 })).rejects.toMatchObject({
      code: 'deadline',
      message: 'restarted deployment/denis-workers, but not done in 1 s: 1 of 3 updated, 2 of 3 ready',
    });
  });

  it('is followed over a moment in which the API server is away', async () => {
    const next = changing(2);
    let looks = 0;
    const { perform } = await clusterThat((call) => {
      looks += 1;
      return looks === 3 ? { status: 503, body: { kind: 'Status', message: 'etcd is away' } } : next(call);
    });
    expect((await perform('kubernetes', restart, { deadlineMs: 5_000 })).says).toContain('3 of 3 ready');
  });

  it('stops being followed when the caller gives up', async () => {
    const { perform } = await clusterThat(changing(1_000));
    const signal = AbortSignal.timeout(200);
    await expect(perform('kubernetes', restart, { deadlineMs: 60_000, signal })).rejects.toMatchObject({
      code: 'aborted',
    });
  });

  it('is previewed with a dry run on the server', async () => {
    const { preview, cluster } = await clusterThat(changing(0));
    expect(await preview('kubernetes', restart)).toEqual({
      what: 'restart deployment/denis-workers in denis',
      amount: '3 pods, replaced step by step',
      evidence: [
        { label: 'Image', text: 'denis:1.4' },
        { label: 'Dry run', text: 'the API server checked the change and would accept it' },
      ],
    });
    expect(
      cluster.calls.filter(({ method }) => method === 'PATCH').map(({ query }) => query.get('dryRun')),
    ).toEqual(['All']);
  });

  it('that may not be done says so in the preview', async () => {
    const message = 'deployments.apps "denis-workers" is forbidden: User "guardia" cannot patch';
    const { preview } = await clusterThat(({ method }) =>
      method === 'PATCH' ? { status: 403, body: { kind: 'Status', message } } : { body: workload() },
    );
    await expect(preview('kubernetes', restart)).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining(message),
    });
  });

  it.each([
    [{ paused: true }, 'is paused'],
    [{ updateStrategy: { type: 'OnDelete' } }, 'only when they are deleted'],
  ])('that would do nothing is refused: %j', async (spec, message) => {
    const { perform, cluster } = await clusterThat(() => ({ body: workload({ spec }) }));
    await expect(perform('kubernetes', restart)).rejects.toThrow(message);
    expect(cluster.calls.map(({ method }) => method)).toEqual(['GET']);
  });
});

describe('scaling', () => {
  it('patches the scale alone, and waits until as many are ready', async () => {
    let replicas = 3;
    const { perform, preview, cluster } = await clusterThat(({ method, body, query }) => {
      if (method === 'PATCH' && !query.has('dryRun'))
        replicas = (body as { spec: { replicas: number } }).spec.replicas;
      const figures = {
        replicas,
        updatedReplicas: replicas,
        readyReplicas: replicas,
        availableReplicas: replicas,
      };
      return { body: workload({ spec: { replicas }, status: figures }) };
    });
    const input = { scale: 'deployment/denis', replicas: '{n}' };
    const options = { parameters: { n: 5 } };
    expect(await preview('kubernetes', input, options)).toMatchObject({
      what: 'scale deployment/denis to 5 replicas in denis',
      amount: 'from 3 to 5 replicas',
    });
    expect((await perform('kubernetes', input, options)).says).toBe(
      'scaled deployment/denis to 5 replicas: 5 of 5 updated, 5 of 5 ready',
    );
    expect(cluster.calls.filter(({ method }) => method === 'PATCH')).toMatchObject([
      { path: '/apis/apps/v1/namespaces/denis/deployments/denis/scale', body: { spec: { replicas: 5 } } },
      { type: 'application/merge-patch+json', body: { spec: { replicas: 5 } } },
    ]);
  });

  it.each([-1, 1.5, 'many', 1_001])('is not done to %j replicas', async (n) => {
    const { perform, cluster } = await clusterThat(() => ({ body: workload() }));
    const call = perform('kubernetes', { scale: 'deployment/x', replicas: '{n}' }, { parameters: { n } });
    await expect(call).rejects.toMatchObject({ code: 'bad-input' });
    expect(cluster.calls).toEqual([]);
  });
});

describe('a fingerprint', () => {
  it('is what a plan depends on, and not every write to the object', async () => {
    const { fingerprint } = await clusterThat(() => ({ body: workload() }));
    expect((await fingerprint('kubernetes', { 'rollout-restart': 'deployment/denis' })).substance).toEqual({
      uid: 'u-1',
      replicas: 3,
      image: 'denis:1.4',
      generation: 4,
    });
  });
});

describe('names and answers', () => {
  it.each(['../../secrets/x', 'a/b', 'UPPER', '', 'x?dryRun=All'])('the name %j is refused', async (name) => {
    const { observe, cluster } = await clusterThat(() => ({ body: workload() }));
    const call = observe('kubernetes', { rollout: 'deployment/{name}' }, { parameters: { name } });
    await expect(call).rejects.toMatchObject({ code: 'bad-input' });
    expect(cluster.calls).toEqual([]);
  });

  it.each([
    [404, 'not-found', false],
    [401, 'refused', false],
    [403, 'refused', false],
    [409, 'conflict', true],
    [429, 'refused', true],
    [500, 'refused', true],
  ])('status %i is %s', async (status, code, retryable) => {
    const { observe } = await clusterThat(() => ({ status, body: { kind: 'Status', message: 'no' } }));
    await expect(observe('kubernetes', { pods: 'a=b' })).rejects.toMatchObject({ code, retryable });
  });

  it('a kubeconfig that is missing or lacks the context is said to', async () => {
    const { cluster } = await clusterThat(() => ({ body: {} }));
    const connections = {
      kubernetes: { ...cluster.connection, kubeconfig: '/nowhere/config' },
      other: { ...cluster.connection, context: 'production' },
    };
    const { observe } = serviceWith({ connections });
    await expect(observe('kubernetes', { pods: 'a=b' })).rejects.toMatchObject({ code: 'config' });
    await expect(observe('kubernetes', { pods: 'a=b', connection: 'other' })).rejects.toThrow(
      'has no context production',
    );
  });

  it('what acts is not used to look, nor the other way round', async () => {
    const { observe, perform } = await clusterThat(() => ({ body: workload() }));
    await expect(observe('kubernetes', { 'rollout-restart': 'deployment/x' })).rejects.toMatchObject({
      code: 'bad-input',
    });
    await expect(perform('kubernetes', { pods: 'a=b' })).rejects.toMatchObject({ code: 'bad-input' });
  });
});
