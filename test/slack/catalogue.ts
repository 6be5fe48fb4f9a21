import type { Catalogue, Runbook, RunbookAction, Service } from '../../src/catalogue/catalogue.ts';
import type { StepEnvironment } from '../../src/steps/step-kind.ts';

function action(name: string, risk: RunbookAction['risk'], title: string): RunbookAction {
  return { name, risk, title, steps: [], deadlineMs: 30_000 };
}

function runbook(service: string, name: string, more: Partial<Runbook>): Runbook {
  return {
    name,
    service,
    title: name,
    symptoms: `Symptoms of ${name}.`,
    file: `${service}/${name}.yml`,
    alerts: [],
    parameters: {},
    checks: [],
    actions: [],
    escalate: [],
    phases: [],
    history: [],
    links: {},
    drills: {},
    ...more,
  };
}

function service(
  name: string,
  channel: string,
  runbooks: readonly Runbook[],
  more: Partial<Service> = {},
): Service {
  return {
    name,
    title: name,
    about: `About ${name}.`,
    owner: 'sre',
    channel,
    roles: { sre: { title: 'SRE', group: 'S0SRE' } },
    contacts: {},
    objectives: {},
    escalate: [],
    dashboards: {},
    addresses: {},
    policies: {},
    labels: {},
    environment: { service: name, connections: {}, targets: {} },
    runbooks: new Map(runbooks.map((one) => [one.name, one])),
    ...more,
  };
}

/** Connections by name, each of a kind. */
function environment(name: string, kinds: Readonly<Record<string, string>>): StepEnvironment {
  const connections = Object.fromEntries(Object.entries(kinds).map(([one, kind]) => [one, { kind }]));
  return { service: name, connections, targets: {} };
}

const denis = service(
  'denis',
  'C0DENIS',
  [
    runbook('denis', 'redis-down', {
      title: 'Redis is down',
      alerts: [{ alertname: 'RedisDown' }, { alertname: 'CeleryBrokerDown' }],
      actions: [
        action('restart', 'disruptive', 'Restart the StatefulSet'),
        action('ping', 'safe', 'Ping it'),
      ],
    }),
    runbook('denis', 'workers-stuck', {
      title: 'Celery workers are stuck',
      alerts: [{ alertname: 'CeleryQueueGrowing' }],
      parameters: { queue: { type: 'string', default: 'celery', pattern: '[a-z0-9_.-]+' } },
      actions: [
        action('restart-workers', 'disruptive', 'Restart the workers'),
        { ...action('purge', 'destructive', 'Purge the queue {queue}'), undo: 'none' },
      ],
    }),
  ],
  {
    policies: { destructive: { by: ['sre'], votes: 1, expires: '15m', 'begin-within': '5m' } },
    environment: environment('denis', { prometheus: 'prometheus', charts: 'grafana' }),
    addresses: { charts: ['https://grafana.example.com/ops'] },
  },
);

const tiles = service(
  'tiles',
  'C0TILES',
  [
    runbook('tiles', 'redis-down', {
      title: 'The tile cache is down',
      actions: [action('flush', 'disruptive', 'Flush the cache')],
    }),
    runbook('tiles', 'host-slow', { title: 'A host is slow', parameters: { host: { type: 'string' } } }),
  ],
  {
    policies: { disruptive: { by: ['sre'], votes: 1, expires: '15m', 'begin-within': '5m' } },
    environment: environment('tiles', { thanos: 'prometheus' }),
  },
);

/** Two services; both have a runbook `redis-down`. Somebody has to approve what is disruptive in the second alone. */
export const CATALOGUE: Catalogue = {
  revision: '0'.repeat(64),
  services: new Map([denis, tiles].map((one) => [one.name, one])),
};
