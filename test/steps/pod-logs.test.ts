import { describe, expect, it } from '@jest/globals';
import { createClientPool } from '../../src/steps/shared/clients.ts';
import { type PodLogRequest, podLogs } from '../../src/steps/shared/kubernetes/pod-logs.ts';
import { type KubernetesAnswer, podNamed, startKubernetes } from './fakes/kubernetes-api.ts';
import { closing } from './harness.ts';

const MB = 1_048_576;

/** Pods with a log each; by default what `log` answers for a pod's name. */
async function podsThatWrote(pods: unknown[], log: (pod: string) => KubernetesAnswer) {
  const cluster = closing(
    await startKubernetes({
      answer: ({ path }) =>
        path.endsWith('/log') ? log(path.split('/').at(-2) ?? '') : { body: { items: pods } },
    }),
  );
  const clients = closing(createClientPool());
  const read = (request: Partial<PodLogRequest> = {}) =>
    podLogs(clients, cluster.connection, {
      selector: 'app=denis',
      signal: AbortSignal.timeout(5_000),
      ...request,
    });
  const asked = () => cluster.calls.filter(({ path }) => path.endsWith('/log'));
  return { read, asked, cluster };
}

function refused(status: number, message: string): KubernetesAnswer {
  return { status, body: { kind: 'Status', message } };
}

describe('logs of pods', () => {
  it('come by name, also of those that have ended, without control sequences', async () => {
    const pods = [podNamed('denis-b'), podNamed('denis-a', { phase: 'Succeeded', ready: false })];
    const { read, cluster } = await podsThatWrote(pods, (pod) => ({
      text: `\u001b[31m${pod}\u001b[0m\nend\n`,
    }));
    expect(await read()).toEqual([
      { pod: 'denis-a', text: 'denis-a\nend\n', cut: false },
      { pod: 'denis-b', text: 'denis-b\nend\n', cut: false },
    ]);
    expect(cluster.calls[0]?.query.get('labelSelector')).toBe('app=denis');
  });

  it('are asked for as far back as wanted', async () => {
    const { read, asked } = await podsThatWrote([podNamed('denis-a')], () => ({ text: '' }));
    await read({ container: 'sidecar', tail: 50, sinceSeconds: 600 });
    await read();
    expect(asked()[0]?.path).toBe('/api/v1/namespaces/denis/pods/denis-a/log');
    expect(asked().map(({ query }) => Object.fromEntries(query))).toEqual([
      { container: 'sidecar', tailLines: '50', sinceSeconds: '600' },
      { container: 'main' },
    ]);
  });

  it('are those of the container that kubectl would take', async () => {
    const containers = ['proxy', 'denis'];
    const annotations = { 'kubectl.kubernetes.io/default-container': 'denis' };
    const pods = [podNamed('a', { containers }), podNamed('b', { containers, annotations })];
    const { read, asked } = await podsThatWrote(pods, () => ({ text: '' }));
    await read();
    const taken = asked().map(({ path, query }) => [path.split('/').at(-2), query.get('container')]);
    expect(taken.sort()).toEqual([
      ['a', 'proxy'],
      ['b', 'denis'],
    ]);
  });

  it('keep 1 MB over all pods, of each its newest whole lines', async () => {
    const line = `${'x'.repeat(98)}\n`;
    const pods = ['a', 'b', 'c', 'd'].map((name) => podNamed(name));
    const { read } = await podsThatWrote(pods, (pod) => ({
      text: pod === 'd' ? 'short\n' : `${line.repeat(40_000)}the end of ${pod}\n`,
    }));
    const logs = await read();
    expect(logs.reduce((total, { text }) => total + text.length, 0)).toBeLessThanOrEqual(MB);
    expect(logs.map(({ cut }) => cut)).toEqual([true, true, true, false]);
    expect(logs[0]?.text).toMatch(/^(?:x{98}\n)+the end of a\n$/);
    expect(logs[0]?.text.length).toBeGreaterThan(MB / 4 - 200);
  });

  it('of more than 20 pods are those of the newest, and the others are cut to nothing', async () => {
    const pods = Array.from({ length: 23 }, (_, n) =>
      podNamed(`denis-${String(n).padStart(2, '0')}`, {
        made: new Date(Date.UTC(2026, 0, 30 - n)).toISOString(),
      }),
    );
    const { read, asked } = await podsThatWrote(pods, () => ({ text: 'hello\n' }));
    const logs = await read();
    expect(asked()).toHaveLength(20);
    expect(logs.filter(({ cut }) => cut)).toEqual(
      ['denis-20', 'denis-21', 'denis-22'].map((pod) => ({ pod, text: '', cut: true })),
    );
  });

  it('are empty where a pod has gone since, or has not begun', async () => {
    const pods = ['gone', 'starting', 'well'].map((name) => podNamed(name));
    const { read } = await podsThatWrote(pods, (pod) => {
      if (pod === 'gone') return refused(404, 'pods "gone" not found');
      if (pod === 'well') return { text: 'hello\n' };
      return refused(400, 'container "main" in pod "starting" is waiting to start: ContainerCreating');
    });
    expect((await read()).map(({ text }) => text)).toEqual(['', '', 'hello\n']);
  });

  it('that may not be read are an error that names the missing right', async () => {
    const message =
      'pods "a" is forbidden: User "guardia" cannot get resource "pods/log" in API group "" in the namespace "denis"';
    const { read } = await podsThatWrote([podNamed('a')], () => refused(403, message));
    await expect(read()).rejects.toMatchObject({
      code: 'refused',
      retryable: false,
      message: 'Guardia may not get pods/log in denis: give its role the verb get on pods/log',
    });
  });

  it('of no pod at all are none', async () => {
    const { read } = await podsThatWrote([], () => ({ text: '' }));
    expect(await read()).toEqual([]);
  });
});
