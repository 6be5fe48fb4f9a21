import type { Step, StepEnvironment } from '../../step-kind.ts';
import { placeholdersIn } from '../placeholders.ts';
import { SETTING, type Settings, settingOr } from '../settings.ts';
import { WORKLOAD } from './names.ts';

/** What a service's runbooks do, and where it leads. */
export interface StepsOfService {
  environment: StepEnvironment;
  steps: readonly Step[];
}

/** One rule of a Role. */
export interface Right {
  /** API group; the core group is an empty text. */
  group: string;
  resource: string;
  verbs: readonly string[];
  /** Only these objects; all of the namespace without it. */
  names?: readonly string[];
  /** What needs it: `pods`, `rollout-restart`, `logs`. */
  for: readonly string[];
}

export interface NamespaceRights {
  namespace: string;
  /** Of the kubeconfig, where the connection names one. */
  context?: string;
  rights: readonly Right[];
}

interface Need {
  group: string;
  resource: string;
  verbs: readonly string[];
  name?: string | undefined;
}

const APPS = 'apps';
const POD_LIST: Need = { group: '', resource: 'pods', verbs: ['list'] };
const POD_LOGS: Need = { group: '', resource: 'pods/log', verbs: ['get'] };
/** Over a WebSocket the API server asks for `get`, and newer ones for `create` as well. */
const EXEC: readonly Need[] = [POD_LIST, { group: '', resource: 'pods/exec', verbs: ['create', 'get'] }];

