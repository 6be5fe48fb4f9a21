import { describe, expect, it } from '@jest/globals';
import type { Runbook, RunbookAction, Service } from '../../src/catalogue/catalogue.ts';
import { versionOf, versionOfActions } from '../../src/catalogue/version.ts';
import { testAction, testCheck, testRunbook, testService } from '../helpers/shop.ts';

interface Changed {
  service?: Partial<Service>;
  runbook?: Partial<Runbook>;
  action?: Partial<RunbookAction>;
  parameters?: Record<string, string>;
}

const policy = { by: ['sre'], votes: 1, expires: '15m', 'begin-within': '5m' };
const parameters = { queue: { type: 'string' as const }, host: { type: 'string' as const } };
const step = (kind: string, input: object) => ({ kind, input });
const environment = {
  service: 'shop',
  connections: {
    redis: { kind: 'redis', url: 'redis://one' },
    celery: { kind: 'celery', broker: 'redis', target: 'workers' },
    other: { kind: 'redis', url: 'redis://other' },
  },
  targets: { workers: { pod: 'app=workers' }, tools: { local: ['x'] } },
};

function made({ service = {}, runbook = {}, action = {} }: Changed) {
  const steps = [step('celery', { purge: '{queue}' })];
  const purge = testAction('purge', { title: 'Purge {queue}', risk: 'destructive', steps, ...action });
  const book = testRunbook({ parameters, actions: [purge], ...runbook });
  return { service: testService([book], { environment, ...service }), book, purge };
}

function version(changed: Changed = {}): string {
  const { service, book, purge } = made(changed);
  return versionOf(service, book, purge, changed.parameters ?? { queue: 'orders' });
}

const outside = (more: object) => ({ ...environment, ...more });

describe('the version of an action', () => {
  it('is 32 hex digits, and the same for the same', () => {
    expect(version()).toMatch(/^[0-9a-f]{32}$/);
    expect(version()).toBe(version());
  });

  it.each<[string, Changed]>([
    ['its title', { action: { title: 'Drop {queue}' } }],
    ['what it does', { action: { steps: [step('celery', { purge: 'all' })] } }],
    ['its risk', { action: { risk: 'disruptive' } }],
    ['what is said of it', { action: { about: 'Careful.' } }],
    ['how it is taken back', { action: { undo: 'none' } }],
    ['what proves it', { action: { verify: { checks: ['queue'], withinMs: 1 } } }],
    ['its runbook’s title', { runbook: { title: 'Another' } }],
    ['its runbook', { runbook: { name: 'another' } }],
    ['its service', { service: { name: 'another' } }],
    ['what it is about', { parameters: { queue: 'mails' } }],
    ['what its parameter allows', { runbook: { parameters: { queue: { type: 'string', pattern: 'a' } } } }],
    ['who approves it', { service: { policies: { destructive: { ...policy, votes: 2 } } } }],
    ['what it wants beyond its policy', { action: { approval: { votes: 2 } } }],
    ['who may start it', { service: { runBy: ['oncall'] } }],
    [
      'where its connection leads',
      { service: { environment: outside({ connections: { celery: { url: 'x' } } }) } },
    ],
    [
      'where its connection is reached through',
      {
        service: {
          environment: outside({
            connections: { ...environment.connections, redis: { url: 'redis://two' } },
          }),
        },
      },
    ],
    [
      'where its target is',
      { service: { environment: outside({ targets: { workers: { pod: 'app=x' } } }) } },
    ],
  ])('is another one when %s changes', (_, changed) => {
    expect(version(changed)).not.toBe(version());
  });

  it.each<[string, Changed]>([
    ['another action', { runbook: { actions: [...made({}).book.actions, testAction('look')] } }],
    ['a check', { runbook: { checks: [testCheck('new')] } }],
    ['when it is suggested', { action: { 'suggest-when': ['workers'] } }],
    [
      'a parameter that it does not use',
      { runbook: { parameters: { ...parameters, host: { type: 'number' } } } },
    ],
    [
      'a connection that it does not use',
      { service: { environment: outside({ connections: { ...environment.connections, other: 1 } }) } },
    ],
    [
      'a target that it does not use',
      { service: { environment: outside({ targets: { ...environment.targets, tools: 1 } }) } },
    ],
    [
      'who is in another policy',
      { service: { policies: { ...testService([]).policies, disruptive: policy } } },
    ],
    ['its service’s title', { service: { title: 'The store' } }],
  ])('is the same when %s changes', (_, changed) => {
    expect(version(changed)).toBe(version());
  });

  it('is the same in whatever order its keys stand', () => {
    const steps = [{ input: { purge: '{queue}' }, kind: 'celery' }];
    expect(version({ action: { steps } })).toBe(version());
  });
});

it('the version of all actions of a runbook changes with any of them', () => {
  const of = (changed: Changed) => versionOfActions(made(changed).service, made(changed).book);
  expect(of({})).toBe(of({}));
  expect(of({ action: { title: 'Another' } })).not.toBe(of({}));
  expect(of({ runbook: { actions: [...made({}).book.actions, testAction('look')] } })).not.toBe(of({}));
  expect(of({ runbook: { parameters: {} } })).not.toBe(of({}));
});
