import type { Catalogue, Runbook, Service } from '../catalogue/catalogue.ts';
import { connectionOf } from '../catalogue/connections.ts';
import type { SnapshotExamples } from '../report/snapshot-help.ts';

/** What somebody in this channel could ask for, from what its service's runbooks ask. */
export function examplesFor({ services }: Catalogue, channel: string): SnapshotExamples {
  const able = [...services.values()].filter((service) => connectionOf(service, 'prometheus') !== null);
  const service = able.find((one) => one.channel === channel) ?? able[0];
  const charted = service && [...service.runbooks.values()].find((runbook) => chartsOf(runbook).length > 0);
  return {
    query: service ? shortestQuery(service) : 'up',
    service: service?.name ?? 'denis',
    runbook: charted?.name ?? 'redis-down',
    grafana: service?.dashboards.grafana ?? 'https://grafana.example.com',
  };
}

/** Without gaps that a parameter fills. */
function shortestQuery(service: Service): string {
  const queries = [...service.runbooks.values()]
    .flatMap(chartsOf)
    .filter((query) => !/\{[a-z][a-z0-9-]*\}/.test(query));
  return queries.sort((a, b) => a.length - b.length)[0] ?? 'up';
}

function chartsOf({ checks }: Runbook): string[] {
  return checks.flatMap(({ step }) => {
    const { query, chart } = (step.input ?? {}) as { query?: unknown; chart?: unknown };
    return typeof query === 'string' && chart !== undefined ? [query] : [];
  });
}
