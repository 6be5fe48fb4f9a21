import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Person } from '../../src/approval/person.ts';
import { firstBreak } from '../../src/audit/chain.ts';
import { GuardiaError } from '../../src/errors.ts';
import { auditEntries } from '../../src/store/audit.ts';
import { countOpenReviews } from '../../src/store/reviews.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { GUEST, INES, NOOR, SAM, STRANGER, startTestHouse, type TestHouse } from '../helpers/house.ts';
import { handStep, testAction, testCatalogue, testRunbook, testService } from '../helpers/shop.ts';

const policy = {
  ...{ by: ['sre'], votes: 1, expires: '15m', 'begin-within': '5m' },
  'break-glass': { by: ['oncall'] },
};
const roles = {
  sre: { title: 'SRE', group: 'S0SRE' },
  oncall: { title: 'On call', group: 'S0CALL' },
};

let database: TestDatabase;
let house: TestHouse;

beforeEach(async () => {
  database = await createTestDatabase();
  house = await startTestHouse(database, {
    catalogue: testCatalogue(testService([testRunbook()], { policies: { destructive: policy }, roles })),
  });
  house.people.groups.S0CALL = ['U0NOOR', 'U0INES', 'U0GUEST', 'U0BOT'];
});
afterEach(async () => {
  await house.stop();
  await database.drop();
});

async function asked(by: Person = NOOR): Promise<{ plan: string; digest: string }> {
  const place = { channel: 'C0SHOP' };
  const purge = {
    service: 'shop',
    runbook: 'stuck',
    parameters: { queue: 'orders' },
    action: 'purge',
    place,
  };
  expect(await house.flows.remediate({ ...purge, by, reason: 'duplicates' }, `r-${by.user}`)).toEqual({
    ok: true,
  });
  const { id, digest } = await database.db.selectFrom('plan').selectAll().executeTakeFirstOrThrow();
  return { plan: id, digest };
}

async function stateOf(id: string): Promise<string> {
  const { state } = await database.db
    .selectFrom('plan')
    .select('state')
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  return state;
}

const events = async () => (await auditEntries(database.db, 0, 100)).map(({ event }) => event);
const why = 'nobody of SRE answers, and orders are lost';

