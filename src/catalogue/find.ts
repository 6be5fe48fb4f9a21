import type { Catalogue, Runbook, Service } from './catalogue.ts';
import { listed, nearest } from './nearest.ts';

export type RunbookAnswer =
  | { ok: true; service: Service; runbook: Runbook }
  /** `says` is worded for people; `nearest` are whole names, `service/runbook`. */
  | { ok: false; says: string; nearest: readonly string[] };

/** Finds `denis/redis-down`, or `redis-down` when only one service has it. */
export function findRunbook(catalogue: Catalogue, asked: string): RunbookAnswer {
  const [first = '', second] = asked.trim().toLowerCase().split('/', 2);
  const services = [...catalogue.services.values()].filter(
    (service) => second === undefined || service.name === first,
  );
  const found = services.flatMap((service) => {
    const runbook = service.runbooks.get(second ?? first);
    return runbook ? [{ service, runbook }] : [];
  });
  const [only] = found;
  if (only && found.length === 1) return { ok: true, ...only };
  if (only)
    return several(
      asked,
      found.map(({ service, runbook }) => `${service.name}/${runbook.name}`),
    );
  return missed(catalogue, asked);
}

function several(asked: string, names: readonly string[]): RunbookAnswer {
  const says = `${shown(asked)} is a runbook of ${names.length} services. Say which: ${listed(names)}.`;
  return { ok: false, says, nearest: names };
}

function missed(catalogue: Catalogue, asked: string): RunbookAnswer {
  const whole = [...catalogue.services.values()].flatMap((service) =>
    [...service.runbooks.keys()].map((name) => `${service.name}/${name}`),
  );
  const word = asked.trim();
  const bare = word.slice(word.indexOf('/') + 1);
  const sameName = nearest(bare, new Set(whole.map(nameIn))).flatMap((name) =>
    whole.filter((one) => nameIn(one) === name),
  );
  const near = [...new Set([...(bare === word ? [] : nearest(word, whole)), ...sameName])].slice(0, 3);
  const hint = near.length > 0 ? `Did you mean ${near.join(', ')}?` : `There are: ${listed(whole)}.`;
  return { ok: false, says: `There is no runbook ${shown(word)}. ${hint}`, nearest: near };
}

function nameIn(whole: string): string {
  return whole.slice(whole.indexOf('/') + 1);
}

function shown(asked: string): string {
  return `"${asked.trim().slice(0, 80)}"`;
}
