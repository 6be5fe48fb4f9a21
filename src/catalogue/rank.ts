import type { Catalogue, Runbook, Service } from './catalogue.ts';
import { nearest } from './nearest.ts';

/**
 * The catalogue as a type-ahead offers it: only the runbooks that fit what was typed, best first. A beginning comes
 * before whole words, those before any part of name, title, symptoms and alerts, and those before a slip of the finger.
 */
export function rankedBy(catalogue: Catalogue, typed: string): Catalogue {
  const asked = typed.trim().toLowerCase();
  if (asked === '') return catalogue;
  const names = [...catalogue.services.values()].flatMap((service) => [...service.runbooks.keys()]);
  const near = new Set(nearest(asked, new Set(names)));
  const services = [...catalogue.services.values()]
    .map((service) => rankedService(service, asked, near))
    .filter(({ best }) => best < NOT_AT_ALL)
    .sort((a, b) => a.best - b.best);
  return { ...catalogue, services: new Map(services.map(({ service }) => [service.name, service])) };
}

const NOT_AT_ALL = 4;

function rankedService(service: Service, asked: string, near: ReadonlySet<string>) {
  const ranked = [...service.runbooks.values()]
    .map((runbook) => ({ runbook, rank: rankOf(service, runbook, asked, near) }))
    .filter(({ rank }) => rank < NOT_AT_ALL)
    .sort((a, b) => a.rank - b.rank);
  const runbooks = new Map(ranked.map(({ runbook }) => [runbook.name, runbook]));
  return { service: { ...service, runbooks }, best: ranked[0]?.rank ?? NOT_AT_ALL };
}

function rankOf(service: Service, runbook: Runbook, asked: string, near: ReadonlySet<string>): number {
  const names = [runbook.name, `${service.name}/${runbook.name}`, runbook.title.toLowerCase()];
  if (names.some((name) => name.startsWith(asked))) return 0;
  const alerts = runbook.alerts.map((matcher) => matcher.alertname).join(' ');
  const text = `${names.join(' ')} ${service.title} ${runbook.symptoms} ${alerts}`.toLowerCase();
  const words = text.split(/[^\p{L}\p{N}]+/u);
  const parts = asked.split(/[\s/]+/);
  if (parts.every((part) => words.some((word) => word.startsWith(part)))) return 1;
  if (parts.every((part) => text.includes(part))) return 2;
  return near.has(runbook.name) ? 3 : NOT_AT_ALL;
}
