import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { type NamespaceRights, type Right, rightsOf } from '../../../src/steps/shared/kubernetes/rights.ts';
import { rolesInYaml } from '../../../src/steps/shared/kubernetes/roles.ts';
import type { Step, StepEnvironment } from '../../../src/steps/step-kind.ts';
import { mayAct, serviceWith } from '../../steps/harness.ts';
import { fillDenis } from '../helpers/denis-cluster.ts';
import { BUILD_MS } from '../servers/built-once.ts';
import { type KubernetesCluster, startKubernetesCluster } from '../servers/kubernetes.ts';
import { until } from '../servers/process.ts';

const ROLES = '/apis/rbac.authorization.k8s.io/v1/namespaces/denis';
const USER = 'system:serviceaccount:guardia:guardia';
const LOOKS = ['pods', 'rollout', 'services', 'events'];

function step(input: Record<string, unknown>, kind = 'kubernetes'): Step {
  return { kind, input };
}

/** All that a catalogue can ask of Kubernetes. */
const STEPS: readonly Step[] = [
  step({ pods: 'app=web' }),
  step({ rollout: 'deployment/web' }),
  step({ rollout: 'statefulset/redis' }),
  step({ services: 'web' }),
  step({ events: 'app=web' }),
  step({ 'rollout-restart': 'deployment/web' }),
  step({ 'rollout-restart': 'daemonset/agent' }),
  step({ scale: 'statefulset/redis', replicas: 2 }),
  step({ 'rollout-undo': 'deployment/web' }),
  step({ 'rollout-undo': 'statefulset/redis' }),
  step({ 'delete-pod': '{pod}' }),
  step({ job: 'nightly' }),
  step({ pods: 'app=web', tail: 5 }, 'logs'),
  step({ run: ['true'], on: 'web' }, 'command'),
];

let cluster: KubernetesCluster;
let service: ReturnType<typeof serviceWith>;
let environment: StepEnvironment;
let place: NamespaceRights;

beforeAll(async () => {
  cluster = await startKubernetesCluster({ logs: { web: ['hello'], nightly: ['done'] } });
  await fillDenis(cluster);
  await cluster.admin('POST', '/api/v1/namespaces', { metadata: { name: 'guardia' } });
  const accounts = '/api/v1/namespaces/guardia/serviceaccounts';
  await cluster.admin('POST', accounts, { metadata: { name: 'guardia' } });
  const { status } = await cluster.admin('POST', `${accounts}/guardia/token`, { spec: {} });
  const kubeconfig = cluster.kubeconfigFor(status.token);
  const connections = { kubernetes: { kind: 'kubernetes', namespace: 'denis', kubeconfig } };
  environment = { service: 'denis', connections, targets: { web: { pod: 'app=web' } } };
}, BUILD_MS);

beforeEach(() => {
  service = serviceWith(environment);
});

afterAll(() => cluster?.stop());

/** As a check or a flow does it. */
async function run(one: Step): Promise<void> {
  const options = { parameters: { pod: 'redis-0' }, deadlineMs: 30_000 };
  const input = one.input as Record<string, unknown>;
  if (one.kind !== 'kubernetes' || LOOKS.some((look) => look in input)) {
    await service.steps.observe(environment, one, options);
    return;
  }
  await service.steps.preview(environment, one, options);
  const fingerprint = await service.steps.fingerprint(environment, one, options);
  await service.steps.perform(environment, { ...one, fingerprint } as Step, {
    ...options,
    beforeEffect: mayAct,
  });
}

async function isAllowed({ group, resource: full, names }: Right, verb: string): Promise<boolean> {
  const [resource, subresource] = full.split('/');
  const attributes = { namespace: 'denis', verb, group, resource, subresource, name: names?.[0] };
  const body = { spec: { user: USER, resourceAttributes: attributes } };
  return (await cluster.admin('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', body)).status
    .allowed;
}

describe('a role that is made from the catalogue', () => {
  it('denies everything until it is there', async () => {
    for (const one of STEPS)
      await expect(run(one)).rejects.toMatchObject({ message: expect.stringMatching(/^Guardia may not /) });
  });

  it('is just enough: everything works, and nothing beyond it', async () => {
    [place] = rightsOf([{ environment, steps: STEPS }]) as [NamespaceRights];
    const [role, binding] = parseAllDocuments(rolesInYaml([place])).map((document) => document.toJS());
    await cluster.admin('POST', `${ROLES}/roles`, role);
    await cluster.admin('POST', `${ROLES}/rolebindings`, binding);
    for (const right of place.rights)
      for (const verb of right.verbs) await until(`${verb} ${right.resource}`, () => isAllowed(right, verb));
    for (const one of STEPS) await run(one);
    await expect(run(step({ 'rollout-restart': 'deployment/other' }))).rejects.toThrow(
      'Guardia may not get deployments in denis: give its role the verb get on deployments',
    );
    await expect(run(step({ services: 'tier=front' }))).rejects.toThrow(/may not list services/);
  });

  it('with any verb less makes an error that names the verb', async () => {
    const path = `${ROLES}/roles/guardia`;
    const whole = await cluster.admin('GET', path);
    const told: string[] = [];
    for (const [index, right] of place.rights.entries()) {
      for (const verb of right.verbs) {
        // This API server does not ask for it yet.
        if (right.resource === 'pods/exec' && verb === 'create') continue;
        const rules = whole.rules.map((rule: { verbs: string[] }, at: number) =>
          at === index ? { ...rule, verbs: rule.verbs.filter((other) => other !== verb) } : rule,
        );
        await cluster.admin('PUT', path, {
          ...whole,
          rules: rules.filter(({ verbs }: { verbs: string[] }) => verbs.length > 0),
          metadata: { name: 'guardia', namespace: 'denis' },
        });
        await until(`no ${verb} ${right.resource}`, async () => !(await isAllowed(right, verb)));
        const said = await Promise.all(STEPS.filter((one) => right.for.includes(nameOf(one))).map(errorOf));
        expect(said).toContain(sentence(right, verb));
        told.push(`${verb} ${right.resource}`);
      }
    }
    expect(told.length).toBeGreaterThan(20);
  });
});

function nameOf({ kind, input }: Step): string {
  return kind === 'kubernetes' ? (Object.keys(input as object)[0] ?? '') : kind;
}

function errorOf(one: Step): Promise<string> {
  return run(one).then(
    () => '',
    (error: Error) => error.message,
  );
}

function sentence({ resource }: Right, verb: string): string {
  if (resource === 'pods/exec')
    return 'Guardia may not run commands in pods: give its role the verbs create and get on pods/exec';
  return `Guardia may not ${verb} ${resource} in denis: give its role the verb ${verb} on ${resource}`;
}
