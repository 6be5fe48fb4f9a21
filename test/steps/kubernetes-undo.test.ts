import { describe, expect, it } from '@jest/globals';
import {
  APPS,
  clusterWith,
  type KubernetesObject,
  settling,
  template,
  workload,
} from './fakes/kubernetes-objects.ts';
import { mayAct } from './harness.ts';

const PATH = `${APPS}/deployments/denis`;
const undo = { 'rollout-undo': 'deployment/denis' };

/** A replica set of the deployment `denis`, as its controller keeps one for each revision. */
function replicaSet(
  revision: number,
  image: string,
  { hash = `h${revision}`, owner = 'u-1', cause = '', environment = {} } = {},
) {
  const { metadata, spec } = template(image, environment);
  const reason = cause ? { 'kubernetes.io/change-cause': cause } : {};
  return {
    metadata: {
      name: `denis-${hash}`,
      annotations: { 'deployment.kubernetes.io/revision': String(revision), ...reason },
      ownerReferences: [{ kind: 'Deployment', uid: owner }],
    },
    spec: { template: { metadata: { labels: { ...metadata.labels, 'pod-template-hash': hash } }, spec } },
  };
}

const SETS = [
  replicaSet(6, 'denis:1.2'),
  replicaSet(8, 'denis:1.4', { environment: { LOG_LEVEL: 'debug', TOKEN: 'sesame-4711' } }),
  replicaSet(7, 'denis:1.3', {
    cause: 'release 1.3',
    environment: { LOG_LEVEL: 'info', TOKEN: 'sesame-4712' },
  }),
  replicaSet(9, 'other:9', { hash: 'x9', owner: 'u-2' }),
];

function denis(sets: readonly KubernetesObject[] = SETS, given: KubernetesObject = {}) {
  const now = template('denis:1.4', { LOG_LEVEL: 'debug', TOKEN: 'sesame-4711' });
  const objects = Object.fromEntries(sets.map((set) => [`${APPS}/replicasets/${set.metadata.name}`, set]));
  const deployment = workload({ ...given, spec: { template: now, ...given.spec } });
  return clusterWith({ [PATH]: deployment, ...objects }, settling(2));
}

