import { describe, expect, it } from '@jest/globals';
import { type KubernetesAnswer, podNamed } from './fakes/kubernetes-api.ts';
import {
  BATCH,
  CORE,
  clusterWith,
  type KubernetesObject,
  type Override,
  status,
  template,
} from './fakes/kubernetes-objects.ts';
import { mayAct } from './harness.ts';

const PATH = `${BATCH}/cronjobs/nightly`;
const asked = { job: 'nightly' };

function cronJob({ metadata = {}, spec = {}, job = {}, image = 'backup:3', ...more }: KubernetesObject = {}) {
  return {
    metadata: { name: 'nightly', uid: 'c-1', generation: 2, ...metadata },
    spec: {
      schedule: '0 3 * * *',
      jobTemplate: {
        metadata: { labels: { app: 'backup' }, annotations: { why: 'nightly' } },
        spec: { backoffLimit: 1, template: template(image), ...job },
      },
      ...spec,
    },
    ...more,
  };
}

type Ending = 'Complete' | 'Failed' | undefined;

/** A job ends so at its second look, and its pod has written this. */
function ending(how: Ending, log = 'dumping\ndone\n'): Override {
  let looks = 0;
  return ({ method, path, query }, objects) => {
    if (path.endsWith('/log')) return { text: log };
    if (path === `${CORE}/pods`)
      return { body: { items: [podNamed(`${query.get('labelSelector')?.replace('job-name=', '')}-abcde`)] } };
    const job = objects.get(path);
    if (method !== 'GET' || !path.startsWith(`${BATCH}/jobs/`) || !job) return undefined;
    looks += 1;
    if (looks < 2 || how === undefined) return { body: { ...job, status: { active: 1 } } };
    const reason =
      how === 'Failed'
        ? { reason: 'BackoffLimitExceeded', message: 'Job has reached the specified backoff limit' }
        : {};
    const condition = { type: how, status: 'True', lastTransitionTime: '2026-01-01T03:00:42Z', ...reason };
    return {
      body: { ...job, status: { startTime: '2026-01-01T03:00:00Z', succeeded: 1, conditions: [condition] } },
    };
  };
}

function cluster(given: KubernetesObject = {}, override: Override = ending('Complete')) {
  return clusterWith({ [PATH]: cronJob(given) }, override);
}

