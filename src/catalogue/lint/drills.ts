import { MANUAL } from '../catalogue.ts';
import type { Path } from '../document.ts';
import { claims } from '../match.ts';
import { listed } from '../nearest.ts';
import type { Problem } from '../problem.ts';
import type { Drill } from '../schema.ts';
import type { RunbookContext } from './context.ts';
import { calledNames, unknownAction, unknownCheck, unknownChecks, unknownRole } from './references.ts';

/** Drills must see every check, name what exists, and expect something. */
export function lintDrills(context: RunbookContext): Problem[] {
  const drills = Object.entries(context.runbook.drills);
  if (drills.length === 0) {
    const message = 'this runbook has no drill';
    return [
      context.document.problem('no-drill', ['drills'], message, 'add one: alert, seen, healthy and expect'),
    ];
  }
  return drills.flatMap(([name, drill]) => {
    const path = ['drills', name];
    return [
      ...lintAlert(context, path, drill),
      ...lintSeen(context, path, drill),
      ...lintAfter(context, path, drill),
      ...lintActionsOf(context, path, drill),
      ...lintExpect(context, path, drill),
    ];
  });
}

function lintAlert({ document, runbook }: RunbookContext, path: Path, { alert }: Drill): Problem[] {
  if (!alert) return [];
  const labels = { ...alert.labels, alertname: alert.alertname, severity: alert.severity };
  if (!runbook.alerts || runbook.alerts.some((matcher) => claims(matcher, labels))) return [];
  const claimed = listed(runbook.alerts.map((matcher) => matcher.alertname));
  const message = `this runbook does not claim the drill's alert "${alert.alertname}"`;
  return [
    document.problem(
      'drill-alert',
      [...path, 'alert', 'alertname'],
      message,
      `use an alert it claims: ${claimed}`,
    ),
  ];
}

function lintSeen(context: RunbookContext, path: Path, drill: Drill): Problem[] {
  const checks = Object.entries(context.runbook.checks)
    .filter(([, check]) => !Object.hasOwn(check, MANUAL))
    .map(([name]) => name);
  return (['seen', 'healthy'] as const).flatMap((side) => {
    const unknown = Object.keys(drill[side]).flatMap((check) =>
      unknownCheck(context, [...path, side, check], check),
    );
    const missing = checks.filter((check) => !Object.hasOwn(drill[side], check));
    if (missing.length === 0) return unknown;
    const message = `${side} does not say what ${listed(missing)} ${missing.length === 1 ? 'sees' : 'see'}`;
    const mend = 'add them, or { error: … }';
    return [...unknown, context.document.problem('drill-misses-check', [...path, side], message, mend)];
  });
}

function lintAfter(context: RunbookContext, path: Path, { after = {} }: Drill): Problem[] {
  return Object.entries(after).flatMap(([action, seen]) => {
    const at = [...path, 'after', action];
    const checks = Array.isArray(seen)
      ? unknownChecks(context, at, seen)
      : Object.keys(seen).flatMap((check) => unknownCheck(context, [...at, check], check));
    return [...unknownAction(context, at, action), ...checks];
  });
}

function lintActionsOf(context: RunbookContext, path: Path, drill: Drill): Problem[] {
  const previews = drill.previews ?? {};
  const unseen = Object.entries(context.runbook.actions ?? {})
    .filter(([name, action]) => action.risk === 'destructive' && !Object.hasOwn(previews, name))
    .map(([name]) => name);
  const message = `there is no preview of ${listed(unseen)}, which is destructive`;
  return [
    ...(drill['ends-with'] ?? []).flatMap((name, index) =>
      unknownAction(context, [...path, 'ends-with', index], name),
    ),
    ...Object.keys(previews).flatMap((name) => unknownAction(context, [...path, 'previews', name], name)),
    ...(unseen.length === 0
      ? []
      : [
          context.document.problem(
            'drill-misses-preview',
            path,
            message,
            'add it under previews: what would run, and the amount',
          ),
        ]),
  ];
}

function lintExpect(context: RunbookContext, path: Path, { expect }: Drill): Problem[] {
  const at = [...path, 'expect'];
  const { document, service } = context;
  if (Object.values(expect).every((names) => names === undefined || names.length === 0)) {
    const mend = 'say which checks are failing, warning or unknown, and what it suggests';
    return [document.problem('drill-expects-nothing', at, 'this drill expects nothing', mend)];
  }
  return [
    ...(['failing', 'warning', 'unknown'] as const).flatMap((status) =>
      unknownChecks(context, [...at, status], expect[status]),
    ),
    ...(expect.suggests ?? []).flatMap((name, index) =>
      unknownAction(context, [...at, 'suggests', index], name),
    ),
    ...(expect['escalates-to'] ?? []).flatMap((name, index) =>
      service ? unknownRole(context, [...at, 'escalates-to', index], name, calledNames(service)) : [],
    ),
  ];
}
