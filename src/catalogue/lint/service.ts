import type { z } from 'zod';
import { targetSchema } from '../../steps/shared/targets.ts';
import type { Located, Path } from '../document.ts';
import { problemsOfShape } from '../issues.ts';
import { meant } from '../nearest.ts';
import { lintObjectives } from '../objectives.ts';
import type { Problem } from '../problem.ts';
import { durationMs } from '../schema-parts.ts';
import type { Policy, ServiceFile } from '../schema-service.ts';
import { connectionKinds, type KindsByName } from './context.ts';
import { calledNames, unknownRole, unknownStarters } from './references.ts';

export const MOST_VOTES = 5;

export interface ServiceContext {
  document: Located;
  service: ServiceFile;
  kinds: KindsByName;
}

export function lintService(context: ServiceContext): Problem[] {
  const { document, service } = context;
  const roles = Object.keys(service.roles);
  return [
    ...unknownRole({ document }, ['owner'], service.owner, roles),
    ...unknownStarters({ document }, ['run-by'], service['run-by'], roles),
    ...Object.entries(service.approval ?? {}).flatMap(([risk, policy]) =>
      policy ? lintPolicy(context, risk, policy, roles) : [],
    ),
    ...lintCalls(context),
    ...lintObjectives(document, service),
    ...lintConnections(context),
    ...lintTargets(context),
  ];
}

/** Whom the service's own escalations call, and that they say whose check they wait for. */
function lintCalls({ document, service }: ServiceContext): Problem[] {
  return (service.escalate ?? []).flatMap(({ when, to }, index) => {
    const at = ['escalate', index];
    const named = when.of ?? (when.check === undefined ? [] : [when.check]);
    const homeless = named.filter((name) => !name.includes('/'));
    return [
      ...unknownRole({ document }, [...at, 'to'], to, calledNames(service)),
      ...homeless.map((name) => {
        const message = `"${name}" does not say which runbook's check it is`;
        return document.problem('unknown-check', [...at, 'when'], message, `write runbook/${name}`);
      }),
    ];
  });
}

function lintPolicy(
  { document }: ServiceContext,
  risk: string,
  policy: Policy,
  roles: readonly string[],
): Problem[] {
  const path = ['approval', risk];
  const never = (['expires', 'begin-within'] as const).filter((key) => durationMs(policy[key]) === 0);
  const crowd = `${policy.votes} votes are more than one gathers before a request ends`;
  return [
    ...(policy.votes > MOST_VOTES
      ? [document.problem('policy-unmeetable', [...path, 'votes'], crowd, `ask for at most ${MOST_VOTES}`)]
      : []),
    ...policy.by.flatMap((name, index) => unknownRole({ document }, [...path, 'by', index], name, roles)),
    ...(policy['break-glass']?.by ?? []).flatMap((name, index) =>
      unknownRole({ document }, [...path, 'break-glass', 'by', index], name, roles),
    ),
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

function lintConnections({ document, service, kinds }: ServiceContext): Problem[] {
  return Object.entries(service.connections ?? {}).flatMap(([name, connection]) => {
    const { kind } = connection;
    const path = ['connections', name];
    const schemas = connectionKinds(Object.values(kinds));
    const schema = Object.hasOwn(schemas, kind) ? schemas[kind] : undefined;
    if (!schema) {
      return [
        document.problem(
          'unknown-step-kind',
          [...path, 'kind'],
          `there are no connections of kind "${kind}"`,
          meant(kind, Object.keys(schemas), 'there are'),
        ),
      ];
    }
    return [
      ...lintOutside(document, path, schema, connection),
      ...unknownName(document, [...path, 'target'], connection.target, service.targets),
      ...unknownName(document, [...path, 'broker'], connection.broker, service.connections),
    ];
  });
}

/** What a connection or a target is reached through stands in the same file. */
function unknownName(
  document: Located,
  path: Path,
  name: unknown,
  there: Readonly<Record<string, unknown>> = {},
): Problem[] {
  if (typeof name !== 'string' || Object.hasOwn(there, name)) return [];
  const what = path.at(-1) === 'target' ? 'target' : 'connection';
  const mend = meant(name, Object.keys(there), `add it under ${what}s, or use one of`);
  return [document.problem(`unknown-${what}`, path, `the service has no ${what} "${name}"`, mend)];
}

function lintTargets({ document, service }: ServiceContext): Problem[] {
  return Object.entries(service.targets ?? {}).flatMap(([name, target]) => {
    const path = ['targets', name];
    const parsed = targetSchema.safeParse(target);
    const through = parsed.success && 'connection' in parsed.data ? parsed.data.connection : undefined;
    return [
      ...lintOutside(document, path, targetSchema, target),
      ...unknownName(document, [...path, 'connection'], through, service.connections),
    ];
  });
}

/** A value that a setting gives is judged when the setting is known, so here only the rest is. */
function lintOutside(document: Located, at: Path, schema: z.ZodType, value: unknown): Problem[] {
  const parsed = schema.safeParse(value);
  if (parsed.success) return [];
  const issues = parsed.error.issues.filter((issue) => !isSetting(value, issue.path));
  return problemsOfShape({ document, schema, at, quiet: true }, { issues });
}

function isSetting(value: unknown, path: readonly PropertyKey[]): boolean {
  const found = path.reduce<unknown>(
    (at, part) =>
      at !== null && typeof at === 'object' ? (at as Record<PropertyKey, unknown>)[part] : undefined,
    value,
  );
  return typeof found === 'string' && found.includes('${');
}
