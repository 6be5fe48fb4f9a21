import type {
  Catalogue,
  Runbook,
  RunbookAction,
  RunbookCheck,
  Service,
} from '../../src/catalogue/catalogue.ts';

/** A small service with one runbook, built without files; tests change what they need. */
export function testCheck(name: string, overrides: Partial<RunbookCheck> = {}): RunbookCheck {
  return {
    name,
    title: `The ${name}`,
    step: { kind: 'fake', input: { name } },
    deadlineMs: 2_000,
    ...overrides,
  };
}

export function testAction(name: string, overrides: Partial<RunbookAction> = {}): RunbookAction {
  return {
    name,
    title: `Do ${name}`,
    risk: 'disruptive',
    steps: [{ kind: 'fake', input: { does: name } }],
    deadlineMs: 5_000,
    ...overrides,
  };
}

export function testRunbook(overrides: Partial<Runbook> = {}): Runbook {
  return {
    name: 'stuck',
    service: 'shop',
    title: 'The queue is stuck',
    symptoms: 'The queue grows.',
    file: 'shop/stuck.yml',
    alerts: [{ alertname: 'QueueStuck' }],
    parameters: { queue: { type: 'string', default: 'orders' } },
    checks: [
      testCheck('queue', {
        title: 'Jobs waiting in {queue}',
        failing: '> 1000',
        unit: 'jobs',
        means: 'Jobs pile up',
      }),
      testCheck('workers', { title: 'Workers answer', failing: 'none', means: 'No worker answers' }),
    ],
    actions: [
      testAction('restart', {
        title: 'Restart the workers',
        'suggest-when': ['workers'],
        verify: { checks: ['workers'], withinMs: 500 },
      }),
      testAction('purge', {
        title: 'Purge the queue {queue}',
        risk: 'destructive',
        'suggest-when': ['queue'],
        undo: 'none',
        verify: { checks: ['queue'], withinMs: 500 },
      }),
      testAction('look', { title: 'Look around', risk: 'safe' }),
    ],
    escalate: [{ when: { check: 'queue', is: 'failing', for: '200ms' }, to: 'sre' }],
    links: {},
    drills: {},
    ...overrides,
  };
}

export function testService(runbooks: readonly Runbook[], overrides: Partial<Service> = {}): Service {
  return {
    name: 'shop',
    title: 'The shop',
    about: 'Sells things.',
    owner: 'sre',
    channel: 'C0SHOP',
    roles: { sre: { title: 'SRE', group: 'S0SRE' } },
    policy: { by: ['sre'], votes: 1, expires: '15m', 'begin-within': '5m' },
    labels: { team: 'shop' },
    environment: { service: 'shop', connections: {}, targets: {} },
    runbooks: new Map(runbooks.map((runbook) => [runbook.name, runbook])),
    ...overrides,
  };
}

export function testCatalogue(service: Service = testService([testRunbook()])): Catalogue {
  return { revision: 'r1', services: new Map([[service.name, service]]) };
}
