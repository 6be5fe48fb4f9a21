import { describe, expect, it } from '@jest/globals';
import { kubernetes } from '../../src/steps/kubernetes.ts';
import { type KubernetesCall, podNamed, startKubernetes } from './fakes/kubernetes-api.ts';
import { workload } from './fakes/kubernetes-objects.ts';
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

describe('a rollout', () => {
  const seen = async (kind: string, facts: Parameters<typeof workload>[0]) => {
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
    expect(value).toEqual({ desired: 3, updated: 2, ready: 1, available: 1, done: false, failed: false });
    expect(says).toBe('2 of 3 updated, 1 of 3 ready');
  });

  it('that has failed says so and why', async () => {
    const conditions = [
      { type: 'Progressing', reason: 'ProgressDeadlineExceeded', message: 'ReplicaSet x timed out' },
    ];
    const stuck = { conditions, updatedReplicas: 1, availableReplicas: 2 };
    const { value, says } = await seen('deployment', { status: stuck });
    expect(value).toMatchObject({ done: false, failed: true });
    expect(says).toBe(
      'the rollout of deployment/denis has failed: ReplicaSet x timed out; 1 of 3 updated, 3 of 3 ready',
    );
    const { value: next } = await seen('deployment', { status: { ...stuck, observedGeneration: 3 } });
    expect(next).toMatchObject({ done: false, failed: false });
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
    [
      'pods',
      '',
      'list',
      'in the namespace "denis"',
      'list pods in denis: give its role the verb list on pods',
    ],
    [
      'deployments/scale',
      'apps',
      'patch',
      'in the namespace "denis"',
      'patch deployments/scale in denis: give its role the verb patch on deployments/scale',
    ],
    [
      'endpointslices',
      'discovery.k8s.io',
      'list',
      'in the namespace "denis": RBAC: role "x" not found',
      'list endpointslices in denis: give its role the verb list on endpointslices',
    ],
  ])('a missing right on %s of %j is named with its verb', async (resource, group, verb, where, told) => {
    const message = `${resource} "x" is forbidden: User "system:serviceaccount:guardia:guardia" cannot ${verb} resource "${resource}" in API group "${group}" ${where}`;
    const { observe } = await clusterThat(() => ({ status: 403, body: { kind: 'Status', message } }));
    await expect(observe('kubernetes', { pods: 'a=b' })).rejects.toMatchObject({
      code: 'refused',
      retryable: false,
      message: `Guardia may not ${told}`,
    });
  });

  it('what admission refuses is told in its own words', async () => {
    const message =
      'pods "x" is forbidden: exceeded quota: compute, requested: pods=1, used: pods=10, limited: pods=10';
    const { observe } = await clusterThat(() => ({ status: 403, body: { kind: 'Status', message } }));
    await expect(observe('kubernetes', { pods: 'a=b' })).rejects.toThrow(`refused: ${message}`);
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
    const asks = (asked: unknown) => kubernetes.asks?.(kubernetes.input.parse(asked));
    const looks = [{ pods: 'a=b' }, { rollout: 'deployment/x' }, { services: 'x' }, { events: true }];
    const acts = [
      { 'rollout-restart': 'deployment/x' },
      { scale: 'deployment/x', replicas: 1 },
      { 'rollout-undo': 'deployment/x', to: '{revision}' },
      { 'delete-pod': '{pod}' },
      { job: 'nightly' },
    ];
    expect([...looks, ...acts].map(asks)).toEqual([...looks.map(() => 'look'), ...acts.map(() => 'act')]);
  });
});
