import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Policy } from '../../src/catalogue/schema-service.ts';
import { alertGroup, purge, restart, until } from '../helpers/asked.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { NOOR, SAM, startTestHouse, type TestHouse } from '../helpers/house.ts';
import { testCatalogue, testRunbook, testService } from '../helpers/shop.ts';

const policy: Policy = {
  ...{ by: ['sre'], votes: 1, expires: '15m', 'begin-within': '5m', channel: 'C0SRE' },
  'break-glass': { by: ['oncall'] },
};
const roles = { sre: { title: 'SRE', group: 'S0SRE' }, oncall: { title: 'On call', group: 'S0CALL' } };

let database: TestDatabase;
let house: TestHouse;

beforeEach(async () => {
  database = await createTestDatabase();
  house = await startTestHouse(database, { catalogue: shop(policy) });
  house.people.groups.S0CALL = ['U0NOOR'];
});
afterEach(async () => {
  await house.stop();
  await database.drop();
});

function shop(one: Policy) {
  const policies = { destructive: one, disruptive: one };
  return testCatalogue(testService([testRunbook()], { policies, roles }));
}

async function asked(request = purge): Promise<{ plan: string; digest: string }> {
  expect(await house.flows.remediate(request, 'r1')).toEqual({ ok: true });
  const { id, digest } = await database.db.selectFrom('plan').selectAll().executeTakeFirstOrThrow();
  return { plan: id, digest };
}

/** Where each message of a plan stands or is to stand, by what its key begins with. */
async function places(): Promise<Record<string, object>> {
  const rows = await database.db.selectFrom('message').selectAll().execute();
  return Object.fromEntries(
    rows.map(({ key, channel, thread_key, thread_ts }) => {
      const thread = thread_key?.replace(/:.*/, '') ?? thread_ts;
      return [key.replace(/:.*/, ''), { channel, thread }];
    }),
  );
}

