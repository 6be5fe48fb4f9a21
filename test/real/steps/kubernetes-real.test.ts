import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createClientPool } from '../../../src/steps/shared/clients.ts';
import { podLogs } from '../../../src/steps/shared/kubernetes/pod-logs.ts';
import type { Fingerprint } from '../../../src/steps/step-kind.ts';
import { closing, mayAct, serviceWith } from '../../steps/harness.ts';
import { APPS, CORE, fillDenis, release, rolledOut, template } from '../helpers/denis-cluster.ts';
import { BUILD_MS } from '../servers/built-once.ts';
import { type KubernetesCluster, startKubernetesCluster } from '../servers/kubernetes.ts';
import { until } from '../servers/process.ts';

const LOG = Array.from({ length: 120 }, (_, line) => `line ${line}`);
let cluster: KubernetesCluster;
let kubeconfig: string;

beforeAll(async () => {
  cluster = await startKubernetesCluster({
    logs: { web: LOG, nightly: ['dumping', 'done'], failing: ['no space left on device'] },
  });
  kubeconfig = cluster.kubeconfigFor(cluster.adminToken);
  await fillDenis(cluster);
}, BUILD_MS);

afterAll(() => cluster?.stop());

function denis(targets = {}) {
  const connection = { kind: 'kubernetes', namespace: 'denis', kubeconfig } as const;
  return { connection, ...serviceWith({ connections: { kubernetes: connection }, targets }) };
}

const look = (input: unknown) => denis().observe('kubernetes', input, { deadlineMs: 20_000 });

/** Preview, plan and run, as a flow does it; `meanwhile` happens between plan and run. */
async function act(
  input: unknown,
  {
    deadlineMs = 60_000,
    meanwhile = async () => {},
  }: { deadlineMs?: number; meanwhile?: () => Promise<void> } = {},
) {
  const { steps, env, preview, fingerprint } = denis();
  const [shown, made] = [
    await preview('kubernetes', input, { deadlineMs: 20_000 }),
    await fingerprint('kubernetes', input),
  ];
  await meanwhile();
  const step = { kind: 'kubernetes', input, fingerprint: made };
  const done = await steps.perform(env, step, { parameters: {}, deadlineMs, beforeEffect: mayAct });
  return { shown, made, done };
}

async function drift(input: unknown, made: Fingerprint): Promise<string[]> {
  const { steps, fingerprint } = denis();
  return steps.drift({ kind: 'kubernetes', input }, made, await fingerprint('kubernetes', input));
}

async function podNames(app: string): Promise<string[]> {
  const { items } = await cluster.admin('GET', `${CORE}/pods?labelSelector=app%3D${app}`);
  return items.map(({ metadata }: { metadata: { name: string } }) => metadata.name);
}