describe('break-glass', () => {
  it('runs what waits without a vote, calls the approvers, and tells the audit channel', async () => {
    const plan = await asked();
    expect(await house.flows.breakGlass({ ...plan, by: NOOR, reason: why })).toEqual({ ok: true });
    await house.says(`plan:${plan.plan}`, (text) => text.includes('Done'));
    expect(house.steps.performed).toEqual(['purge']);
    expect(await house.says(`plan:${plan.plan}`)).toMatch(
      /Not approved: <@U0NOOR> broke the glass.*orders are lost/s,
    );
    expect(await house.says(`glass:${plan.plan}`)).toMatch(
      /Glass broken[\s\S]*without a second person’s approval[\s\S]*<!subteam\^S0SRE>[\s\S]*Sign the review/,
    );
    const inAudit = await house.says(`glass-audit:${plan.plan}`);
    expect(inAudit).toContain(why);
    expect(inAudit).not.toContain('<!subteam');
    const where = database.db.selectFrom('message').select('channel');
    expect(await where.where('key', '=', `glass-audit:${plan.plan}`).executeTakeFirst()).toEqual({
      channel: 'C0AUDIT',
    });
    expect(await countOpenReviews(database.db)).toBe(1);
    const record = await auditEntries(database.db, 0, 100);
    expect(firstBreak(record)).toBeNull();
    expect(record.find(({ event }) => event === 'break-glass')).toMatchObject({
      ...{ team: NOOR.team, user: NOOR.user, plan: plan.plan, digest: plan.digest },
      details: { reason: why },
    });
    expect(await events()).toEqual(
      expect.arrayContaining(['asked', 'break-glass', 'spent', 'step-begun', 'step-ended']),
    );
    expect(await events()).not.toContain('voted');
  });

  it.each<[string, Person, RegExp]>([
    ['somebody whom the policy does not name', SAM, /whom the policy of this service names/],
    ['a guest', GUEST, /Guests/],
    ['a bot', { ...NOOR, user: 'U0BOT' }, /people/],
    ['somebody of another organisation', STRANGER, /this workspace/],
  ])('is refused to %s', async (_, by, says) => {
    const plan = await asked();
    expect(await house.flows.breakGlass({ ...plan, by, reason: why })).toEqual({
      ok: false,
      says: expect.stringMatching(says),
    });
    expect(await stateOf(plan.plan)).toBe('waiting');
    expect(await events()).not.toContain('break-glass');
  });

  it('is refused without a reason, for another plan, and while Slack cannot say who is who', async () => {
    const plan = await asked();
    const broken = (request: object) =>
      house.flows.breakGlass({ ...plan, by: NOOR, reason: why, ...request });
    expect(await broken({ reason: ' ' })).toMatchObject({
      says: expect.stringMatching(/why it cannot wait/),
    });
    expect(await broken({ digest: 'f'.repeat(64) })).toMatchObject({
      says: expect.stringMatching(/another version/),
    });
    house.people.broken = true;
    expect(await broken({})).toMatchObject({ ok: false, says: expect.stringMatching(/Slack/) });
    expect(await stateOf(plan.plan)).toBe('waiting');
  });

  it('is refused where the policy does not allow it', async () => {
    const { 'break-glass': _, ...strict } = policy;
    house.catalogue.now = testCatalogue(
      testService([testRunbook()], { policies: { destructive: strict }, roles }),
    );
    const plan = await asked();
    expect(await house.flows.breakGlass({ ...plan, by: NOOR, reason: why })).toMatchObject({
      says: expect.stringMatching(/does not allow that/),
    });
  });

  it('runs once, also when it is broken twice and approved in the same moment', async () => {
    const plan = await asked();
    const all = await Promise.all([
      house.flows.breakGlass({ ...plan, by: NOOR, reason: why }),
      house.flows.breakGlass({ ...plan, by: INES, reason: why }),
      house.flows.approve({ ...plan, by: SAM }),
    ]);
    expect(all.filter(({ ok }) => ok)).toHaveLength(1);
    await house.says(`plan:${plan.plan}`, (text) => text.includes('Done'));
    expect(house.steps.performed).toEqual(['purge']);
  });

  it('does not run what has changed since it was asked for', async () => {
    const plan = await asked();
    house.catalogue.now = testCatalogue(
      testService([testRunbook()], { policies: { destructive: { ...policy, votes: 2 } }, roles }),
    );
    expect(await house.flows.breakGlass({ ...plan, by: NOOR, reason: why })).toMatchObject({
      ok: false,
      says: expect.stringMatching(/void/),
    });
    expect(await stateOf(plan.plan)).toBe('void');
    expect(await countOpenReviews(database.db)).toBe(0);
  });

  it('does not run when whoever broke it may no longer do so once it is spent', async () => {
    const plan = await asked();
    const original = house.people.members;
    let looks = 0;
    house.people.members = async (group, options) => {
      if (group === 'S0CALL' && options?.fresh) looks += 1;
      return group === 'S0CALL' && looks > 1 ? ['U0INES'] : original(group, options);
    };
    expect(await house.flows.breakGlass({ ...plan, by: NOOR, reason: why })).toEqual({ ok: true });
    await house.says(`plan:${plan.plan}`, (text) => text.includes('may no longer do so'));
    expect(house.steps.performed).toEqual([]);
  });
});