describe('a request whose policy has a channel', () => {
  it('stands there with its buttons, and its thread says what is asked and leads to it', async () => {
    await house.flows.takeAlert(alertGroup());
    const alert = await until('an alert', async () =>
      database.db.selectFrom('alert').select('id').executeTakeFirst(),
    );
    const { plan } = await asked({ ...purge, origin: `alert:${alert.id}` });
    expect(await places()).toMatchObject({
      request: { channel: 'C0SRE', thread: null },
      plan: { channel: 'C0SHOP', thread: 'alert' },
    });
    expect(await house.says(`request:${plan}`)).toMatch(
      /<!subteam\^S0SRE>: please decide.*"Approve".*"Deny".*"Cancel request".*"Break the glass"/s,
    );
    expect(await house.says(`request:${plan}`)).toContain(`<message:plan:${plan}|`);
    const notice = await house.says(`plan:${plan}`);
    expect(notice).toMatch(/Purge the queue orders.*<#C0SRE>.*"Cancel request".*"Break the glass"/s);
    expect(notice).toContain(`<message:request:${plan}|`);
    expect(notice).not.toMatch(/subteam|"Approve"/);
  });

  it('is told of in a thread that somebody else began, and where it begins one itself', async () => {
    const { plan } = await asked({ ...purge, place: { channel: 'C0SHOP', thread: '1700000000.000100' } });
    expect(await places()).toMatchObject({
      request: { channel: 'C0SRE', thread: null },
      plan: { channel: 'C0SHOP', thread: '1700000000.000100' },
    });
    await house.flows.cancel({ plan, ...(await digestOf(plan)), by: NOOR });
    await database.db.deleteFrom('message').execute();
    await house.flows.remediate(restartWith('the workers hang'), 'r2');
    await until('the other request', async () => (await places()).request);
    expect(await places()).toMatchObject({ plan: { channel: 'C0SHOP', thread: null } });
  });

  it('and its thread are rewritten after every change, and the run is told in the thread', async () => {
    const plan = await asked();
    await house.flows.claim({ ...plan, by: SAM });
    for (const key of ['request', 'plan'])
      expect(await house.says(`${key}:${plan.plan}`)).toMatch(/<@U0SAM> is looking at it/);
    await house.flows.approve({ ...plan, by: SAM });
    for (const key of ['request', 'plan'])
      await house.says(`${key}:${plan.plan}`, (text) => /Done.*Approved by <@U0SAM>/s.test(text));
    await house.says(`progress:${plan.plan}`);
    expect(await places()).toMatchObject({ progress: { channel: 'C0SHOP', thread: 'plan' } });
  });

  it('is what the direct messages and the reminder lead to', async () => {
    const { plan } = await asked();
    expect(await house.says(`call:${plan}:U0SAM`)).toContain(`<message:request:${plan}|`);
    const [made, expires] = [new Date(Date.now() - 800_000), new Date(Date.now() + 100_000)];
    await database.db.updateTable('plan').set({ made_at: made, expires_at: expires }).execute();
    await house.nudge(plan);
    expect(await house.says(`reminder:${plan}:U0SAM`)).toContain(`<message:request:${plan}|`);
  });

  it('has its broken glass told there, too, where the approvers are called', async () => {
    const plan = await asked();
    await house.flows.breakGlass({ ...plan, by: NOOR, reason: 'nobody answers' });
    expect(await house.says(`glass-approvers:${plan.plan}`)).toMatch(/<!subteam\^S0SRE>.*Sign the review/s);
    expect(await house.says(`glass:${plan.plan}`)).toMatch(/SRE: somebody.*Sign the review/s);
    expect(await house.says(`glass:${plan.plan}`)).not.toContain('subteam');
    expect(await places()).toMatchObject({
      'glass-approvers': { channel: 'C0SRE', thread: 'request' },
      glass: { channel: 'C0SHOP', thread: 'plan' },
    });
    await house.says(`plan:${plan.plan}`, (text) => text.includes('Done'));
    await house.flows.review({ ...plan, by: SAM, note: 'they were duplicates' });
    for (const key of ['glass', 'glass-approvers', 'glass-audit'])
      expect(await house.says(`${key}:${plan.plan}`)).toContain('they were duplicates');
  });

  it('stands in its thread alone where that is in the same channel', async () => {
    const { plan } = await asked({ ...purge, place: { channel: 'C0SRE' } });
    expect(await places()).not.toHaveProperty('request');
    expect(await house.says(`plan:${plan}`)).toMatch(/please decide.*"Approve"/s);
    expect(await house.says(`call:${plan}:U0SAM`)).toContain(`<message:plan:${plan}|`);
  });

  it('is announced with it, and void when it is another one', async () => {
    await until('the rules are kept', async () =>
      database.db.selectFrom('policy').selectAll().executeTakeFirst(),
    );
    const { plan } = await asked();
    house.catalogue.now = { ...shop({ ...policy, channel: 'C0OPS' }), revision: 'next' };
    house.flows.catalogueChanged();
    await house.says(`request:${plan}`, (text) => text.includes('Void'));
    const { payload } = await until('the announcement', async () =>
      database.db.selectFrom('message').select('payload').where('key', 'like', 'policy:%').executeTakeFirst(),
    );
    expect(JSON.stringify(payload)).toMatch(/asked for in C0SRE; .* → .*asked for in C0OPS/);
  });
});

describe('a request whose channel cannot be written in', () => {
  it('goes to its thread, says so there, and nothing is left to be posted elsewhere', async () => {
    const plan = await asked();
    await house.flows.notPosted(`request:${plan.plan}`);
    expect(await places()).toMatchObject({
      request: { channel: 'C0SHOP', thread: 'plan' },
      plan: { channel: 'C0SHOP', thread: null },
    });
    expect(await house.says(`request:${plan.plan}`)).toMatch(
      /<!subteam\^S0SRE>.*<#C0SRE>.*cannot write.*"Approve"/s,
    );
    expect(await house.says(`plan:${plan.plan}`)).toMatch(
      /stands here, since Guardia cannot write in <#C0SRE>/,
    );
    await house.flows.approve({ ...plan, by: SAM });
    await house.says(`request:${plan.plan}`, (text) => text.includes('Done'));
    await house.flows.notPosted(`request:${plan.plan}`);
    expect(await places()).toMatchObject({ request: { channel: 'C0SHOP', thread: 'plan' } });
  });

  it('has its broken glass told in its thread alone, which calls the approvers', async () => {
    const plan = await asked();
    await house.flows.notPosted(`request:${plan.plan}`);
    await house.flows.breakGlass({ ...plan, by: NOOR, reason: 'nobody answers' });
    expect(await house.says(`glass:${plan.plan}`)).toContain('<!subteam^S0SRE>');
    expect(await places()).not.toHaveProperty('glass-approvers');
  });

  it('stays where it stands already, whatever is said of it', async () => {
    const { plan } = await asked();
    await database.db
      .updateTable('message')
      .set({ ts: '1.1', delivered_version: 1 })
      .where('key', 'like', 'request:%')
      .execute();
    await house.flows.notPosted(`request:${plan}`);
    expect(await places()).toMatchObject({ request: { channel: 'C0SRE', thread: null } });
    expect(await house.says(`plan:${plan}`)).not.toContain('cannot write');
  });

  it('is the only message that goes elsewhere', async () => {
    const { plan } = await asked();
    const before = await places();
    for (const key of [
      `plan:${plan}`,
      `call:${plan}:U0SAM`,
      'alert:1',
      `request:${plan.replace(/[0-9a-f]/g, '0')}`,
    ])
      await house.flows.notPosted(key);
    expect(await places()).toEqual(before);
  });
});

function restartWith(reason: string) {
  return { ...restart, reason };
}

async function digestOf(plan: string): Promise<{ digest: string }> {
  return database.db.selectFrom('plan').select('digest').where('id', '=', plan).executeTakeFirstOrThrow();
}
