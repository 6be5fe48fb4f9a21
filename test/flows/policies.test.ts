import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Runbook, Service } from '../../src/catalogue/catalogue.ts';
import { GuardiaError } from '../../src/errors.ts';
import { auditEntries } from '../../src/store/audit.ts';
import { until } from '../helpers/asked.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { NOOR, SAM, startTestHouse, type TestHouse } from '../helpers/house.ts';
import { testCatalogue, testRunbook, testService } from '../helpers/shop.ts';

const policy = { by: ['sre'], votes: 1, expires: '15m', 'begin-within': '5m' };

let database: TestDatabase;
let house: TestHouse;

beforeEach(async () => {
  database = await createTestDatabase();
  house = await startTestHouse(database);
  await until('the rules are kept', async () => (await rules())[0]);
});
afterEach(async () => {
  await house.stop();
  await database.drop();
});

const rules = () => database.db.selectFrom('policy').selectAll().execute();
const announced = async () =>
  (await database.db.selectFrom('message').selectAll().where('key', 'like', 'policy:%').execute()).map(
    ({ channel, payload }) => ({ channel, text: JSON.stringify(payload) }),
  );
const changes = async () =>
  (await auditEntries(database.db, 0, 100)).filter(({ event }) => event === 'policy-changed');

/** Another catalogue with this of the shop. */
function put(more: Partial<Service>, revision = 'next'): void {
  house.catalogue.now = { ...testCatalogue(testService([testRunbook()], more)), revision };
  house.flows.catalogueChanged();
}

async function asked(): Promise<{ plan: string; digest: string }> {
  const place = { channel: 'C0SHOP' };
  const request = { service: 'shop', runbook: 'stuck', parameters: { queue: 'orders' }, by: NOOR, place };
  await house.flows.remediate({ ...request, action: 'purge', reason: 'duplicates' }, 'r1');
  const { id, digest } = await database.db.selectFrom('plan').selectAll().executeTakeFirstOrThrow();
  return { plan: id, digest };
}

describe('who may approve what', () => {
  it('is announced with its difference when it changes, in the record and in the audit channel', async () => {
    put({ policies: { destructive: { ...policy, votes: 2 } } });
    await until('it is recorded', async () => (await changes())[0]);
    const difference =
      'approval: 1 of sre within 15m, begun within 5m → 2 of sre within 15m, begun within 5m';
    expect((await changes())[0]?.details).toEqual({
      service: 'shop',
      changes: [difference],
      revision: 'next',
    });
    const [message] = await announced();
    expect(message?.channel).toBe('C0AUDIT');
    expect(message?.text).toContain('2 of sre within 15m');
  });

  it('is an approver group, too', async () => {
    const { roles } = testService([]);
    put({ roles: { ...roles, sre: { title: 'SRE', group: 'S0OTHER' } } });
    await until('it is recorded', async () => (await changes())[0]);
    expect((await changes())[0]?.details.changes).toEqual(['group of sre: S0SRE → S0OTHER']);
  });

  it('is that nobody has to approve an action any more, too', async () => {
    const actions = testRunbook().actions.map((action) => ({ ...action, risk: 'safe' as const }));
    const service = testService([testRunbook({ actions })]);
    house.catalogue.now = { ...testCatalogue(service), revision: 'next' };
    house.flows.catalogueChanged();
    await until('it is recorded', async () => (await changes())[0]);
    expect((await changes())[0]?.details.changes).toEqual([
      'actions that wait for an approval: stuck/purge → none',
    ]);
  });

  it('is announced once, also when every replica sees it, and after a restart', async () => {
    put({ policies: { destructive: { ...policy, votes: 2 } } });
    house.flows.catalogueChanged();
    await until('it is recorded', async () => (await changes())[0]);
    const catalogue = house.catalogue.now;
    await house.stop();
    house = await startTestHouse(database, { catalogue });
    put({ policies: { destructive: policy } }, 'after');
    await until('the next is recorded', async () => (await changes())[1]);
    expect(await changes()).toHaveLength(2);
    expect(await announced()).toHaveLength(2);
  });

  it('is not announced when something else changes', async () => {
    put({ title: 'The shop' });
    put({ policies: { destructive: { ...policy, votes: 2 } } }, 'after');
    await until('the other is recorded', async () => (await changes())[0]);
    expect((await changes()).map(({ details }) => details.revision)).toEqual(['after']);
  });
});

describe('what waits when the catalogue changes', () => {
  it.each<[string, Partial<Service>, RegExp]>([
    ['its policy', { policies: { destructive: { ...policy, votes: 2 } } }, /policy for approving it changed/],
    [
      'its approver group',
      { roles: { ...testService([]).roles, sre: { title: 'SRE', group: 'S0OTHER' } } },
      /the group of sre is another one now/,
    ],
  ])('is void when %s is another one, without anybody voting', async (_, more, why) => {
    const { plan } = await asked();
    put(more);
    expect(await house.says(`plan:${plan}`, (text) => text.includes('Void'))).toMatch(why);
  });

  it('is void when its approver group is another one, also where its target cannot be looked at', async () => {
    const { plan } = await asked();
    house.steps.fingerprint = async () => Promise.reject(new GuardiaError('unreachable', 'not now'));
    put({ roles: { sre: { title: 'SRE', group: 'S0OTHER' } } });
    await house.says(`plan:${plan}`, (text) => text.includes('the group of sre is another one now'));
  });

  it('is void when its approver group is another one after a restart, though the files are the same', async () => {
    const { plan } = await asked();
    await house.stop();
    const roles = { sre: { title: 'SRE', group: 'S0OTHER' } };
    const catalogue = testCatalogue(testService([testRunbook()], { roles }));
    house = await startTestHouse(database, { catalogue, steps: house.steps });
    await house.says(`plan:${plan}`, (text) => text.includes('the group of sre is another one now'));
  });

  it('is void when its runbook forbids the value by now, or has no such parameter any more', async () => {
    const of = (parameters: Runbook['parameters'], revision: string) => {
      house.catalogue.now = { ...testCatalogue(testService([testRunbook({ parameters })])), revision };
      house.flows.catalogueChanged();
    };
    const { plan } = await asked();
    of({ queue: { type: 'string', values: ['orders', 'mails'] } }, 'wider');
    of({ queue: { type: 'string', values: ['mails'] } }, 'narrower');
    await house.says(`plan:${plan}`, (text) => text.includes('queue must be one of mails'));
  });

  it('is void when its runbook does something else', async () => {
    const { plan } = await asked();
    house.catalogue.now = { ...testCatalogue(testService([testRunbook({ actions: [] })])), revision: 'next' };
    house.flows.catalogueChanged();
    await house.says(`plan:${plan}`, (text) => text.includes('has no action purge'));
  });

  it('can still be approved when nothing of it changed', async () => {
    const plan = await asked();
    put({ title: 'The shop', policies: { destructive: policy } });
    put({ title: 'Our shop', policies: { destructive: policy } }, 'after');
    expect(await house.flows.approve({ ...plan, by: SAM })).toEqual({ ok: true });
  });
});