describe('the review', () => {
  async function broken(): Promise<{ plan: string; digest: string }> {
    const plan = await asked();
    await house.flows.breakGlass({ ...plan, by: INES, reason: why });
    await house.says(`plan:${plan.plan}`, (text) => text.includes('Done'));
    return plan;
  }

  it('is signed once, by an approver who had no part in it, and every message says so', async () => {
    const plan = await broken();
    expect((await house.flows.home(SAM)).reviews).toMatchObject([{ id: plan.plan, by: INES }]);
    for (const by of [NOOR, INES]) {
      expect((await house.flows.home(by)).reviews).toEqual([]);
      expect(await house.flows.review({ ...plan, by, note: 'all well' })).toMatchObject({
        says: expect.stringMatching(/had no part in it/),
      });
    }
    expect(await house.flows.review({ ...plan, by: GUEST, note: 'all well' })).toMatchObject({ ok: false });
    expect(await house.flows.review({ ...plan, by: SAM, note: ' ' })).toMatchObject({ ok: false });
    expect(await countOpenReviews(database.db)).toBe(1);

    expect(await house.flows.review({ ...plan, by: SAM, note: 'they were duplicates' })).toEqual({
      ok: true,
    });
    expect(await house.flows.review({ ...plan, by: SAM, note: 'again' })).toMatchObject({
      says: expect.stringMatching(/signed this review already/),
    });
    expect(await countOpenReviews(database.db)).toBe(0);
    for (const key of ['glass', 'glass-audit']) {
      const text = await house.says(`${key}:${plan.plan}`);
      expect(text).toMatch(/Reviewed[\s\S]*signed by <@U0SAM>[\s\S]*they were duplicates/);
      expect(text).not.toContain('Sign the review');
    }
    expect((await events()).filter((event) => event === 'reviewed')).toHaveLength(1);
    expect((await house.flows.home(SAM)).reviews).toEqual([]);
  });

  it('is not signed by whoever had approved it, one vote of two', async () => {
    const destructive = { ...policy, votes: 2 };
    house.catalogue.now = testCatalogue(testService([testRunbook()], { policies: { destructive }, roles }));
    house.people.groups.S0SRE = ['U0SAM', 'U0INES', 'U0LEO'];
    const plan = await asked();
    await house.flows.approve({ ...plan, by: SAM });
    await house.flows.breakGlass({ ...plan, by: NOOR, reason: why });
    await house.says(`plan:${plan.plan}`, (text) => text.includes('Done'));
    expect(await house.flows.review({ ...plan, by: SAM, note: 'all well' })).toEqual({
      ok: false,
      says: expect.stringMatching(/had no part in it/),
    });
    expect((await house.flows.approvals(SAM)).reviews).toEqual([]);
    expect((await house.flows.approvals(INES)).reviews).toHaveLength(1);
    expect(await house.flows.review({ ...plan, by: INES, note: 'all well' })).toEqual({ ok: true });
  });

  it('is not signed by whoever did a step of it by hand', async () => {
    const purge = testAction('purge', {
      risk: 'destructive',
      undo: 'none',
      steps: [handStep('Switch it off.')],
    });
    const runbook = testRunbook({ actions: [purge] });
    house.catalogue.now = testCatalogue(testService([runbook], { policies: { destructive: policy }, roles }));
    const plan = await asked();
    await house.flows.breakGlass({ ...plan, by: NOOR, reason: why });
    await house.says(`hand:${plan.plan}:0`);
    await house.flows.byHand({ ...plan, step: 0, done: true, by: SAM });
    await house.says(`plan:${plan.plan}`, (text) => text.includes('Done'));
    expect(await house.flows.review({ ...plan, by: SAM, note: 'all well' })).toMatchObject({ ok: false });
  });

  it('is not signed by whoever said how it ended', async () => {
    house.steps.failWith = new GuardiaError('deadline', 'no answer in 5 s', { unconfirmed: true });
    const plan = await asked();
    await house.flows.breakGlass({ ...plan, by: NOOR, reason: why });
    await house.says(`unknown:${plan.plan}`);
    await house.flows.settle({ ...plan, happened: true, by: SAM });
    expect(await house.flows.review({ ...plan, by: SAM, note: 'all well' })).toMatchObject({ ok: false });
  });

  it('belongs to what ran so, and to nothing else', async () => {
    const plan = await asked();
    expect(await house.flows.review({ ...plan, by: SAM, note: 'all well' })).toMatchObject({ ok: false });
    expect(await events()).toEqual(['asked']);
  });
});
