import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { loadCatalogue } from '../../src/catalogue/load.ts';
import { SETTINGS } from '../../src/config.ts';
import { healthRoutes } from '../../src/http/health.ts';
import { stepKinds } from '../../src/steps/index.ts';
import { kubernetesRoles } from '../../src/steps/shared/kubernetes/roles.ts';

const ROOT = join(import.meta.dirname, '../..');

const probe = z.object({ httpGet: z.object({ path: z.string(), port: z.literal('http') }) });
const container = z.object({
  env: z.array(z.object({ name: z.string() })),
  ports: z.array(z.object({ name: z.string(), containerPort: z.number() })),
  startupProbe: probe,
  livenessProbe: probe,
  readinessProbe: probe,
  securityContext: z.object({
    allowPrivilegeEscalation: z.literal(false),
    readOnlyRootFilesystem: z.literal(true),
    capabilities: z.object({ drop: z.tuple([z.literal('ALL')]) }),
  }),
  volumeMounts: z.array(z.object({ name: z.string(), mountPath: z.string() })),
});
const deployment = z.object({
  spec: z.object({
    template: z.object({
      spec: z.object({
        securityContext: z.object({ runAsNonRoot: z.literal(true), runAsUser: z.literal(1_000) }),
        containers: z.tuple([container]),
        volumes: z.array(z.object({ name: z.string() })),
      }),
    }),
  }),
});

async function documents(file: string): Promise<{ kind: string }[]> {
  const parsed = parseAllDocuments(await readFile(join(ROOT, 'deploy', file), 'utf8'), {
    prettyErrors: true,
  });
  return parsed.map((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS();
  });
}

async function pod() {
  const found = (await documents('kubernetes.yml')).find(({ kind }) => kind === 'Deployment');
  return deployment.parse(found).spec.template.spec;
}

describe('deploy/kubernetes.yml', () => {
  it('sets only what is read', async () => {
    const { containers } = await pod();
    const unread = containers[0].env.map(({ name }) => name).filter((name) => !SETTINGS.includes(name));
    expect(unread).toEqual([]);
  });

  it('probes what is served', async () => {
    const [{ startupProbe, livenessProbe, readinessProbe }] = (await pod()).containers;
    const served = healthRoutes({ checks: {} }).map(({ path }) => path);
    expect([startupProbe, livenessProbe, readinessProbe].map((one) => one.httpGet.path)).toEqual([
      served[0],
      served[0],
      served[1],
    ]);
  });

  it('mounts every volume it has, and no other', async () => {
    const { containers, volumes } = await pod();
    expect(containers[0].volumeMounts.map(({ name }) => name)).toEqual(volumes.map(({ name }) => name));
  });

  it('keeps every secret out of the file', async () => {
    const text = await readFile(join(ROOT, 'deploy/kubernetes.yml'), 'utf8');
    const secret = /name: (?:\w*TOKEN|\w*SECRET|DATABASE_URL)\n\s+value: /;
    expect(text).not.toMatch(secret);
  });
});

describe('deploy/kubernetes-rights.yml', () => {
  it('is what `npm run runbooks -- rbac` makes of the catalogue', async () => {
    const { catalogue } = await loadCatalogue(join(ROOT, 'commands'), {}, stepKinds);
    const made = kubernetesRoles(catalogue?.services.values() ?? [], {});
    expect(await readFile(join(ROOT, 'deploy/kubernetes-rights.yml'), 'utf8')).toBe(`${made}\n`);
  });

  it('gives nothing beyond its namespaces, and no secrets', async () => {
    const kinds = new Set((await documents('kubernetes-rights.yml')).map(({ kind }) => kind));
    expect([...kinds]).toEqual(['Role', 'RoleBinding']);
    expect(await readFile(join(ROOT, 'deploy/kubernetes-rights.yml'), 'utf8')).not.toMatch(/secrets|\*/);
  });
});
