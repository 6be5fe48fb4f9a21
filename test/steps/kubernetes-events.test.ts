import { describe, expect, it } from '@jest/globals';
import type { KubernetesAnswer } from './fakes/kubernetes-api.ts';
import { clusterWith, type KubernetesObject } from './fakes/kubernetes-objects.ts';

const MINUTE = 60_000;

function ago(minutes: number): string {
  return new Date(Date.now() - minutes * MINUTE).toISOString();
}

function warning(
  object: string,
  {
    minutes = 1,
    reason = 'BackOff',
    message = 'Back-off restarting failed container',
    count = 1,
    ...more
  }: KubernetesObject = {},
) {
  const [kind, name] = object.split(' ');
  return {
    metadata: { creationTimestamp: ago(600) },
    involvedObject: { kind, name },
    reason,
    message,
    count,
    lastTimestamp: ago(minutes),
    ...more,
  };
}

interface Held {
  events: unknown[];
  pods?: string[];
  replicasets?: string[];
  statefulsets?: string[];
}

/** Two events a page, so that pages are turned. */
async function seen(held: Held, input: Record<string, unknown> = { events: true }) {
  const { observe, calls } = await clusterWith({}, ({ path, query }): KubernetesAnswer => {
    const resource = path.split('/').at(-1) as keyof Held;
    if (resource !== 'events')
      return { body: { items: (held[resource] ?? []).map((name) => ({ metadata: { name } })) } };
    const from = Number(query.get('continue') ?? 0);
    const rest = from + 2 < held.events.length ? { continue: String(from + 2) } : {};
    return { body: { metadata: rest, items: held.events.slice(from, from + 2) } };
  });
  return { ...(await observe('kubernetes', input)), calls };
}

describe('events', () => {
  it('are warnings of the last minutes, the newest first, also of later pages', async () => {
    const { value, says, evidence, calls } = await seen({
      events: [
        warning('Pod redis-0', { minutes: 3, count: 45 }),
        warning('Pod old-0', { minutes: 11 }),
        warning('ReplicaSet web-7d4c9', {
          reason: 'FailedCreate',
          message: 'exceeded quota\nmore',
          minutes: 2,
        }),
      ],
    });
    expect(value).toBe(2);
    expect(says).toBe(
      '2 warnings: web-7d4c9 FailedCreate, exceeded quota; redis-0 BackOff 45 times, Back-off restarting failed container',
    );
    expect(evidence[1]?.text).toMatch(
      /^\d\d:\d\d:\d\d UTC ReplicaSet web-7d4c9 FailedCreate, exceeded quota\n\d\d:/,
    );
    expect(calls[0]?.query.get('fieldSelector')).toBe('type=Warning');
  });

  it('may go further back', async () => {
    const events = [warning('Pod old-0', { minutes: 50 })];
    expect((await seen({ events }, { events: true, since: '1h' })).value).toBe(1);
    expect(await seen({ events })).toMatchObject({ value: 0, says: 'no warning in the last 10m' });
  });

  it.each<[string, KubernetesObject]>([
    ['a series', { lastTimestamp: null, series: { count: 7, lastObservedTime: ago(1) } }],
    ['microseconds', { lastTimestamp: null, eventTime: ago(1).replace('Z', '123Z') }],
    ['its making alone', { lastTimestamp: null, metadata: { creationTimestamp: ago(1) } }],
  ])('that tell their time by %s are seen', async (_, time) => {
    expect((await seen({ events: [warning('Pod a', time)] })).value).toBe(1);
  });

  it('of a selector are about its pods, what makes them, and pods of that which are gone', async () => {
    const { value, calls } = await seen(
      {
        events: [
          warning('Pod redis-0'),
          warning('Pod redis-9'),
          warning('StatefulSet redis', { reason: 'FailedCreate' }),
          warning('Pod web-7d4c9-gone1'),
          warning('ReplicaSet web-7d4c9'),
          warning('Pod redis-exporter-x2x'),
          warning('Pod other'),
        ],
        pods: ['redis-0'],
        statefulsets: ['redis'],
        replicasets: ['web-7d4c9'],
      },
      { events: 'app=redis', since: '10m' },
    );
    expect(value).toBe(5);
    const listed = calls.filter(({ query }) => query.get('labelSelector') === 'app=redis');
    expect(listed.map(({ path }) => path.split('/').at(-1)).sort()).toEqual([
      'daemonsets',
      'pods',
      'replicasets',
      'statefulsets',
    ]);
  });

  it('that are many are summed up', async () => {
    const events = Array.from({ length: 60 }, (_, n) => warning(`Pod web-${n}`));
    const { says, evidence } = await seen({ events });
    expect(says).toMatch(/^60 warnings: .*; and 57 more$/);
    expect(evidence[1]?.text.split('\n')).toHaveLength(51);
  });

  it.each([{ events: true, since: 'yesterday' }, { events: false }, { events: '' }])(
    'are not looked for with %j',
    async (input) => {
      await expect(seen({ events: [] }, input)).rejects.toMatchObject({ code: 'bad-input' });
    },
  );
});
