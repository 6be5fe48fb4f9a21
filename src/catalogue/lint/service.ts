import type { Located } from '../document.ts';
import { problemsOfShape } from '../issues.ts';
import { meant } from '../nearest.ts';
import type { Problem } from '../problem.ts';
import { durationMs, type Policy, type ServiceFile } from '../schema.ts';
import type { StepKinds } from './context.ts';
import { unknownRole } from './references.ts';

export interface ServiceContext {
  document: Located;
  service: ServiceFile;
  kinds: StepKinds;
}

export function lintService(context: ServiceContext): Problem[] {
  const { document, service } = context;
  const roles = Object.keys(service.roles);
  const policy = service.approval?.destructive;
  return [
    ...unknownRole({ document }, ['owner'], service.owner, roles),
    ...(policy ? lintPolicy(context, policy, roles) : []),
    ...lintConnections(context),
  ];
}

function lintPolicy({ document }: ServiceContext, policy: Policy, roles: readonly string[]): Problem[] {
  const path = ['approval', 'destructive'];
  const never = (['expires', 'begin-within'] as const).filter((key) => durationMs(policy[key]) === 0);
  return [
    ...policy.by.flatMap((name, index) => unknownRole({ document }, [...path, 'by', index], name, roles)),
    ...never.map((key) =>
      document.problem(
        'policy-unmeetable',
        [...path, key],
        `"${key}" of nothing ends every request at once`,
        'give people time, such as 15m',
      ),
    ),
  ];
}

/** A value that a setting gives is judged when the setting is known, so here only the rest is. */
function lintConnections({ document, service, kinds }: ServiceContext): Problem[] {
  return Object.entries(service.connections ?? {}).flatMap(([name, connection]) => {
    const { kind } = connection;
    const path = ['connections', name];
    const schema = Object.hasOwn(kinds, kind) ? kinds[kind]?.connection : undefined;
    if (!schema) {
      const known = Object.keys(kinds).filter((one) => kinds[one]?.connection);
      return [
        document.problem(
          'unknown-step-kind',
          [...path, 'kind'],
          `there are no connections of kind "${kind}"`,
          meant(kind, known, 'there are'),
        ),
      ];
    }
    const parsed = schema.safeParse(connection);
    if (parsed.success) return [];
    const subject = { document, schema, at: path };
    const issues = parsed.error.issues.filter((issue) => !isSetting(connection, issue.path));
    return problemsOfShape(subject, { issues });
  });
}

function isSetting(connection: unknown, path: readonly PropertyKey[]): boolean {
  const value = path.reduce<unknown>(
    (at, part) =>
      at !== null && typeof at === 'object' ? (at as Record<PropertyKey, unknown>)[part] : undefined,
    connection,
  );
  return typeof value === 'string' && value.includes('${');
}