/** What each input of the kubernetes kind asks of the API server, by its key. */
const NEEDS: Readonly<Record<string, (given: string) => readonly Need[]>> = {
  pods: () => [POD_LIST],
  rollout: (of) => [workload(of, ['get'])],
  services: (wanted) => [
    {
      group: '',
      resource: 'services',
      verbs: ['list'],
      name: /[=!(,\s]/.test(wanted) ? undefined : literal(wanted),
    },
    { group: 'discovery.k8s.io', resource: 'endpointslices', verbs: ['list'] },
  ],
  events: (selector) => [
    { group: '', resource: 'events', verbs: ['list'] },
    ...(selector === 'true' ? [] : ABOUT),
  ],
  'rollout-restart': (of) => [workload(of, ['get', 'patch']), ...heldPods(of)],
  scale: (of) => [workload(of, ['get']), workload(of, ['patch'], '/scale')],
  'rollout-undo': (of) => [
    workload(of, ['get', 'patch']),
    ...heldPods(of),
    {
      group: APPS,
      resource: of.startsWith('deployment/') ? 'replicasets' : 'controllerrevisions',
      verbs: ['list'],
    },
  ],
  'delete-pod': (name) => [{ group: '', resource: 'pods', verbs: ['delete', 'get'], name: literal(name) }],
  job: (name) => [
    { group: 'batch', resource: 'cronjobs', verbs: ['get'], name: literal(name) },
    { group: 'batch', resource: 'jobs', verbs: ['create', 'get'] },
    POD_LIST,
    POD_LOGS,
  ],
};

/** Whom the events of a selector are about. */
const ABOUT: readonly Need[] = [
  POD_LIST,
  ...['replicasets', 'statefulsets', 'daemonsets'].map((resource) => ({
    group: APPS,
    resource,
    verbs: ['list'],
  })),
];

/**
 * The rights in Kubernetes that are just enough for these steps, by namespace. Pure. An object that a step names is the
 * only one; where a parameter names it, or a selector, it is all of the namespace.
 */
export function rightsOf(services: readonly StepsOfService[], settings: Settings = {}): NamespaceRights[] {
  const places = new Map<string, { namespace: string; context?: string; needs: [Need, string][] }>();
  for (const { environment, steps } of services) {
    for (const step of steps) {
      const { connection = '', what = '', needs = [] } = usedBy(environment, step) ?? {};
      const place = placeOf(environment, connection, settings);
      const key = JSON.stringify(place);
      const known = places.get(key) ?? { ...place, needs: [] };
      known.needs.push(...needs.map((need): [Need, string] => [need, what]));
      if (needs.length > 0) places.set(key, known);
    }
  }
  return [...places.values()]
    .map(({ needs, ...place }) => ({ ...place, rights: rightsFor(needs) }))
    .sort((a, b) => a.namespace.localeCompare(b.namespace));
}

interface Use {
  /** Name of a kubernetes connection. */
  connection: string;
  what: string;
  needs: readonly Need[];
}

function usedBy({ connections, targets }: StepEnvironment, { kind, input }: Step): Use | undefined {
  const asked = input as Readonly<Record<string, unknown>>;
  const connection = String(asked.connection ?? 'kubernetes');
  const what = Object.keys(NEEDS).find((key) => key in asked);
  if (kind === 'kubernetes' && what)
    return { connection, what, needs: NEEDS[what]?.(String(asked[what])) ?? [] };
  if (kind === 'logs' && 'pods' in asked) return { connection, what: kind, needs: [POD_LIST, POD_LOGS] };
  const own = connections[String(asked.connection ?? kind)] as { target?: string } | undefined;
  const target = targets[String(asked.on ?? own?.target)] as
    | { pod?: string; connection?: string }
    | undefined;
  if (target?.pod === undefined) return undefined;
  return { connection: target.connection ?? 'kubernetes', what: kind, needs: EXEC };
}

function placeOf({ connections }: StepEnvironment, name: string, settings: Settings) {
  const { namespace = '', context } = (connections[name] ?? {}) as { namespace?: string; context?: string };
  return {
    namespace: filled(namespace, settings),
    ...(context ? { context: filled(context, settings) } : {}),
  };
}

/** A setting that is missing stays as it is written. */
function filled(text: string, settings: Settings): string {
  return text.replace(
    SETTING,
    (whole, name: string, otherwise?: string) => settingOr(name, otherwise, settings) ?? whole,
  );
}

function workload(of: string, verbs: readonly string[], subresource = ''): Need {
  const [, kind, name = ''] = WORKLOAD.exec(of) ?? [];
  return { group: APPS, resource: `${kind}s${subresource}`, verbs, name: literal(name) };
}

/** What holds up the rollout of a StatefulSet is deleted. */
function heldPods(of: string): Need[] {
  return of.startsWith('statefulset/') ? [{ group: '', resource: 'pods', verbs: ['delete', 'list'] }] : [];
}

function literal(name: string): string | undefined {
  return placeholdersIn(name).length === 0 ? name : undefined;
}

/** One verb at a time, since one may be needed on all objects and another only on some; then what is alike together. */
function rightsFor(needs: readonly [Need, string][]): Right[] {
  const byVerb = Map.groupBy(
    needs.flatMap(([need, what]) => need.verbs.map((verb) => ({ ...need, verb, what }))),
    ({ group, resource, verb }) => JSON.stringify([group, resource, verb]),
  );
  const single = [...byVerb.values()].map((all) => {
    const [{ group, resource, verb }] = all as [(typeof all)[number]];
    const named = all.flatMap(({ name }) => name ?? []);
    const names = named.length === all.length ? sorted(named) : undefined;
    return { group, resource, verb, names, for: sorted(all.map(({ what }) => what)) };
  });
  const alike = Map.groupBy(single, ({ verb: _, for: __, ...rest }) => JSON.stringify(rest));
  return [...alike.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, all]) => together(all));
}

function together(
  all: readonly {
    group: string;
    resource: string;
    verb: string;
    names: string[] | undefined;
    for: string[];
  }[],
): Right {
  const [{ group, resource, names }] = all as [(typeof all)[number]];
  return {
    ...{ group, resource, verbs: sorted(all.map(({ verb }) => verb)) },
    ...(names ? { names } : {}),
    for: sorted(all.flatMap((one) => one.for)),
  };
}

function sorted(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort();
}
