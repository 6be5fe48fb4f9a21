import type { Catalogue, Runbook, Service } from './catalogue.ts';

type Labels = Readonly<Record<string, string>>;

/**
 * Whose an alert is. `runbook` is null when none claims it; `by` says how the service was found: `nobody` means that
 * it was not, and the first service takes the alert so that it is not lost.
 */
export interface AlertMatch {
  service: Service;
  runbook: string | null;
  by: 'runbook' | 'labels' | 'nobody';
}

type Claim = { service: Service; runbook: string; matcher: Labels };
const claimsOf = new WeakMap<Catalogue, ReadonlyMap<string, readonly Claim[]>>();

/** Finds the runbook that claims an alert or, when none does, the service that its labels belong to. */
export function matchAlert(catalogue: Catalogue, labels: Labels): AlertMatch {
  const candidates = indexOf(catalogue).get(labels.alertname ?? '') ?? [];
  const claim = candidates.find(({ matcher }) => claims(matcher, labels));
  if (claim) return { service: claim.service, runbook: claim.runbook, by: 'runbook' };
  const service = serviceByLabels(catalogue, labels);
  if (service) return { service, runbook: null, by: 'labels' };
  const [first] = catalogue.services.values();
  if (!first) throw new Error('a catalogue has at least one service');
  return { service: first, runbook: null, by: 'nobody' };
}

export function claims(matcher: Labels, labels: Labels): boolean {
  for (const label in matcher) if (labels[label] !== matcher[label]) return false;
  return true;
}

function indexOf(catalogue: Catalogue): ReadonlyMap<string, readonly Claim[]> {
  const known = claimsOf.get(catalogue);
  if (known) return known;
  const index = new Map<string, Claim[]>();
  for (const service of catalogue.services.values()) {
    for (const runbook of service.runbooks.values()) add(index, service, runbook);
  }
  claimsOf.set(catalogue, index);
  return index;
}

function add(index: Map<string, Claim[]>, service: Service, runbook: Runbook): void {
  for (const matcher of runbook.alerts) {
    const name = matcher.alertname ?? '';
    const claim = { service, runbook: runbook.name, matcher };
    const others = index.get(name);
    if (others) others.push(claim);
    else index.set(name, [claim]);
  }
}

/** The service with the most labels that all fit: `team=denis, env=prod` before `team=denis`. */
function serviceByLabels(catalogue: Catalogue, labels: Labels): Service | undefined {
  let best: Service | undefined;
  let most = 0;
  for (const service of catalogue.services.values()) {
    const count = Object.keys(service.labels).length;
    if (count > most && claims(service.labels, labels)) [best, most] = [service, count];
  }
  return best;
}
