import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { firstBreak } from '../../src/audit/chain.ts';
import type { Service } from '../../src/catalogue/catalogue.ts';
import { auditEntries } from '../../src/store/audit.ts';
import { alertGroup, look, restart, until } from '../helpers/asked.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { INES, NOOR, SAM, startTestHouse, type TestHouse } from '../helpers/house.ts';
import { testCatalogue, testRunbook, testService } from '../helpers/shop.ts';

/** A service whose policy asks for an approval of what is disruptive, too: everything is as for what is destructive. */
const policy = { by: ['sre'], votes: 1, expires: '15m', 'begin-within': '5m' };
const roles = { sre: { title: 'SRE', group: 'S0SRE' }, oncall: { title: 'On call', group: 'S0CALL' } };
const because = { ...restart, reason: 'the workers hang' };

let database: TestDatabase;
let house: TestHouse;

beforeEach(async () => {
  database = await createTestDatabase();
  house = await startTestHouse(database, { catalogue: shop({ disruptive: policy }) });
  house.people.groups.S0CALL = ['U0NOOR'];
});
afterEach(async () => {
  await house.stop();
  await database.drop();
});

function shop(policies: Service['policies']) {
  return testCatalogue(testService([testRunbook()], { policies, roles }));
}

async function asked(): Promise<{ plan: string; digest: string }> {
  expect(await house.flows.remediate(because, 'r1')).toEqual({ ok: true });
  const { id, digest } = await database.db.selectFrom('plan').selectAll().executeTakeFirstOrThrow();
  return { plan: id, digest };
}

/** A button of a message. */
function buttonIn(message: string, id: string): object {
  const blocks: { elements?: { action_id?: string }[] }[] = JSON.parse(message).blocks;
  return blocks.flatMap(({ elements = [] }) => elements).find((one) => one.action_id === id) ?? {};
}

const events = async () => (await auditEntries(database.db, 0, 100)).map(({ event }) => event);

describe('a disruptive action of a service with a policy for it', () => {
  it('waits, calls those who may approve, and runs once after a second person approved it', async () => {
    const plan = await asked();
    expect(await house.says(`plan:${plan.plan}`)).toMatch(
      /Waiting for approval[\s\S]*the workers hang[\s\S]*<!subteam\^S0SRE>[\s\S]*disruptive/,
    );
    await house.says(`call:${plan.plan}:U0SAM`);
    expect(house.steps.performed).toEqual([]);
    expect(await house.flows.approve({ ...plan, by: NOOR })).toMatchObject({ ok: false });
    expect(await house.flows.approve({ ...plan, by: SAM })).toEqual({ ok: true });
    await house.says(`plan:${plan.plan}`, (text) => text.includes('Done'));
    expect(house.steps.performed).toEqual(['restart']);
    expect(await events()).toEqual(
      expect.arrayContaining(['asked', 'voted', 'approved', 'spent', 'step-begun', 'step-ended']),
    );
    expect(firstBreak(await auditEntries(database.db, 0, 100))).toBeNull();
  });

  it('needs a reason, and somebody who could approve it', async () => {
    expect(await house.flows.remediate(restart, 'r1')).toMatchObject({
      says: expect.stringContaining('needs a reason'),
    });
    house.people.groups.S0SRE = ['U0NOOR'];
    expect(await house.flows.remediate(because, 'r2')).toMatchObject({
      says: expect.stringContaining('Nobody could approve'),
    });
    expect(await database.db.selectFrom('plan').select('id').execute()).toEqual([]);
  });

  it('expires by its clock, and is void when its target changed', async () => {
    const plan = await asked();
    house.steps.waiting = 48_000;
    expect(await house.flows.approve({ ...plan, by: SAM })).toMatchObject({
      says: expect.stringContaining('from 1243 to 48000'),
    });
    expect(await house.flows.remediate({ ...because, by: SAM }, 'r2')).toEqual({ ok: true });
    const late = { expires_at: new Date(Date.now() - 1_000) };
    await database.db.updateTable('plan').set(late).where('state', '=', 'waiting').execute();
    const { id, digest } = await database.db
      .selectFrom('plan')
      .select(['id', 'digest'])
      .where('state', '=', 'waiting')
      .executeTakeFirstOrThrow();
    await house.flows.approve({ plan: id, digest, by: INES });
    await house.says(`plan:${id}`, (text) => text.includes('Expired'));
    expect(house.steps.performed).toEqual([]);
  });

  it('runs without a vote when somebody whom the policy names breaks the glass', async () => {
    house.catalogue.now = shop({ disruptive: { ...policy, 'break-glass': { by: ['oncall'] } } });
    const plan = await asked();
    const why = 'nobody answers';
    expect(await house.flows.breakGlass({ ...plan, by: SAM, reason: why })).toMatchObject({ ok: false });
    expect(await house.flows.breakGlass({ ...plan, by: NOOR, reason: why })).toEqual({ ok: true });
    await house.says(`plan:${plan.plan}`, (text) => text.includes('Done'));
    await house.says(`glass:${plan.plan}`);
  });

  it('says on the alert who approved it, or that nobody has yet', async () => {
    await house.flows.takeAlert(alertGroup());
    const alert = await until('an alert', async () =>
      database.db.selectFrom('alert').select('id').executeTakeFirst(),
    );
    const origin = `alert:${alert.id}`;
    await house.says(origin, (text) => text.includes('Restart the workers'));
    await house.flows.remediate({ ...because, origin }, 'r1');
    expect(await house.says(origin, (text) => text.includes('Waiting for approval'))).not.toContain(
      'no approval needed',
    );
  });

  it.each<[string, Service['policies'], boolean]>([
    ['nothing, since the dialog asks why, where somebody has to approve it', { disruptive: policy }, false],
    ['whether it shall, where nobody has to', { destructive: policy }, true],
  ])('is offered with a button that asks %s', async (_, policies, asks) => {
    house.catalogue.now = shop(policies);
    await house.flows.takeAlert(alertGroup());
    const alert = await until('an alert', async () =>
      database.db.selectFrom('alert').select('id').executeTakeFirst(),
    );
    const text = await house.says(`alert:${alert.id}`, (one) => one.includes('remediate:restart'));
    expect(buttonIn(text, 'remediate:restart')).toMatchObject({ text: { text: 'Restart the workers' } });
    expect('confirm' in buttonIn(text, 'remediate:restart')).toBe(asks);
  });

  it('leaves what is safe alone, and what is destructive refused where nobody may approve that', async () => {
    expect(await house.flows.remediate(look, 'r1')).toEqual({ ok: true });
    await until('it ran', async () => house.steps.performed.find((one) => one === 'look'));
    expect(await house.flows.remediate({ ...because, action: 'purge' }, 'r2')).toMatchObject({
      says: expect.stringContaining('Nobody can approve this'),
    });
  });
});

