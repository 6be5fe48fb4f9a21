import type { Step, StepEnvironment } from '../../step-kind.ts';
import type { Settings } from '../settings.ts';
import { type NamespaceRights, type Right, rightsOf } from './rights.ts';

/** As much of a service of the catalogue as it takes. */
export interface RunbooksOfService {
  environment: StepEnvironment;
  runbooks: ReadonlyMap<
    string,
    {
      checks: readonly { step: Step }[];
      actions: readonly { steps: readonly Step[]; preview?: Step }[];
    }
  >;
}

const HEAD = `# What Guardia may do in Kubernetes: just enough for the runbooks that it was made from, and nothing else.
# Made by \`npm run runbooks -- rbac\`; make it anew when the runbooks change.
`;

/** The Roles that are just enough for these services' runbooks, as YAML. Settings that are missing stay as written. */
export function kubernetesRoles(services: Iterable<RunbooksOfService>, settings: Settings): string {
  const used = [...services].map(({ environment, runbooks }) => ({
    environment,
    steps: [...runbooks.values()].flatMap(({ checks, actions }) => [
      ...checks.map(({ step }) => step),
      ...actions.flatMap(({ steps, preview }) => [...steps, ...(preview ? [preview] : [])]),
    ]),
  }));
  return rolesInYaml(rightsOf(used, settings));
}

/** A Role for each namespace, and its RoleBinding for the service account that Guardia runs as. */
export function rolesInYaml(places: readonly NamespaceRights[]): string {
  return (
    HEAD +
    places
      .flatMap((place) => [roleOf(place), bindingOf(place)])
      .join('---\n')
      .trimEnd()
  );
}

function roleOf({ namespace, context, rights }: NamespaceRights): string {
  return `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: guardia
  namespace: ${quoted(namespace)}${context ? ` # in the cluster of the context ${context}` : ''}
rules:
${rights.map(ruleOf).join('')}`;
}

function ruleOf({ group, resource, names, verbs, for: what }: Right): string {
  return [
    `  # ${what.join(', ')}`,
    `  - apiGroups: [${group === '' ? '""' : group}]`,
    `    resources: [${resource}]`,
    ...(names ? [`    resourceNames: [${names.map(quoted).join(', ')}]`] : []),
    `    verbs: [${verbs.join(', ')}]\n`,
  ].join('\n');
}

function bindingOf({ namespace }: NamespaceRights): string {
  return `apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: guardia
  namespace: ${quoted(namespace)}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: guardia
subjects:
  - kind: ServiceAccount
    name: guardia
    # The namespace that Guardia itself runs in.
    namespace: guardia
`;
}

/** A name that YAML could read as a number or a word of its own stands in quotes. */
function quoted(name: string): string {
  return /^[a-z][a-z0-9-]*$/.test(name) && !/^(true|false|null|yes|no|on|off|y|n)$/.test(name)
    ? name
    : JSON.stringify(name);
}
