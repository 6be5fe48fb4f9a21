import { describe, expect, it } from '@jest/globals';
import { CORE, clusterWith, DISCOVERY, type KubernetesObject } from './fakes/kubernetes-objects.ts';

function service(name: string, spec: KubernetesObject = {}) {
  return { metadata: { name }, spec: { type: 'ClusterIP', ...spec } };
}

function endpoint(pod: string, ready: boolean | undefined, address = `10.0.0.${pod.length}`) {
  return {
    addresses: [address],
    conditions: ready === undefined ? {} : { ready },
    targetRef: { kind: 'Pod', name: pod },
  };
}

function slice(name: string, of: string, endpoints: unknown) {
  return { metadata: { name, labels: { 'kubernetes.io/service-name': of } }, endpoints };
}

async function seen(
  wanted: string,
  services: KubernetesObject[],
  slices: KubernetesObject[],
  parameters = {},
) {
  const under = (folder: string, all: KubernetesObject[]) =>
    Object.fromEntries(all.map((one) => [`${folder}/${one.metadata.name}`, one]));
  const { observe, calls } = await clusterWith({
    ...under(`${CORE}/services`, services),
    ...under(`${DISCOVERY}/endpointslices`, slices),
  });
  const observation = await observe('kubernetes', { services: wanted }, { parameters });
  return { ...observation, queries: calls.map(({ query }) => Object.fromEntries(query)) };
}

describe('services', () => {
  it('are found by name, with what stands behind them', async () => {
    const { value, says, queries } = await seen(
      '{name}',
      [service('web')],
      [
        slice('web-a', 'web', [
          endpoint('web-1', true),
          endpoint('web-2', undefined),
          endpoint('web-3', false),
        ]),
      ],
      { name: 'web' },
    );
    expect(value).toEqual({ services: 1, endpoints: 2, without_endpoints: 0 });
    expect(says).toBe('2 ready endpoints behind 1 service');
    expect(queries).toEqual([
      { fieldSelector: 'metadata.name=web', limit: '500' },
      { labelSelector: 'kubernetes.io/service-name=web', limit: '500' },
    ]);
  });

  it('without a ready endpoint are told, each by its name', async () => {
    const { value, says, evidence, queries } = await seen(
      'app={app}',
      [service('web'), service('queue'), service('mail'), service('outside', { type: 'ExternalName' })],
      [
        slice('web-a', 'web', [endpoint('web-1', true)]),
        slice('queue-a', 'queue', [endpoint('queue-1', false)]),
        slice('mail-a', 'mail', null),
        slice('other-a', 'other', [endpoint('other-1', true)]),
      ],
      { app: 'denis' },
    );
    expect(value).toEqual({ services: 4, endpoints: 1, without_endpoints: 2 });
    expect(says).toBe('queue has no ready endpoint, 1 not ready; mail has no ready endpoint');
    expect(evidence[1]?.text).toBe(
      'web has 1 ready endpoint\nqueue has no ready endpoint, 1 not ready\nmail has no ready endpoint\noutside is a name for a host elsewhere',
    );
    expect(queries[0]).toMatchObject({ labelSelector: 'app=denis' });
  });

  it('with two addresses for each pod have one endpoint a pod', async () => {
    const { value } = await seen(
      'web',
      [service('web')],
      [
        slice('web-4', 'web', [endpoint('web-1', true, '10.0.0.1'), endpoint('web-2', true, '10.0.0.2')]),
        slice('web-6', 'web', [endpoint('web-1', true, 'fd00::1'), endpoint('web-2', true, 'fd00::2')]),
      ],
    );
    expect(value).toMatchObject({ endpoints: 2 });
  });

  it('that there are none of are a finding', async () => {
    expect(await seen('web', [], [])).toMatchObject({
      value: { services: 0, endpoints: 0, without_endpoints: 0 },
      says: 'there is no service web',
    });
    expect((await seen('app=web', [], [])).says).toBe('there is no service with app=web');
  });

  it.each([['{name}'], ['app={name}']])('a parameter in %j cannot widen the choice', async (wanted) => {
    await expect(seen(wanted, [], [], { name: 'a,b!=c' })).rejects.toMatchObject({ code: 'bad-input' });
  });
});
