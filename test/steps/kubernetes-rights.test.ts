import { describe, expect, it } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { kubernetes } from '../../src/steps/kubernetes.ts';
import { type Right, rightsOf } from '../../src/steps/shared/kubernetes/rights.ts';
import { kubernetesRoles, rolesInYaml } from '../../src/steps/shared/kubernetes/roles.ts';
import type { Step, StepEnvironment } from '../../src/steps/step-kind.ts';
import { type KubernetesCall, podNamed } from './fakes/kubernetes-api.ts';
import {
  APPS,
  BATCH,
  CORE,
  clusterWith,
  podOfSet,
  settling,
  template,
  workload,
} from './fakes/kubernetes-objects.ts';

const CONNECTIONS = { kubernetes: { kind: 'kubernetes', namespace: 'denis' } };

function rights(inputs: readonly unknown[], environment: Partial<StepEnvironment> = {}, settings = {}) {
  const steps = inputs.map((input): Step => (isStep(input) ? input : { kind: 'kubernetes', input }));
  const service = { service: 'denis', connections: CONNECTIONS, targets: {}, ...environment };
  return rightsOf([{ environment: service, steps }], settings);
}

/** As a service's file names a setting. */
function setting(name: string): string {
  return `\${${name}}`;
}

function isStep(input: unknown): input is Step {
  return typeof input === 'object' && input !== null && 'kind' in input;
}

/** `list pods`, `patch deployments/scale`: one line for each verb. */
function lines(all: readonly Right[] | undefined): string[] {
  return (all ?? []).flatMap(({ verbs, resource }) => verbs.map((verb) => `${verb} ${resource}`)).sort();
}

const LOOKS = [
  { pods: 'app=denis' },
  { rollout: 'deployment/denis' },
  { services: 'denis' },
  { services: 'app=denis' },
  { events: true },
  { events: 'app=denis' },
];
const ACTS = [
  { 'rollout-restart': 'statefulset/redis' },
  { scale: 'deployment/denis', replicas: 3 },
  { 'rollout-undo': 'deployment/denis' },
  { 'rollout-undo': 'statefulset/redis' },
  { 'delete-pod': 'denis-1' },
  { job: 'nightly' },
];

describe('the rights of a step', () => {
  it.each([...LOOKS, ...ACTS])('are exactly what it asks of the API server: %j', async (input) => {
    const { calls, ...service } = await cluster();
    if (LOOKS.includes(input as never)) await service.observe('kubernetes', input);
    else {
      await service.preview('kubernetes', input);
      await service.fingerprint('kubernetes', input);
      await service.perform('kubernetes', input);
    }
    const [place] = rights([input]);
    expect(lines(place?.rights)).toEqual([...new Set(calls.map(asked))].sort());
  });

  it('are known for every input that the kind takes', () => {
    const options = (kubernetes.input as unknown as { options: { shape: object }[] }).options;
    const keys = options.map(({ shape }) => Object.keys(shape)[0]);
    expect(keys).toEqual([...new Set([...LOOKS, ...ACTS].map((input) => Object.keys(input)[0]))]);
  });
});

/** As the API server's authorizer reads a request. */
function asked({ method, path }: KubernetesCall): string {
  const [resource = '', name, subresource] = path.split('/namespaces/denis/')[1]?.split('/') ?? [];
  const verbs: Record<string, string> = {
    GET: name ? 'get' : 'list',
    POST: 'create',
    PATCH: 'patch',
    DELETE: 'delete',
  };
  return `${verbs[method]} ${subresource ? `${resource}/${subresource}` : resource}`;
}

/** One in which each of the steps can be done. */
function cluster() {
  const owner = { ownerReferences: [{ uid: 'u-1' }] };
  const settle = settling(2);
  const one = podNamed('denis-1');
  const pod = { ...one, metadata: { ...one.metadata, uid: 'p-1', resourceVersion: '1' } };
  return clusterWith(
    {
      [`${APPS}/deployments/denis`]: workload(),
      [`${APPS}/statefulsets/redis`]: workload({ name: 'redis' }),
      ...Object.fromEntries(
        [1, 2].flatMap((revision) => [
          [
            `${APPS}/replicasets/denis-${revision}`,
            {
              metadata: {
                name: `denis-${revision}`,
                annotations: { 'deployment.kubernetes.io/revision': String(revision) },
                ...owner,
              },
              spec: { template: template(`denis:${revision}`) },
            },
          ],
          [
            `${APPS}/controllerrevisions/redis-${revision}`,
            {
              metadata: { name: `redis-${revision}`, ...owner },
              revision,
              data: { spec: { template: template('redis') } },
            },
          ],
        ]),
      ),
      [`${CORE}/services/denis`]: { metadata: { name: 'denis' } },
      [`${CORE}/pods/denis-1`]: pod,
      [`${CORE}/pods/redis-0`]: podOfSet('redis', 0, { ready: false, revision: 'old' }),
      [`${BATCH}/cronjobs/nightly`]: {
        metadata: { name: 'nightly', uid: 'c-1' },
        spec: { jobTemplate: { spec: { template: template('backup:3') } } },
      },
    },
    (call, objects) => {
      if (call.path.endsWith('/log')) return { text: 'done\n' };
      const job = call.method === 'GET' && call.path.startsWith(`${BATCH}/jobs/`) && objects.get(call.path);
      if (!job) return settle(call, objects);
      return { body: { ...job, status: { conditions: [{ type: 'Complete', status: 'True' }] } } };
    },
  );
}

