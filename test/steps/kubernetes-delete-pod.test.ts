import { describe, expect, it } from '@jest/globals';
import { podNamed } from './fakes/kubernetes-api.ts';
import {
  CORE,
  clusterWith,
  type KubernetesObject,
  nextVersion,
  type Override,
  status,
} from './fakes/kubernetes-objects.ts';
import { mayAct } from './harness.ts';

const PATH = `${CORE}/pods/denis-workers-x1`;
const asked = { 'delete-pod': '{pod}' };
const named = { parameters: { pod: 'denis-workers-x1' } };
const OWNER = [{ kind: 'ReplicaSet', name: 'denis-workers-7d4c9', controller: true }];

function pod(metadata: KubernetesObject = {}) {
  const made = podNamed('denis-workers-x1', { ready: false, restarts: 6, waiting: 'CrashLoopBackOff' });
  return {
    ...made,
    metadata: { ...made.metadata, uid: 'p-1', resourceVersion: '77', ownerReferences: OWNER, ...metadata },
  };
}

function cluster(metadata: KubernetesObject = {}, override?: Override) {
  return clusterWith({ [PATH]: pod(metadata) }, override);
}

/** Changes the pod right before the first deletion that is no dry run. */
function meanwhile(metadata: KubernetesObject): Override {
  let left = 1;
  return ({ method, body }, objects) => {
    if (method === 'DELETE' && !(body as KubernetesObject).dryRun && left > 0) {
      left -= 1;
      objects.set(PATH, pod({ resourceVersion: nextVersion(), ...metadata }));
    }
    return undefined;
  };
}

describe('deleting a pod', () => {
  it('deletes what was seen and nothing else, and waits until it is gone', async () => {
    const { perform, writes, objects } = await cluster();
    expect((await perform('kubernetes', asked, named)).says).toBe(
      'deleted pod denis-workers-x1, and it is gone; ReplicaSet denis-workers-7d4c9 makes it anew',
    );
    expect(writes()).toMatchObject([
      {
        method: 'DELETE',
        path: PATH,
        body: { kind: 'DeleteOptions', preconditions: { uid: 'p-1', resourceVersion: '77' } },
      },
    ]);
    expect(objects.has(PATH)).toBe(false);
  });

  it('is previewed with a dry run, and says what makes it anew', async () => {
    const { preview, writes, objects } = await cluster();
    expect(await preview('kubernetes', asked, named)).toEqual({
      what: 'delete pod denis-workers-x1 in denis',
      amount: '1 pod, which ReplicaSet denis-workers-7d4c9 makes anew',
      evidence: [
        { label: 'Pod', text: 'denis-workers-x1 CrashLoopBackOff, 6 restarts' },
        { label: 'Dry run', text: 'the API server checked the deletion and would accept it' },
      ],
    });
    expect(writes()).toMatchObject([{ body: { dryRun: ['All'] } }]);
    expect(objects.has(PATH)).toBe(true);
  });

  it('of one that belongs to nothing says that it is not made anew', async () => {
    const { preview } = await cluster({ ownerReferences: [] });
    expect((await preview('kubernetes', asked, named)).amount).toBe('1 pod, which nothing makes anew');
  });

  it('is tried again when only its status was written meanwhile', async () => {
    const { perform, writes } = await cluster({}, meanwhile({}));
    expect((await perform('kubernetes', asked, named)).says).toContain('it is gone');
    expect(writes()).toHaveLength(2);
  });

  it('leaves one alone that has its name by now', async () => {
    const { perform, objects } = await cluster({}, meanwhile({ uid: 'p-2' }));
    await expect(perform('kubernetes', asked, named)).rejects.toMatchObject({
      code: 'conflict',
      message: 'pod denis-workers-x1 was deleted and made anew since; nothing was done',
    });
    expect(objects.has(PATH)).toBe(true);
  });

  it('is at its end when another has its name', async () => {
    const { perform } = await cluster({}, (call, objects) => {
      if (call.method !== 'DELETE') return undefined;
      objects.set(PATH, pod({ uid: 'p-2' }));
      return { body: {} };
    });
    expect((await perform('kubernetes', asked, named)).says).toContain('it is gone');
  });

  it('that does not end in time says so', async () => {
    const { perform } = await cluster({}, ({ method }) => (method === 'DELETE' ? { body: {} } : undefined));
    await expect(perform('kubernetes', asked, { ...named, deadlineMs: 900 })).rejects.toMatchObject({
      code: 'deadline',
      message: 'deleted pod denis-workers-x1, but not done in 0.9 s: it is still on its way out',
    });
  });

  it('that is being deleted already is refused', async () => {
    const { preview } = await cluster({ deletionTimestamp: '2026-01-01T03:12:00Z' });
    await expect(preview('kubernetes', asked, named)).rejects.toMatchObject({
      code: 'refused',
      message: 'pod denis-workers-x1 is being deleted already, by 2026-01-01T03:12:00Z',
    });
  });

  it('that there is not, or that is no name, is refused before anything is done', async () => {
    const { preview, perform, writes } = await cluster({}, ({ path }) =>
      path === PATH ? status(404, 'pods "denis-workers-x1" not found') : undefined,
    );
    await expect(preview('kubernetes', asked, named)).rejects.toMatchObject({ code: 'not-found' });
    const bad = { parameters: { pod: '../services/x' } };
    await expect(perform('kubernetes', asked, bad)).rejects.toMatchObject({ code: 'bad-input' });
    expect(writes()).toEqual([]);
  });
});

describe('a plan to delete a pod', () => {
  it('holds while it crashes on, and is void for another of its name', async () => {
    const { fingerprint } = await cluster();
    const made = await fingerprint('kubernetes', asked, named);
    const step = { kind: 'kubernetes', input: asked, fingerprint: made };
    const driftTo = async (metadata: KubernetesObject) => {
      const { steps, ...later } = await cluster(metadata);
      return steps.drift(step, made, await later.fingerprint('kubernetes', asked, named));
    };
    expect(await driftTo({ resourceVersion: '88' })).toEqual([]);
    expect(await driftTo({ uid: 'p-2' })).toEqual(['pod denis-workers-x1 was deleted and made anew since']);
    expect(await driftTo({ ownerReferences: [] })).toEqual([
      'pod denis-workers-x1 belongs to nobody, not to ReplicaSet denis-workers-7d4c9',
    ]);
    const { steps, env, writes } = await cluster({ uid: 'p-2' });
    await expect(
      steps.perform(env, step, { ...named, deadlineMs: 5_000, beforeEffect: mayAct }),
    ).rejects.toMatchObject({
      code: 'conflict',
    });
    expect(writes()).toEqual([]);
  });
});