describe('looks at a real cluster', () => {
  it('see pods, rollouts, services and no warnings while all is well', async () => {
    expect((await look({ pods: 'app=web' })).value).toEqual({ pods: 2, ready: 2, restarts: 0, crashing: 0 });
    const done = { done: true, failed: false };
    expect((await look({ rollout: 'deployment/web' })).value).toMatchObject({
      desired: 2,
      ready: 2,
      ...done,
    });
    expect((await look({ rollout: 'statefulset/redis' })).value).toMatchObject({
      desired: 2,
      ready: 2,
      ...done,
    });
    expect((await look({ rollout: 'daemonset/agent' })).value).toMatchObject({
      desired: 1,
      ready: 1,
      ...done,
    });
    expect((await look({ services: 'web' })).value).toEqual({
      services: 1,
      endpoints: 2,
      without_endpoints: 0,
    });
    expect((await look({ services: 'nowhere' })).value).toMatchObject({ services: 0 });
    const front = await look({ services: 'tier=front' });
    expect(front.value).toEqual({ services: 2, endpoints: 2, without_endpoints: 1 });
    expect(front.says).toBe('bare has no ready endpoint');
    expect((await look({ events: 'app=web' })).value).toBe(0);
  });

  it('see a container that crashes, and the warnings about it', async () => {
    await cluster.admin('POST', `${CORE}/pods`, {
      metadata: { name: 'crashing', labels: { app: 'crashing', fault: 'crash' } },
      spec: template('crashing', 'x:1').spec,
    });
    const pods = await until('it crashes', async () => {
      const seen = await look({ pods: 'app=crashing' });
      return (seen.value as { crashing: number }).crashing === 1 && seen;
    });
    expect(pods.says).toBe('crashing CrashLoopBackOff, 6 restarts, last ended OOMKilled');
    const events = await until('a warning', async () => {
      const seen = await look({ events: 'app=crashing' });
      return seen.value !== 0 && seen;
    });
    expect(events.says).toBe('1 warning: crashing BackOff, Back-off restarting failed container');
    expect((await look({ events: true })).value).toBeGreaterThanOrEqual(1);
  });

  it('see warnings about what cannot be made', async () => {
    await cluster.admin('POST', `${APPS}/replicasets`, {
      metadata: { name: 'huge', labels: { app: 'huge' } },
      spec: {
        replicas: 1,
        selector: { matchLabels: { app: 'huge' } },
        template: {
          metadata: { labels: { app: 'huge' } },
          spec: {
            priorityClassName: 'nowhere',
            containers: [{ name: 'x', image: 'x' }],
          },
        },
      },
    });
    const { says } = await until('a warning', async () => {
      const seen = await look({ events: 'app=huge' });
      return seen.value !== 0 && seen;
    });
    expect(says).toMatch(/^1 warning: huge FailedCreate.*no PriorityClass with name nowhere/);
  });

  it('read logs of pods, by lines and by time', async () => {
    const read = (wanted: object) =>
      podLogs(closing(createClientPool()), denis().connection, {
        selector: 'app=web',
        signal: AbortSignal.timeout(20_000),
        ...wanted,
      });
    const logs = await read({ tail: 2 });
    expect(logs.map(({ pod }) => pod)).toEqual((await podNames('web')).sort());
    expect(logs.map(({ text }) => text)).toEqual(['line 118\nline 119\n', 'line 118\nline 119\n']);
    const all = await read({});
    expect(all[0]?.text.split('\n')).toHaveLength(121);
    await expect(read({ container: 'nobody' })).rejects.toThrow(/container nobody is not valid for pod/);
  });

  it('run commands in pods', async () => {
    const { observe } = denis({ web: { pod: 'app=web', container: 'web' } });
    const { value, evidence } = await observe(
      'command',
      { run: ['printf', '%s', 'a b; $HOME'], on: 'web' },
      { deadlineMs: 20_000 },
    );
    expect(value).toMatchObject({ exit: 0, output: 'a b; $HOME' });
    expect(evidence[0]?.text).toMatch(/ on web-[a-z0-9]+-[a-z0-9]+ \(of 2\): exit code 0$/);
  });
});