describe('a job', () => {
  it('is made from the template of its CronJob, and belongs to it', async () => {
    const { perform, writes } = await cluster();
    await perform('kubernetes', asked);
    expect(writes()).toMatchObject([{ method: 'POST', path: `${BATCH}/jobs` }]);
    expect(writes()[0]?.body).toEqual({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: {
        name: expect.stringMatching(/^nightly-[0-9a-f]{8}$/),
        labels: { app: 'backup' },
        annotations: { why: 'nightly', 'cronjob.kubernetes.io/instantiate': 'manual' },
        ownerReferences: [
          { apiVersion: 'batch/v1', kind: 'CronJob', name: 'nightly', uid: 'c-1', controller: true },
        ],
      },
      spec: { backoffLimit: 1, template: template('backup:3'), ttlSecondsAfterFinished: 86_400 },
    });
  });

  it('is followed to its end, which is told with the last lines of its log', async () => {
    const { perform, calls } = await cluster();
    const { says, evidence } = await perform('kubernetes', asked);
    expect(says).toMatch(/^ran nightly as nightly-[0-9a-f]{8}: it succeeded after 42 s$/);
    expect(evidence).toEqual([
      { label: expect.stringMatching(/^Log of nightly-[0-9a-f]{8}-abcde$/), text: 'dumping\ndone' },
    ]);
    expect(calls.at(-1)?.query.get('tailLines')).toBe('20');
  });

  it('that fails is an error that says why, and what it said last', async () => {
    const { perform } = await cluster({}, ending('Failed', 'a\nb\ndumping\nno space left on device\n'));
    await expect(perform('kubernetes', asked)).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringMatching(
        /^ran nightly as nightly-\w{8}, but it failed after 42 s \(BackoffLimitExceeded: Job has reached the specified backoff limit\); its last lines: b \| dumping \| no space left on device$/,
      ),
    });
  });

  it('whose log may not be read has succeeded all the same', async () => {
    const message =
      'pods "x" is forbidden: User "guardia" cannot get resource "pods/log" in API group "" in the namespace "denis"';
    const end = ending('Complete');
    const { perform } = await cluster({}, (call, objects) =>
      call.path.endsWith('/log') ? status(403, message) : end(call, objects),
    );
    const { says, evidence } = await perform('kubernetes', asked);
    expect(says).toContain('it succeeded');
    expect(evidence).toEqual([
      {
        label: 'Log',
        text: 'it could not be read: Guardia may not get pods/log in denis: give its role the verb get on pods/log',
      },
    ]);
  });

  it('that does not end in time says how far it is', async () => {
    const { perform } = await cluster({}, ending(undefined));
    await expect(perform('kubernetes', asked, { deadlineMs: 900 })).rejects.toMatchObject({
      code: 'deadline',
      message: expect.stringMatching(
        /^ran nightly as nightly-\w{8}, but not done in 0.9 s: 1 active, 0 succeeded, 0 failed$/,
      ),
    });
  });

  it('that was removed before its end was seen has an end that nobody knows', async () => {
    const { perform } = await cluster({}, ({ method, path }) =>
      method === 'GET' && path.startsWith(`${BATCH}/jobs/`) ? status(404, 'jobs "x" not found') : undefined,
    );
    await expect(perform('kubernetes', asked)).rejects.toMatchObject({
      code: 'deadline',
      message: expect.stringMatching(/and it was removed before its end was seen$/),
    });
  });

  it.each<[string, KubernetesAnswer]>([
    ['was lost', { lost: true }],
    ['came from a gateway that had given up', { status: 504, text: '<html>504 Gateway Time-out</html>' }],
    ['was that of etcd', status(500, 'etcdserver: request timed out')],
  ])('is followed when only the answer to its making %s', async (_, answer) => {
    const end = ending('Complete');
    const { perform, writes } = await cluster({}, (call, objects) => {
      if (call.method !== 'POST') return end(call, objects);
      const made = call.body as KubernetesObject;
      objects.set(`${call.path}/${made.metadata.name}`, {
        ...made,
        metadata: { ...made.metadata, uid: 'j-1' },
      });
      return answer;
    });
    expect((await perform('kubernetes', asked)).says).toContain('it succeeded');
    expect(writes()).toHaveLength(1);
  });

  it('that was not made is not followed', async () => {
    const { perform } = await cluster({}, ({ method }) => (method === 'POST' ? { lost: true } : undefined));
    await expect(perform('kubernetes', asked)).rejects.toMatchObject({ code: 'unreachable' });
  });

  it('is kept long enough to be seen, and not longer than its template says', async () => {
    const kept = async (job: KubernetesObject) => {
      const { perform, writes } = await cluster({ job });
      await perform('kubernetes', asked);
      return writes()[0]?.body.spec.ttlSecondsAfterFinished;
    };
    expect(await kept({ ttlSecondsAfterFinished: 0 })).toBe(300);
    expect(await kept({ ttlSecondsAfterFinished: 3_600 })).toBe(3_600);
  });

  it('of a long name gets a name that Kubernetes takes', async () => {
    const name = `${'n'.repeat(51)}x`;
    const { perform, writes } = await clusterWith(
      { [`${BATCH}/cronjobs/${name}`]: cronJob({ metadata: { name } }) },
      ending('Complete'),
    );
    await perform('kubernetes', { job: name });
    expect(writes()[0]?.body.metadata.name).toMatch(/^[a-z0-9-]{60,63}$/);
  });

  it('is previewed with a dry run', async () => {
    const { preview, writes, objects } = await cluster({ status: { active: [{ name: 'nightly-1' }] } });
    expect(await preview('kubernetes', asked)).toMatchObject({
      what: 'run nightly once as a job in denis',
      amount: '1 job, beside 1 job of it that run now',
      evidence: [{ label: 'Image', text: 'backup:3' }, { label: 'Dry run' }],
    });
    expect(writes().map(({ query }) => query.get('dryRun'))).toEqual(['All']);
    expect(objects.size).toBe(1);
  });

  it.each<[string, KubernetesObject, string]>([
    [
      'is running and may not twice',
      { spec: { concurrencyPolicy: 'Forbid' }, status: { active: [{ name: 'nightly-1' }] } },
      'nightly is running already, as nightly-1, and may not run twice at a time',
    ],
    [
      'would never begin',
      { job: { suspend: true } },
      'jobs of nightly are made suspended, so none would begin',
    ],
  ])('of a CronJob that %s is refused', async (_, given, message) => {
    const { preview, perform, writes } = await cluster(given);
    await expect(preview('kubernetes', asked)).rejects.toMatchObject({ code: 'refused', message });
    await expect(perform('kubernetes', asked)).rejects.toMatchObject({ code: 'refused', message });
    expect(writes()).toEqual([]);
  });
});

describe('a plan to run a job', () => {
  it.each<[string, KubernetesObject]>([
    ['cronjob/nightly was deleted and made anew since', { metadata: { uid: 'c-2' } }],
    ['cronjob/nightly runs backup:4, not backup:3', { image: 'backup:4', metadata: { generation: 3 } }],
    ['cronjob/nightly was changed since', { metadata: { generation: 3 } }],
  ])('is void and not carried out because %s', async (sentence, now) => {
    const made = await (await cluster()).fingerprint('kubernetes', asked);
    const step = { kind: 'kubernetes', input: asked, fingerprint: made };
    const { steps, env, fingerprint, writes } = await cluster(now);
    expect(steps.drift(step, made, await fingerprint('kubernetes', asked))).toEqual([sentence]);
    await expect(
      steps.perform(env, step, { parameters: {}, deadlineMs: 5_000, beforeEffect: mayAct }),
    ).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringMatching(/; nothing was done$/),
    });
    expect(writes()).toEqual([]);
  });
});
