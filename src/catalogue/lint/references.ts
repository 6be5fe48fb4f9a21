import type { Path } from '../document.ts';
import { meant } from '../nearest.ts';
import type { Problem } from '../problem.ts';
import { type PlacedStep, type RunbookContext, stepsOf } from './context.ts';

/** Names that stand somewhere and must exist somewhere else: checks, roles, connections, targets. */
export function lintReferences(context: RunbookContext): Problem[] {
  const { runbook, service } = context;
  const actions = Object.entries(runbook.actions ?? {}).flatMap(([name, action]) => [
    ...unknownChecks(context, ['actions', name, 'suggest-when'], action['suggest-when']),
    ...unknownChecks(context, ['actions', name, 'verify', 'checks'], action.verify?.checks),
  ]);
  const escalations = (runbook.escalate ?? []).flatMap((rule, index) => [
    ...unknownCheck(context, ['escalate', index, 'when', 'check'], rule.when.check),
    ...(service ? unknownRole(context, ['escalate', index, 'to'], rule.to, Object.keys(service.roles)) : []),
  ]);
  return [...actions, ...escalations, ...(service ? lintOutside(context) : [])];
}

export function unknownChecks(context: RunbookContext, path: Path, names: readonly string[] = []): Problem[] {
  return names.flatMap((name, index) => unknownCheck(context, [...path, index], name));
}

export function unknownCheck({ document, runbook }: RunbookContext, path: Path, name: string): Problem[] {
  if (Object.hasOwn(runbook.checks, name)) return [];
  const mend = meant(name, Object.keys(runbook.checks), 'its checks are');
  return [document.problem('unknown-check', path, `this runbook has no check "${name}"`, mend)];
}

export function unknownAction({ document, runbook }: RunbookContext, path: Path, name: string): Problem[] {
  const actions = Object.keys(runbook.actions ?? {});
  if (actions.includes(name)) return [];
  const mend = meant(
    name,
    actions,
    actions.length === 0 ? 'it has no actions: remove this' : 'its actions are',
  );
  return [document.problem('unknown-action', path, `this runbook has no action "${name}"`, mend)];
}

export function unknownRole(
  { document }: Pick<RunbookContext, 'document'>,
  path: Path,
  name: string,
  roles: readonly string[],
): Problem[] {
  if (roles.includes(name)) return [];
  return [
    document.problem(
      'unknown-role',
      path,
      `the service has no role "${name}"`,
      meant(name, roles, 'its roles are'),
    ),
  ];
}

/** Connections and targets that steps use. */
function lintOutside(context: RunbookContext): Problem[] {
  return stepsOf(context).flatMap((step) => [...lintConnection(context, step), ...lintTarget(context, step)]);
}

function lintConnection({ document, service, kinds }: RunbookContext, step: PlacedStep): Problem[] {
  const named = fieldOf(step.input, 'connection');
  const connections = service?.connections ?? {};
  const wanted = named ?? step.kind;
  if (!kinds[step.kind]?.connection) return [];
  const path = named === undefined ? step.path : [...step.path, 'connection'];
  const kind = Object.hasOwn(connections, wanted) ? connections[wanted]?.kind : undefined;
  if (kind === step.kind) return [];
  const fitting = Object.keys(connections).filter((name) => connections[name]?.kind === step.kind);
  const message =
    kind === undefined
      ? `the service has no connection "${wanted}"`
      : `connection "${wanted}" is for ${kind}, not for ${step.kind}`;
  const mend = meant(
    wanted,
    fitting,
    fitting.length === 0 ? `add it to service.yml, with kind: ${step.kind}` : 'write connection: with one of',
  );
  return [document.problem('unknown-connection', path, message, mend)];
}

function lintTarget({ document, service }: RunbookContext, step: PlacedStep): Problem[] {
  const target = fieldOf(step.input, 'on');
  const targets = Object.keys(service?.targets ?? {});
  if (target === undefined || targets.includes(target)) return [];
  const mend = meant(
    target,
    targets,
    targets.length === 0 ? 'add it to service.yml, under targets' : 'its targets are',
  );
  return [
    document.problem('unknown-target', [...step.path, 'on'], `the service has no target "${target}"`, mend),
  ];
}

function fieldOf(input: unknown, key: string): string | undefined {
  if (input === null || typeof input !== 'object' || !Object.hasOwn(input, key)) return undefined;
  const value = (input as Record<string, unknown>)[key];
  return typeof value === 'string' ? value : undefined;
}
