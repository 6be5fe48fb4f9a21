import type {
  Catalogue,
  EscalationRule,
  Runbook,
  RunbookAction,
  RunbookCheck,
  Service,
} from '../../src/catalogue/catalogue.ts';
import type { Step } from '../../src/steps/step-kind.ts';

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

/** A check that a person ticks off. */
export function handCheck(name: string, does: string, by?: string): RunbookCheck {
  return testCheck(name, { title: `Look: ${name}`, step: handStep(does, { by }) });
}

/** A step that a person does. */
export function handStep(does: string, more: { by?: string | undefined; within?: string } = {}): Step {
  return { kind: 'manual', input: { do: does, ...JSON.parse(JSON.stringify(more)) } };
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

/** Calls SRE once a check of the runbook has failed for 200 ms. */
export function testRule(check: string, overrides: Partial<EscalationRule> = {}): EscalationRule {
  const checks = [{ runbook: 'stuck', check }];
  return {
    key: 'stuck#0',
    when: { by: 'checks', checks, atLeast: 1, is: 'failing', forMs: 200 },
    to: 'sre',
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
    escalate: [testRule('queue')],
    phases: [],
    history: [],
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
    contacts: {},
    objectives: {},
    escalate: [],
    dashboards: {},
    addresses: {},
    policies: { destructive: { by: ['sre'], votes: 1, expires: '15m', 'begin-within': '5m' } },
    labels: { team: 'shop' },
    environment: { service: 'shop', connections: {}, targets: {} },
    runbooks: new Map(runbooks.map((runbook) => [runbook.name, runbook])),
    ...overrides,
  };
}

export function testCatalogue(service: Service = testService([testRunbook()])): Catalogue {
  return { revision: 'r1', services: new Map([[service.name, service]]) };
}
