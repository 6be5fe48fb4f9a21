import { hash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { Parameters, Step } from '../steps/step-kind.ts';
import type { Runbook, RunbookAction, Service } from './catalogue.ts';
import { placeholdersOf } from './needs.ts';
import { policyFor } from './policy.ts';
import { startersOf } from './starters.ts';

const DIGITS = 32;

/**
 * Names what a click on an action says and does with these parameters: another version once any of that has changed, and
 * the same one whatever else has changed in the catalogue.
 */
export function versionOf(
  service: Service,
  runbook: Runbook,
  action: RunbookAction,
  parameters: Parameters,
): string {
  const { 'suggest-when': _, ...does } = action;
  return digest({
    of: [service.name, runbook.name, runbook.title],
    does,
    parameters,
    takes: placeholdersOf([action.title, action.steps, action.preview]).map((name) => [
      name,
      runbook.parameters[name],
    ]),
    policy: policyFor(service, action),
    starters: startersOf(service, action),
    outside: outsideOf(service, action.steps),
  });
}

/** The same for a dialog in which one of a runbook's actions is chosen. */
export function versionOfActions(service: Service, runbook: Runbook): string {
  const { actions, parameters } = runbook;
  return digest({ parameters, actions: actions.map((action) => versionOf(service, runbook, action, {})) });
}

function digest(value: object): string {
  return hash('sha256', canonicalize(JSON.parse(JSON.stringify(value))) as string).slice(0, DIGITS);
}

/** The connections and targets that steps name, are called like, or are reached through. */
function outsideOf({ environment }: Pick<Service, 'environment'>, steps: readonly Step[]): unknown[] {
  const all = [...Object.entries(environment.connections), ...Object.entries(environment.targets)];
  let named = new Set(textsIn(steps));
  for (;;) {
    const found = all.filter(([name]) => named.has(name));
    const reached = new Set([...named, ...textsIn(found)]);
    if (reached.size === named.size) return found;
    named = reached;
  }
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return value === null || typeof value !== 'object' ? [] : Object.values(value).flatMap(textsIn);
}
