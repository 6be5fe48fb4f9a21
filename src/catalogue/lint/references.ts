import type { StepKind } from '../../steps/step-kind.ts';
import { MANUAL } from '../catalogue.ts';
import type { Path } from '../document.ts';
import { meant } from '../nearest.ts';
import type { Problem } from '../problem.ts';
import { ANYBODY, type EscalationFile } from '../schema-parts.ts';
import type { ServiceFile } from '../schema-service.ts';
import type { PlacedStep, RunbookContext } from './context.ts';

/** Names that stand somewhere and must exist somewhere else: checks, roles, connections, targets. */
export function lintReferences(context: RunbookContext): Problem[] {
  const { runbook, service } = context;
  const actions = Object.entries(runbook.actions ?? {}).flatMap(([name, action]) => [
    ...unseenChecks(context, ['actions', name, 'suggest-when'], action['suggest-when']),
    ...unseenChecks(context, ['actions', name, 'verify', 'checks'], action.verify?.checks),
    ...unseenChecks(context, ['actions', name, 'criteria'], action.criteria),
    ...(service
      ? unknownStarters(context, ['actions', name, 'run-by'], action['run-by'], Object.keys(service.roles))
      : []),
    ...(typeof action.undo === 'object'
      ? unknownAction(context, ['actions', name, 'undo', 'action'], action.undo.action)
      : []),
  ]);
  const escalations = (runbook.escalate ?? []).flatMap(({ when, to }, index) => [
    ...unseenChecks(context, ['escalate', index, 'when', when.of ? 'of' : 'check'], ownChecks(when)),
    ...(service ? unknownRole(context, ['escalate', index, 'to'], to, calledNames(service)) : []),
  ]);
  return [...actions, ...escalations, ...(service ? [...lintHands(context), ...lintOutside(context)] : [])];
}

/** Checks that must exist, and that Guardia can look at by itself. */
function unseenChecks(context: RunbookContext, path: Path, names: readonly string[] = []): Problem[] {
  const { document, runbook } = context;
  const manual = names.filter((name) => Object.hasOwn(runbook.checks[name] ?? {}, MANUAL));
  return [
    ...unknownChecks(context, path, names),
    ...manual.map((name) => {
      const message = `"${name}" is looked at by people, so nothing can follow from it by itself`;
      return document.problem('step-cannot', path, message, 'name a check that a machine makes');
    }),
  ];
}

/** Whose work a manual step is. */
function lintHands(context: RunbookContext): Problem[] {
  const roles = Object.keys(context.service?.roles ?? {});
  return context.steps.flatMap((step) => {
    const by = step.kind === MANUAL ? fieldOf(step.input, 'by') : undefined;
    return by === undefined ? [] : unknownRole(context, [...step.path, 'by'], by, roles);
  });
}

/** Those of the same runbook; others are held against the whole catalogue (lint/calls.ts). */
function ownChecks({ check, of = [] }: EscalationFile['when']): string[] {
  return [...(check === undefined ? [] : [check]), ...of].filter((name) => !name.includes('/'));
}

/** Whom an escalation may call. */
export function calledNames(service: Pick<ServiceFile, 'roles' | 'contacts'>): string[] {
  return [...Object.keys(service.roles), ...Object.keys(service.contacts ?? {})];
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
      `the service has no role or contact "${name}"`,
      meant(name, roles, 'there are'),
    ),
  ];
}

/** Who may start something: roles, or everybody. */
export function unknownStarters(
  context: Pick<RunbookContext, 'document'>,
  path: Path,
  named: readonly string[] = [],
  roles: readonly string[],
): Problem[] {
  return named
    .filter((name) => name !== ANYBODY)
    .flatMap((name) => unknownRole(context, path, name, [...roles, ANYBODY]));
}

/** Connections and targets that steps use. */
function lintOutside(context: RunbookContext): Problem[] {
  return context.steps.flatMap((step) => [...lintConnection(context, step), ...lintTarget(context, step)]);
}

function lintConnection({ document, service, kinds }: RunbookContext, step: PlacedStep): Problem[] {
  const named = fieldOf(step.input, 'connection');
  const connections = service?.connections ?? {};
  const used = connectionUsed(kinds[step.kind], step, named);
  if (!used) return [];
  const { kind: fit, name: wanted } = used;
  const path = named === undefined ? step.path : [...step.path, 'connection'];
  const kind = Object.hasOwn(connections, wanted) ? connections[wanted]?.kind : undefined;
  if (kind === fit) return [];
  const fitting = Object.keys(connections).filter((name) => connections[name]?.kind === fit);
  const message =
    kind === undefined
      ? `the service has no connection "${wanted}"`
      : `connection "${wanted}" is for ${kind}, not for ${fit}`;
  const mend = meant(
    wanted,
    fitting,
    fitting.length === 0 ? `add it to service.yml, with kind: ${fit}` : 'write connection: with one of',
  );
  return [document.problem('unknown-connection', path, message, mend)];
}

/** What a step is connected to. What its kind refuses is said elsewhere. */
function connectionUsed(kind: StepKind | undefined, { parsed }: PlacedStep, named: string | undefined) {
  if (!kind?.connectionFor) return kind?.connection && { kind: kind.name, name: named ?? kind.name };
  return parsed?.success ? kind.connectionFor(parsed.data) : undefined;
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