describe('the rights of a catalogue', () => {
  it('are of the objects that its steps name, and of all where one is named by a parameter', () => {
    const [place] = rights([
      { 'rollout-restart': 'deployment/denis' },
      { 'rollout-restart': 'deployment/workers' },
      { rollout: 'deployment/{name}' },
      { scale: 'deployment/workers', replicas: '{n}' },
    ]);
    expect(place).toEqual({
      namespace: 'denis',
      rights: [
        {
          group: 'apps',
          resource: 'deployments',
          verbs: ['patch'],
          names: ['denis', 'workers'],
          for: ['rollout-restart'],
        },
        {
          group: 'apps',
          resource: 'deployments',
          verbs: ['get'],
          for: ['rollout', 'rollout-restart', 'scale'],
        },
        {
          group: 'apps',
          resource: 'deployments/scale',
          verbs: ['patch'],
          names: ['workers'],
          for: ['scale'],
        },
      ],
    });
  });

  it('are those of pods that commands run in and logs come from, too', () => {
    const environment = {
      connections: {
        ...CONNECTIONS,
        blue: { kind: 'kubernetes', namespace: 'blue' },
        celery: { kind: 'celery', app: 'tasks', target: 'workers' },
      },
      targets: {
        workers: { pod: 'app=workers' },
        tools: { pod: 'app=tools', connection: 'blue' },
        here: { local: ['psql'] },
      },
    };
    const places = rights(
      [
        { kind: 'celery', input: { inspect: 'ping' } },
        { kind: 'command', input: { run: ['x'], on: 'tools' } },
        { kind: 'command', input: { run: ['psql'], on: 'here' } },
        { kind: 'logs', input: { pods: 'app=web', connection: 'blue' } },
        { kind: 'logs', input: { container: 'web' } },
        { kind: 'prometheus', input: { query: 'up' } },
      ],
      environment,
    );
    expect(places.map(({ namespace, rights: all }) => [namespace, lines(all)])).toEqual([
      ['blue', ['create pods/exec', 'get pods/exec', 'get pods/log', 'list pods']],
      ['denis', ['create pods/exec', 'get pods/exec', 'list pods']],
    ]);
  });

  it('stand together where services share a namespace, which a setting may name', () => {
    const connections = {
      kubernetes: { kind: 'kubernetes', namespace: setting('SPACE:-shared'), context: setting('CLUSTER') },
    };
    const of = (input: unknown) => ({
      environment: { service: 'x', connections, targets: {} },
      steps: [{ kind: 'kubernetes', input }],
    });
    const services = [of({ pods: 'a=b' }), of({ 'delete-pod': '{pod}' })];
    expect(rightsOf(services, { CLUSTER: 'east' })).toEqual([
      {
        namespace: 'shared',
        context: 'east',
        rights: [
          { group: '', resource: 'pods', verbs: ['delete', 'get', 'list'], for: ['delete-pod', 'pods'] },
        ],
      },
    ]);
    expect(rightsOf(services, { SPACE: 'other' })).toMatchObject([
      { namespace: 'other', context: setting('CLUSTER') },
    ]);
  });

  it('of a catalogue without Kubernetes are none', () => {
    expect(rights([{ kind: 'prometheus', input: { query: 'up' } }])).toEqual([]);
  });
});

describe('as YAML', () => {
  it('are those of every check, preview and step of the runbooks', () => {
    const step = (input: unknown): Step => ({ kind: 'kubernetes', input });
    const runbook = {
      checks: [{ step: step({ events: true }) }],
      actions: [{ steps: [step({ 'delete-pod': 'a' })], preview: step({ services: 'a=b' }) }],
    };
    const environment = { service: 'denis', connections: CONNECTIONS, targets: {} };
    const [role] = parseAllDocuments(
      kubernetesRoles([{ environment, runbooks: new Map([['one', runbook]]) }], {}),
    );
    const rules: { resources: string[] }[] = role?.toJS().rules;
    expect(rules.flatMap(({ resources }) => resources)).toEqual([
      'events',
      'pods',
      'services',
      'endpointslices',
    ]);
  });

  it('are a Role and its RoleBinding for each namespace, whatever their names look like', () => {
    const text = rolesInYaml([
      {
        namespace: '007',
        context: 'east',
        rights: [{ group: '', resource: 'pods', verbs: ['list'], for: ['pods'] }],
      },
      {
        namespace: 'denis',
        rights: [
          { group: 'apps', resource: 'deployments', verbs: ['get'], names: ['on', 'a.b'], for: ['rollout'] },
        ],
      },
    ]);
    const documents = parseAllDocuments(text);
    expect(documents.flatMap(({ errors }) => errors)).toEqual([]);
    const all = documents.map((document) => document.toJS());
    expect(all).toMatchObject([
      {
        kind: 'Role',
        metadata: { name: 'guardia', namespace: '007' },
        rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['list'] }],
      },
      { kind: 'RoleBinding', metadata: { namespace: '007' }, roleRef: { kind: 'Role', name: 'guardia' } },
      {
        kind: 'Role',
        rules: [
          { apiGroups: ['apps'], resources: ['deployments'], resourceNames: ['on', 'a.b'], verbs: ['get'] },
        ],
      },
      { kind: 'RoleBinding', subjects: [{ kind: 'ServiceAccount', name: 'guardia', namespace: 'guardia' }] },
    ]);
  });
});