describe('what is done in a real cluster', () => {
  it.each(['deployment/web', 'statefulset/redis', 'daemonset/agent'])(
    '%s is restarted: each of its pods is another afterwards',
    async (of) => {
      const app = of.split('/')[1] ?? '';
      const before = await cluster.admin('GET', `${CORE}/pods?labelSelector=app%3D${app}`);
      const { shown, done } = await act({ 'rollout-restart': of });
      expect(shown.what).toBe(`restart ${of} in denis`);
      expect(done.says).toMatch(new RegExp(`^restarted ${of}: (\\d) of \\1 updated, \\1 of \\1 ready$`));
      const after = await cluster.admin('GET', `${CORE}/pods?labelSelector=app%3D${app}`);
      const uids = ({ items }: { items: { metadata: { uid: string; deletionTimestamp?: string } }[] }) =>
        items.filter(({ metadata }) => !metadata.deletionTimestamp).map(({ metadata }) => metadata.uid);
      expect(uids(after)).toHaveLength(uids(before).length);
      expect(uids(after).filter((uid) => uids(before).includes(uid))).toEqual([]);
    },
  );

  it('a deployment and a stateful set are scaled', async () => {
    const { shown, done } = await act({ scale: 'deployment/web', replicas: 4 });
    expect(shown.amount).toBe('from 2 to 4 replicas');
    expect(done.says).toBe('scaled deployment/web to 4 replicas: 4 of 4 updated, 4 of 4 ready');
    await act({ scale: 'deployment/web', replicas: 2 });
    expect((await act({ scale: 'statefulset/redis', replicas: 0 })).done.says).toContain('0 of 0 ready');
    await act({ scale: 'statefulset/redis', replicas: 2 });
    expect(await podNames('redis')).toEqual(['redis-0', 'redis-1']);
  });

  it('a rollout that fails is seen, and taken back', async () => {
    await release(cluster, 'deployments/web', template('web', 'web:3', 'unready'));
    const failed = await until('the rollout fails', async () => {
      const seen = await look({ rollout: 'deployment/web' });
      return (seen.value as { failed: boolean }).failed && seen;
    });
    expect(failed.value).toMatchObject({ done: false, failed: true });
    expect(failed.says).toMatch(
      /^the rollout of deployment\/web has failed: ReplicaSet "web-[a-z0-9]+" has timed out progressing\.; /,
    );
    const { shown, done } = await act({ 'rollout-undo': 'deployment/web' });
    expect(shown.evidence.find(({ label }) => label === 'What changes')?.text).toContain(
      'containers.web.image: web:3 -> web:2',
    );
    expect(done.says).toMatch(
      /^took deployment\/web back to revision \d+ \(web:2\): 2 of 2 updated, 2 of 2 ready$/,
    );
    await rolledOut(cluster, 'deployments/web', 'web:2');
  });

  it('a rollout is taken back to the revision that is named', async () => {
    const { done } = await act({ 'rollout-undo': 'deployment/web', to: 1 });
    expect(done.says).toContain('back to revision 1 (web:1)');
    await rolledOut(cluster, 'deployments/web', 'web:1');
    const again = denis().preview('kubernetes', { 'rollout-undo': 'deployment/web', to: 1 });
    await expect(again).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringContaining('has no revision 1 any more'),
    });
  });

  it('a stateful set is taken back by its controller revisions', async () => {
    expect((await act({ 'rollout-undo': 'statefulset/redis', to: 1 })).done.says).toContain(
      'back to revision 1 (redis:7)',
    );
    await rolledOut(cluster, 'statefulsets/redis', 'redis:7');
  });

  it('a pod is deleted, and made anew where something makes it', async () => {
    const [name = ''] = await podNames('web');
    const { shown, done } = await act({ 'delete-pod': name });
    expect(shown.amount).toMatch(/^1 pod, which ReplicaSet web-[a-z0-9]+ makes anew$/);
    expect(done.says).toMatch(/^deleted pod web-.*, and it is gone; ReplicaSet web-/);
    expect(await podNames('web')).not.toContain(name);
    expect((await act({ 'delete-pod': 'redis-0' })).done.says).toContain('StatefulSet redis makes it anew');
    const { shown: lonely } = await act({ 'delete-pod': 'alone' });
    expect(lonely.amount).toBe('1 pod, which nothing makes anew');
  });

  it('a pod that does not go away is said to be on its way out', async () => {
    await cluster.admin('POST', `${CORE}/pods`, {
      metadata: { name: 'stuck', labels: { fault: 'stuck' } },
      spec: template('stuck', 'x:1').spec,
    });
    await expect(act({ 'delete-pod': 'stuck' }, { deadlineMs: 2_000 })).rejects.toMatchObject({
      code: 'deadline',
      message: 'deleted pod stuck, but not done in 2 s: it is still on its way out',
    });
  });

  it('a job is run from its CronJob, and told with its log', async () => {
    const { shown, done } = await act({ job: 'nightly' });
    expect(shown.what).toBe('run nightly once as a job in denis');
    expect(done.says).toMatch(/^ran nightly as nightly-[0-9a-f]{8}: it succeeded after \d+(\.\d)? s$/);
    expect(done.evidence[0]).toMatchObject({
      label: expect.stringMatching(/^Log of nightly-/),
      text: 'dumping\ndone',
    });
  });

  it('a job that fails is an error with its reason and its last lines', async () => {
    await expect(act({ job: 'failing' })).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringMatching(
        /it failed after .*\(BackoffLimitExceeded: .*\); its last lines: no space left on device$/,
      ),
    });
  });
});

describe('what was seen binds', () => {
  const restart = { 'rollout-restart': 'deployment/web' };

  it('though its metadata and status are written all the time', async () => {
    let writing = true;
    const writes = (async () => {
      for (let turn = 0; writing; turn += 1) {
        await cluster.admin(
          'PATCH',
          `${APPS}/deployments/web`,
          { metadata: { labels: { turn: String(turn) } } },
          'application/merge-patch+json',
        );
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    })();
    try {
      expect((await act(restart)).done.says).toContain('2 of 2 ready');
    } finally {
      writing = false;
      await writes;
    }
  });

  it('and a workload that was changed since is not what was approved', async () => {
    const change = () => release(cluster, 'deployments/web', template('web', 'web:4'));
    const { fingerprint } = denis();
    const made = await fingerprint('kubernetes', restart);
    await expect(act(restart, { meanwhile: change })).rejects.toMatchObject({
      code: 'conflict',
      message: 'deployment/web runs web:4, not web:1; nothing was done',
    });
    expect(await drift(restart, made)).toEqual(['deployment/web runs web:4, not web:1']);
    await rolledOut(cluster, 'deployments/web', 'web:4');
  });

  it('and another pod of the same name is left alone', async () => {
    const asked = { 'delete-pod': 'redis-0' };
    const uid = async () => (await cluster.admin('GET', `${CORE}/pods/redis-0`)).metadata.uid;
    const before = await uid();
    const anew = async () => {
      await cluster.admin('DELETE', `${CORE}/pods/redis-0`);
      await until('redis-0 is another', async () => (await uid().catch(() => before)) !== before);
    };
    await expect(act(asked, { meanwhile: anew })).rejects.toMatchObject({
      code: 'conflict',
      message: 'pod redis-0 was deleted and made anew since; nothing was done',
    });
  });
});
