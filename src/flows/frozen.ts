import type { Catalogue } from '../catalogue/catalogue.ts';
import { figureOf } from '../catalogue/objectives.ts';
import type { Queries } from '../store/database.ts';
import { openIncidents } from './incident.ts';

/**
 * Why a catalogue may not take the place of another now: a service's objective is not moved while an incident of it is
 * open, since then a miss would look like a hit. Empty when it may.
 */
export async function frozenObjectives(db: Queries, before: Catalogue, after: Catalogue): Promise<string[]> {
  const open = new Set((await openIncidents(db)).map(({ service }) => service));
  return [...open].flatMap((service) => moved(service, before, after));
}

function moved(service: string, before: Catalogue, after: Catalogue): string[] {
  const now = before.services.get(service)?.objectives ?? {};
  const then = after.services.get(service)?.objectives ?? {};
  return Object.values(now).flatMap((objective) => {
    const next = then[objective.name];
    if (next && JSON.stringify(next) === JSON.stringify(objective)) return [];
    const to = next ? `to ${figureOf(next)}` : 'to nothing';
    return [
      `The objective ${objective.name} of ${service} would go from ${figureOf(objective)} ${to} while an incident is open; change it after the post-mortem.`,
    ];
  });
}
