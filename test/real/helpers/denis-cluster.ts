import type { KubernetesCluster } from '../servers/kubernetes.ts';
import { until } from '../servers/process.ts';

// biome-ignore lint/suspicious/noExplicitAny: objects of Kubernetes, as tests write them
type KubernetesObject = any;

export const CORE = '/api/v1/namespaces/denis';
export const APPS = '/apis/apps/v1/namespaces/denis';
export const BATCH = '/apis/batch/v1/namespaces/denis';

/** A pod template; `fault` is what test/real/servers/kwok.yml makes of it. */
export function template(app: string, image: string, fault?: string): KubernetesObject {
  const labels = { app, ...(fault ? { fault } : {}) };
  return { metadata: { labels }, spec: { nodeName: 'node-0', containers: [{ name: app, image }] } };
}

function workload(app: string, image: string, spec: KubernetesObject = {}): KubernetesObject {
  return {
    metadata: { name: app, labels: { app } },
    spec: { selector: { matchLabels: { app } }, template: template(app, image), ...spec },
  };
}

function cronJob(name: string, fault?: string, spec: KubernetesObject = {}): KubernetesObject {
  const pod = template(name, 'backup:3', fault);
  return {
    metadata: { name },
    spec: {
      schedule: '0 3 1 1 *',
      jobTemplate: {
        spec: { backoffLimit: 0, template: { ...pod, spec: { ...pod.spec, restartPolicy: 'Never' } } },
      },
      ...spec,
    },
  };
}

/** Two releases of everything, a service that nothing stands behind, jobs that succeed and that fail. */
export async function fillDenis(cluster: KubernetesCluster): Promise<void> {
  const make = (path: string, object: KubernetesObject) => cluster.admin('POST', path, object);
  await make('/api/v1/namespaces', { metadata: { name: 'denis' } });
  await make(`${APPS}/deployments`, workload('web', 'web:1', { replicas: 2, progressDeadlineSeconds: 3 }));
  await make(`${APPS}/statefulsets`, workload('redis', 'redis:7', { replicas: 2, serviceName: 'redis' }));
  await make(`${APPS}/daemonsets`, workload('agent', 'agent:1'));
  await make(`${CORE}/pods`, {
    metadata: { name: 'alone', labels: { app: 'alone' } },
    spec: template('alone', 'alone:1').spec,
  });
  for (const app of ['web', 'bare'])
    await make(`${CORE}/services`, {
      metadata: { name: app, labels: { tier: 'front' } },
      spec: { selector: { app }, ports: [{ port: 80 }] },
    });
  await make(`${BATCH}/cronjobs`, cronJob('nightly'));
  await make(`${BATCH}/cronjobs`, cronJob('failing', 'fail'));
  await rolledOut(cluster, 'deployments/web', 'web:1');
  await rolledOut(cluster, 'statefulsets/redis', 'redis:7');
  await release(cluster, 'deployments/web', template('web', 'web:2'));
  await release(cluster, 'statefulsets/redis', template('redis', 'redis:8'));
  await rolledOut(cluster, 'deployments/web', 'web:2');
  await rolledOut(cluster, 'statefulsets/redis', 'redis:8');
}

export async function release(cluster: KubernetesCluster, of: string, pods: KubernetesObject): Promise<void> {
  await cluster.admin('PATCH', `${APPS}/${of}`, { spec: { template: pods } }, 'application/merge-patch+json');
}

/** Waits until every pod of a workload runs this image and is ready. */
export function rolledOut(cluster: KubernetesCluster, of: string, image: string): Promise<unknown> {
  return until(`${of} runs ${image}`, async () => {
    const { metadata, spec, status } = await cluster.admin('GET', `${APPS}/${of}`);
    return (
      spec.template.spec.containers[0].image === image &&
      status.observedGeneration === metadata.generation &&
      status.updatedReplicas === spec.replicas &&
      status.readyReplicas === spec.replicas &&
      status.replicas === spec.replicas
    );
  });
}
