import { z } from 'zod';
import type { Observation, Parameters } from '../../step-kind.ts';
import { counted } from '../text.ts';
import { type Cluster, listKubernetes, pathIn } from './client.ts';
import { objectNamed, selectorOf } from './names.ts';

const OF_SERVICE = 'kubernetes.io/service-name';
const MOST_SHOWN = 50;
const MOST_DESCRIBED = 3;

const service = z.object({
  metadata: z.object({ name: z.string() }),
  spec: z.object({ type: z.string().default('ClusterIP') }).prefault({}),
});
const endpoint = z.object({
  addresses: z.array(z.string()).default([]),
  /** Absent means ready. */
  conditions: z.object({ ready: z.boolean().nullish() }).nullish(),
  targetRef: z.object({ kind: z.string().default(''), name: z.string().default('') }).nullish(),
});
const slice = z.object({
  metadata: z.object({ labels: z.record(z.string(), z.string()).default({}) }),
  endpoints: z.array(endpoint).nullish(),
});

type Service = z.output<typeof service>;
type Endpoint = z.output<typeof endpoint>;
type Slice = z.output<typeof slice>;

interface Backed {
  name: string;
  ready: number;
  notReady: number;
  /** A name for a host elsewhere has no endpoints, and lacks none. */
  elsewhere: boolean;
}

/** A service by its name, or those that a label selector matches, and what stands behind each. */
export async function observeServices(
  cluster: Cluster,
  template: string,
  parameters: Parameters,
): Promise<Observation> {
  const wanted = wantedServices(template, parameters);
  const { items: services, more } = await listed(cluster, 'v1', 'services', wanted.query, service);
  const slices = { labelSelector: wanted.slices };
  const { items } = await listed(cluster, 'discovery.k8s.io/v1', 'endpointslices', slices, slice);
  const backed = services.map((one) => backing(one, items));
  const endpoints = backed.reduce((total, { ready }) => total + ready, 0);
  const lines = backed.slice(0, MOST_SHOWN).map(described).join('\n');
  return {
    value: { services: services.length, endpoints, without_endpoints: backed.filter(isBare).length },
    says: inWords(backed, wanted.what) + (more ? ` (of the first ${services.length})` : ''),
    evidence: [
      { label: 'Kubernetes', text: `${wanted.what} in ${cluster.connection.namespace}` },
      ...(lines ? [{ label: 'Services', text: lines }] : []),
    ],
  };
}

/** A selector has an operator in it; a name, also one that is a parameter, has none. */
function wantedServices(template: string, parameters: Parameters) {
  if (/[=!(,\s]/.test(template)) {
    const labelSelector = selectorOf(template, parameters);
    return { what: `services with ${labelSelector}`, query: { labelSelector }, slices: OF_SERVICE };
  }
  const name = objectNamed(template, parameters);
  const query = { fieldSelector: `metadata.name=${name}` };
  return { what: `service ${name}`, query, slices: `${OF_SERVICE}=${name}` };
}

function listed<T>(
  cluster: Cluster,
  group: string,
  resource: string,
  query: Readonly<Record<string, string>>,
  schema: z.ZodType<T>,
) {
  return listKubernetes(cluster, { path: pathIn(cluster.connection, group, resource), query }, schema);
}

function backing({ metadata: { name }, spec }: Service, slices: readonly Slice[]): Backed {
  const own = slices.filter(({ metadata }) => metadata.labels[OF_SERVICE] === name);
  const endpoints = own.flatMap((one) => one.endpoints ?? []);
  const ready = namesOf(endpoints.filter(isReady));
  const notReady = namesOf(endpoints).size - ready.size;
  return { name, ready: ready.size, notReady, elsewhere: spec.type === 'ExternalName' };
}

function isReady({ conditions }: Endpoint): boolean {
  return conditions?.ready !== false;
}

/** A pod with two addresses stands in two slices and is one endpoint. */
function namesOf(endpoints: readonly Endpoint[]): Set<string> {
  return new Set(
    endpoints.map(({ targetRef, addresses }) =>
      targetRef?.name ? `${targetRef.kind} ${targetRef.name}` : addresses.join(' '),
    ),
  );
}

function isBare({ ready, elsewhere }: Backed): boolean {
  return ready === 0 && !elsewhere;
}

function inWords(backed: readonly Backed[], what: string): string {
  if (backed.length === 0) return `there is no ${what.replace(/^services/, 'service')}`;
  const bare = backed.filter(isBare);
  const rest = bare.length - MOST_DESCRIBED;
  if (bare.length > 0)
    return [...bare.slice(0, MOST_DESCRIBED).map(described), ...(rest > 0 ? [`and ${rest} more`] : [])].join(
      '; ',
    );
  const endpoints = backed.reduce((total, { ready }) => total + ready, 0);
  return `${counted(endpoints, 'ready endpoint')} behind ${counted(backed.length, 'service')}`;
}

/** `denis-websocket has no ready endpoint, 2 not ready` */
function described({ name, ready, notReady, elsewhere }: Backed): string {
  if (elsewhere) return `${name} is a name for a host elsewhere`;
  const has = ready === 0 ? 'has no ready endpoint' : `has ${counted(ready, 'ready endpoint')}`;
  return `${name} ${has}${notReady > 0 ? `, ${notReady} not ready` : ''}`;
}
