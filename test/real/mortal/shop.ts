import type { Catalogue, Service } from '../../../src/catalogue/catalogue.ts';
import { handStep, testAction, testCheck, testRunbook, testService } from '../../helpers/shop.ts';

const ACTION = {
  title: 'Purge the queue {queue}',
  risk: 'destructive',
  undo: 'none',
  verify: { checks: ['queue'], withinMs: 500 },
} as const;
const step = (does: string) => ({ kind: 'fake', input: { does } });

/**
 * A shop whose queues are purged once one other person has approved it, or two, or nobody in an emergency; and a kiosk
 * where whoever is to approve has a second.
 */
export function mortalShop(): Catalogue {
  const services = [serviceOf('shop', '15m'), serviceOf('kiosk', '1s')];
  return { revision: 'r1', services: new Map(services.map((service) => [service.name, service])) };
}

function serviceOf(service: string, expires: string): Service {
  const actions = [
    testAction('purge', { ...ACTION, steps: [step('close'), step('purge')] }),
    testAction('purge-by-hand', {
      ...ACTION,
      steps: [step('close'), handStep('Empty {queue} on its host.')],
    }),
    testAction('purge-by-two', { ...ACTION, approval: { votes: 2 } }),
  ];
  const checks = [testCheck('queue', { failing: '> 1000' })];
  const runbook = testRunbook({ service, checks, actions, escalate: [] });
  const clocks = { expires, 'begin-within': '5m' };
  return testService([runbook], {
    name: service,
    policies: { destructive: { ...clocks, by: ['sre'], votes: 1, 'break-glass': { by: ['oncall'] } } },
    roles: { sre: { title: 'SRE', group: 'S0SRE' }, oncall: { title: 'On call', group: 'S0CALL' } },
  });
}
