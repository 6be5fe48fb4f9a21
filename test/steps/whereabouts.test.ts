import { describe, expect, it } from '@jest/globals';
import type { Step, StepEnvironment } from '../../src/steps/step-kind.ts';
import { answered, listsWith } from './fakes/celery-broker.ts';
import { startHttp } from './fakes/http-server.ts';
import { podNamed, startKubernetes } from './fakes/kubernetes-api.ts';
import { startRedisWire } from './fakes/wire.ts';
import { closing, mayAct, serviceWith } from './harness.ts';

const OPTIONS = { parameters: {}, deadlineMs: 10_000 };
const ACTING = { ...OPTIONS, beforeEffect: mayAct };
const ELSEWHERE = 'a connection or a target of the service leads elsewhere now';

const setting = (name: string) => `\${${name}}`;

type Place = Pick<StepEnvironment, 'connections' | 'targets'>;

/** A plan that was made at one place and is looked at, or run, when the service's file names another. */
async function movedFrom(before: Partial<Place>, to: Partial<Place>, step: Step, settings = {}) {
  const { steps } = serviceWith({ settings });
  const at = (place: Partial<Place>) => ({ service: 'shop', connections: {}, targets: {}, ...place });
  const fingerprint = await steps.fingerprint(at(before), step, OPTIONS);
  return {
    fingerprint,
    drift: async (other = steps) =>
      other.drift(step, fingerprint, await other.fingerprint(at(to), step, OPTIONS)),
    perform: (other = steps) => other.perform(at(to), { ...step, fingerprint }, ACTING),
  };
}

describe('a plan whose service leads elsewhere by now is void:', () => {
  it('a purge of another broker', async () => {
    const broker = async () =>
      closing(await startRedisWire((argv) => answered(listsWith({ celery: 5 }), argv)));
    const at = ({ port }: { port: number }) => ({
      connections: {
        celery: { kind: 'celery', app: 'a.b:app', target: 'workers', broker: 'queue' },
        queue: { kind: 'redis', url: `redis://127.0.0.1:${port}/0` },
      },
      targets: { workers: { local: ['celery'] } },
    });
    const step = { kind: 'celery', input: { purge: true, queue: 'celery' } };
    const plan = await movedFrom(at(await broker()), at(await broker()), step);
    expect(await plan.drift()).toEqual([ELSEWHERE]);
  });

  it('a command in another folder, or with another environment, of this machine', async () => {
    const at = (cwd: string, context: string) => ({
      targets: { here: { local: ['helm'], cwd, environment: { HELM_KUBECONTEXT: context } } },
    });
    const step = { kind: 'command', input: { run: ['helm', 'rollback', 'shop'], on: 'here' } };
    const before = at('/srv/staging', 'staging');
    for (const other of [at('/srv/production', 'staging'), at('/srv/staging', 'production')])
      expect(await (await movedFrom(before, other, step)).drift()).toEqual([ELSEWHERE]);
  });

  it('a DELETE below another path of the same host, or for another tenant', async () => {
    const { url } = closing(await startHttp(() => ({})));
    const at = (path: string, tenant: string) => ({
      connections: { http: { kind: 'http', url: `${url}${path}`, headers: { 'x-tenant': tenant } } },
    });
    const step = { kind: 'http', input: { delete: '/orders' } };
    const before = at('/staging', 'a');
    for (const other of [at('/production', 'a'), at('/staging', 'b')])
      expect(await (await movedFrom(before, other, step)).drift()).toEqual([ELSEWHERE]);
  });

  it('and does not run, should that be seen only then', async () => {
    const server = closing(await startHttp(() => ({})));
    const at = (path: string) => ({ connections: { http: { kind: 'http', url: `${server.url}${path}` } } });
    const step = { kind: 'http', input: { delete: '/orders' } };
    const plan = await movedFrom(at('/staging'), at('/production'), step);
    await expect(plan.perform()).rejects.toMatchObject({
      code: 'conflict',
      message: `${ELSEWHERE}; nothing was done`,
    });
    expect(server.asked).toEqual([]);
  });
});

describe('a plan whose service leads to the same place', () => {
  const url = 'redis://127.0.0.1:1/0';
  const at = (url: string) => ({
    connections: {
      http: { kind: 'http', url: 'http://127.0.0.1:1', headers: { authorization: setting('TOKEN') } },
    },
    targets: { here: { local: ['true'], environment: { DATABASE_URL: url } } },
  });
  const step = { kind: 'command', input: { run: ['true'], on: 'here' } };

  it('holds when a secret was replaced, and tells nobody of any', async () => {
    const before = at('postgres://shop:horse@db/shop');
    const plan = await movedFrom(before, at('postgres://shop:stable@db/shop'), step, { TOKEN: 'one-token' });
    const later = serviceWith({ settings: { TOKEN: 'another-token' } });
    expect(await plan.drift(later.steps)).toEqual([]);
    await expect(plan.perform(later.steps)).resolves.toMatchObject({
      says: expect.stringContaining('ended well'),
    });
    expect(plan.fingerprint.at).toMatch(/^[0-9a-f]{64}$/);
  });

  it('holds where a setting is missing that it does not need', async () => {
    const place = { ...at(url), connections: { redis: { kind: 'redis', url: setting('NOWHERE') } } };
    expect(await (await movedFrom(place, place, step)).drift()).toEqual([]);
  });

  it('runs also when it was made before places were kept', async () => {
    const { steps, env } = serviceWith(at(url));
    const before = { substance: { command: 'true', target: 'here' } };
    expect(steps.drift(step, before, await steps.fingerprint(env, step, OPTIONS))).toEqual([]);
    await expect(steps.perform(env, { ...step, fingerprint: before }, ACTING)).resolves.toBeDefined();
  });
});

describe('a command in a pod', () => {
  it('is void when the pod was made anew under the same name, as those of a StatefulSet are', async () => {
    let uid = 'u1';
    const pod = podNamed('redis-0') as { metadata: object };
    const answer = () => ({ body: { items: [{ ...pod, metadata: { ...pod.metadata, uid } }] } });
    const cluster = closing(await startKubernetes({ answer }));
    const { steps, fingerprint } = serviceWith({
      connections: { kubernetes: cluster.connection },
      targets: { redis: { pod: 'app=redis' } },
    });
    const step = { kind: 'command', input: { run: ['redis-cli', 'FLUSHALL'], on: 'redis' } };
    const before = await fingerprint(step.kind, step.input);
    uid = 'u2';
    const now = await fingerprint(step.kind, step.input);
    expect(steps.drift(step, before, now)).toEqual(['pod changed from redis-0 u1 to redis-0 u2']);
  });
});

describe('a DELETE below the path of its connection', () => {
  it('is previewed and told with the path that is asked', async () => {
    const server = closing(await startHttp(() => ({})));
    const { preview, perform } = serviceWith({
      connections: { http: { kind: 'http', url: `${server.url}/production/` } },
    });
    const asked = { delete: '/orders' };
    expect((await preview('http', asked)).what).toMatch(/^DELETE \/production\/orders to 127\.0\.0\.1:/);
    expect((await perform('http', asked)).says).toMatch(/^DELETE \/production\/orders answered 200/);
    expect(server.asked[0]?.path).toBe('/production/orders');
  });
});