describe('a change of what has to be approved', () => {
  it('voids what waits under a policy that is gone, and nothing runs', async () => {
    const plan = await asked();
    house.catalogue.now = { ...shop({}), revision: 'next' };
    house.flows.catalogueChanged();
    expect(await house.says(`plan:${plan.plan}`, (text) => text.includes('Void'))).toMatch(
      /policy for approving it changed/,
    );
    expect(house.steps.performed).toEqual([]);
  });

  it('voids what was asked for without one, and had not begun when the policy came', async () => {
    house.catalogue.now = shop({});
    const { fingerprint } = house.steps;
    house.steps.fingerprint = (...asks) => {
      house.catalogue.now = shop({ disruptive: policy });
      return fingerprint(...asks);
    };
    await house.flows.remediate(restart, 'r1');
    const { id } = await database.db.selectFrom('plan').select('id').executeTakeFirstOrThrow();
    expect(await house.says(`plan:${id}`, (text) => text.includes('Void'))).toMatch(
      /somebody has to approve it by now/,
    );
    expect(house.steps.performed).toEqual([]);
  });

  it('is announced, for each risk and for each action that wants more', async () => {
    await until('the rules are kept', async () =>
      database.db.selectFrom('policy').selectAll().executeTakeFirst(),
    );
    const actions = testRunbook().actions.map((action) => ({ ...action, approval: { votes: 2 } }));
    const runbook = testRunbook({ actions });
    const policies = { destructive: policy, disruptive: { ...policy, votes: 2 } };
    const service = testService([runbook], { policies, roles });
    house.catalogue.now = { ...testCatalogue(service), revision: 'next' };
    house.flows.catalogueChanged();
    const entry = await until('it is recorded', async () =>
      (await auditEntries(database.db, 0, 100)).find(({ event }) => event === 'policy-changed'),
    );
    const [one, two] = [1, 2].map((votes) => `${votes} of sre within 15m, begun within 5m`);
    expect(entry.details.changes).toEqual([
      `approval: nobody may approve anything → ${one}`,
      `approval of stuck/purge: nothing → ${two}`,
      `approval of stuck/restart: nothing → ${two}`,
      `approval of what is disruptive: ${one} → ${two}`,
    ]);
  });
});