describe('taking a rollout back', () => {
  it('goes to the revision before, with its template and its reason alone', async () => {
    const { perform, writes, calls } = await denis();
    expect((await perform('kubernetes', undo)).says).toBe(
      'took deployment/denis back to revision 7 (denis:1.3): 3 of 3 updated, 3 of 3 ready',
    );
    const { spec } = template('denis:1.3', { LOG_LEVEL: 'info', TOKEN: 'sesame-4712' });
    expect(writes()[0]?.body).toEqual({
      metadata: { resourceVersion: '999', annotations: { 'kubernetes.io/change-cause': 'release 1.3' } },
      spec: { template: { $patch: 'replace', metadata: { labels: { app: 'denis' } }, spec } },
    });
    const listed = calls.find(({ path }) => path === `${APPS}/replicasets`);
    expect(listed?.query.get('labelSelector')).toBe('app=denis');
  });

  it('goes to the revision that is named', async () => {
    const { perform, preview, objects } = await denis();
    const to = { ...undo, to: '{revision}' };
    const six = { parameters: { revision: 6 } };
    expect((await preview('kubernetes', to, six)).what).toBe(
      'take deployment/denis back to revision 6 (denis:1.2) in denis',
    );
    await perform('kubernetes', to, six);
    expect(objects.get(PATH).spec.template.spec.containers[0].image).toBe('denis:1.2');
  });

  it('is previewed with what changes, and shows no value but images', async () => {
    const { preview, writes } = await denis();
    const shown = await preview('kubernetes', undo);
    expect(shown).toMatchObject({ amount: '3 pods, replaced step by step' });
    expect(shown.evidence.slice(1, 3)).toEqual([
      { label: 'Reason of that revision', text: 'release 1.3' },
      {
        label: 'What changes',
        text: 'containers.main.env.LOG_LEVEL.value: changed\ncontainers.main.env.TOKEN.value: changed\ncontainers.main.image: denis:1.4 -> denis:1.3',
      },
    ]);
    expect(JSON.stringify(shown)).not.toContain('sesame');
    expect(writes().map(({ query }) => query.get('dryRun'))).toEqual(['All']);
  });

  it.each([
    [5, 'not-found', 'deployment/denis has no revision 5 any more; before 8, which it is at, there is 7, 6'],
    [8, 'refused', 'deployment/denis is at revision 8 already'],
  ])('to revision %i is refused', async (to, code, message) => {
    const { preview } = await denis();
    await expect(preview('kubernetes', { ...undo, to })).rejects.toMatchObject({ code, message });
  });

  it('of one that was never changed is refused', async () => {
    const { preview } = await denis([replicaSet(1, 'denis:1.4')]);
    await expect(preview('kubernetes', undo)).rejects.toMatchObject({
      code: 'refused',
      message: 'deployment/denis has no revision before this one',
    });
  });

  it.each([
    ['paused', { spec: { paused: true } }, 'deployment/denis is paused, so nothing would begin', false],
    [
      'just changed',
      { status: { observedGeneration: 3 } },
      'the latest change of deployment/denis was not taken up yet',
      true,
    ],
  ])('of one that is %s is refused', async (_, given, message, retryable) => {
    const { preview } = await denis(SETS, given);
    await expect(preview('kubernetes', undo)).rejects.toMatchObject({ code: 'refused', message, retryable });
  });

  it.each([['statefulset'], ['daemonset']])('of a %s goes by its controller revisions', async (kind) => {
    const path = `${APPS}/${kind}s/redis`;
    const figures = {
      desiredNumberScheduled: 3,
      updatedNumberScheduled: 3,
      numberReady: 3,
      numberAvailable: 3,
    };
    const revision = (number: number, image: string) => ({
      metadata: { name: `redis-h${number}`, ownerReferences: [{ kind, uid: 'u-1' }] },
      revision: number,
      data: { spec: { template: { $patch: 'replace', ...template(image) } } },
    });
    const { perform, preview, objects } = await clusterWith(
      {
        [path]: workload({ name: 'redis', image: 'redis:8', status: figures }),
        [`${APPS}/controllerrevisions/redis-h2`]: revision(2, 'redis:8'),
        [`${APPS}/controllerrevisions/redis-h1`]: revision(1, 'redis:7'),
      },
      settling(2),
    );
    const asked = { 'rollout-undo': `${kind}/redis` };
    expect((await preview('kubernetes', asked)).evidence[1]?.text).toBe(
      'containers.main.image: redis:8 -> redis:7',
    );
    expect((await perform('kubernetes', asked)).says).toContain(
      `took ${kind}/redis back to revision 1 (redis:7)`,
    );
    expect(objects.get(path).spec.template).toEqual({ $patch: 'replace', ...template('redis:7') });
  });
});

describe('a plan to take a rollout back', () => {
  const plannedThen = async (sets: readonly KubernetesObject[]) => {
    const made = await (await denis()).fingerprint('kubernetes', undo);
    const later = await denis(sets);
    const step = { kind: 'kubernetes', input: undo, fingerprint: made };
    const perform = () =>
      later.steps.perform(later.env, step, { parameters: {}, deadlineMs: 5_000, beforeEffect: mayAct });
    const drift = async () => later.steps.drift(step, made, await later.fingerprint('kubernetes', undo));
    return { made, drift, ...later, perform };
  };

  it('names both revisions and the template', async () => {
    const { made } = await plannedThen(SETS);
    expect(made.substance).toMatchObject({ revision: 8, 'back to': '7 (denis:1.3)', template: 'denis-h7' });
  });

  it('is void because somebody else rolled something out, or back', async () => {
    const { drift } = await plannedThen([...SETS, replicaSet(9, 'denis:1.5')]);
    expect(await drift()).toEqual([
      'deployment/denis is at revision 9, not 8',
      'deployment/denis would go back to revision 8 (denis:1.4), not 7 (denis:1.3)',
    ]);
  });

  it('goes to the template that it named, whatever number that has by now', async () => {
    const { perform, objects } = await plannedThen([
      ...SETS.slice(0, 2),
      replicaSet(9, 'denis:1.5'),
      SETS[2],
    ]);
    await perform();
    expect(objects.get(PATH).spec.template.spec.containers[0].image).toBe('denis:1.3');
  });

  it.each([
    [
      'not kept any more',
      SETS.slice(0, 2),
      'not-found',
      'the revision of deployment/denis that was planned is not kept any more',
    ],
    [
      'what runs now',
      [SETS[1], replicaSet(10, 'denis:1.3', { hash: 'h7' })],
      'refused',
      'deployment/denis is back at what was planned already',
    ],
  ])('is refused when that is %s', async (_, sets, code, message) => {
    const { perform, writes } = await plannedThen(sets);
    await expect(perform()).rejects.toMatchObject({ code, message });
    expect(writes()).toEqual([]);
  });
});
