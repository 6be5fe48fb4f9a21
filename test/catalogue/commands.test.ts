import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Catalogue } from '../../src/catalogue/catalogue.ts';
import { loadCatalogue } from '../../src/catalogue/load.ts';
import { matchAlert } from '../../src/catalogue/match.ts';
import { rehearse } from '../../src/catalogue/rehearse.ts';
import { stepKinds } from '../../src/steps/index.ts';

const COMMANDS = join(import.meta.dirname, '../../commands');
const SETTINGS = {
  DENIS_CHANNEL: 'C0DENIS',
  DENIS_ONCALL_GROUP: 'S0ONCALL',
  DENIS_SRE_GROUP: 'S0SRE',
  DENIS_OPS_GROUP: 'S0OPS',
};

let catalogue: Catalogue;
beforeAll(async () => {
  const loaded = await loadCatalogue(COMMANDS, SETTINGS, stepKinds);
  expect(loaded.problems).toEqual([]);
  catalogue = loaded.catalogue as Catalogue;
});

const runbook = (name: string) => {
  const found = catalogue.services.get('denis')?.runbooks.get(name);
  if (!found) throw new Error(`there is no ${name}`);
  return found;
};
const limitsOf = (name: string) =>
  Object.fromEntries(
    runbook(name).checks.map(({ name: check, warning, failing }) => [check, [warning, failing]]),
  );

describe('the runbooks that come with Guardia', () => {
  it('pass their drills', () => {
    const runbooks = [...catalogue.services.values()].flatMap((service) => [...service.runbooks.values()]);
    expect(runbooks.flatMap(rehearse).filter((rehearsal) => rehearsal.faults.length > 0)).toEqual([]);
  });

  it.each([
    ['RedisDown', 'redis-down'],
    ['CeleryBrokerDown', 'redis-down'],
    ['CeleryWorkersDown', 'workers-stuck'],
    ['CeleryQueueGrowing', 'workers-stuck'],
  ])('claim %s by %s', (alertname, name) => {
    expect(matchAlert(catalogue, { alertname, namespace: 'denis' }).runbook).toBe(name);
  });

  it('keep the limits of the document for Redis', () => {
    expect(limitsOf('redis-down')).toMatchObject({
      ping: [undefined, '!= PONG'],
      memory: ['> 80', '> 90'],
      cpu: ['> 50', undefined],
      'connection-errors': ['> 0', undefined],
    });
    expect(runbook('redis-down').escalate.map(({ when, to }) => [when.check, when.for, to])).toEqual([
      ['ping', '5m', 'sre'],
      ['broker', '5m', 'sre'],
      ['memory', '5m', 'ops'],
    ]);
  });

  it('keep the limits of the document for workers', () => {
    expect(limitsOf('workers-stuck')).toMatchObject({
      'queue-length': ['> 500', '> 1000'],
      'workers-seen': [undefined, '< 1'],
      started: [undefined, ['oldest_s > 600', 'workers < 1']],
      memory: [undefined, '> 1'],
    });
    expect(runbook('workers-stuck').escalate.map(({ when, to }) => [when.check, when.for, to])).toEqual([
      ['queue-length', '10m', 'sre'],
      ['pods', '5m', 'ops'],
    ]);
  });

  it('let nobody purge alone', () => {
    expect(runbook('workers-stuck').actions.find((action) => action.name === 'purge')).toMatchObject({
      risk: 'destructive',
      undo: 'none',
    });
    expect(catalogue.services.get('denis')?.policy).toMatchObject({ by: ['sre'], votes: 1 });
  });
});
