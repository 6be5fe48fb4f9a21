import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import type { Person } from '../../src/approval/person.ts';
import type { Step } from '../../src/steps/step-kind.ts';
import { auditEntries } from '../../src/store/audit.ts';
import { look, purge, restart, until } from '../helpers/asked.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { INES, NOOR, SAM, startTestHouse, TEAM, type TestHouse } from '../helpers/house.ts';
import { rowsOf } from '../helpers/rows.ts';
import { handStep, testAction, testCatalogue, testRunbook, testService } from '../helpers/shop.ts';

let database: TestDatabase;
let house: TestHouse;
const rows = rowsOf(() => database);

/** Noor's other id, and Sam's. */
const NOOR_TOO: Person = { team: TEAM, user: 'U1NOOR' };
const SAM_TOO: Person = { team: TEAM, user: 'U1SAM' };
const ALL = [NOOR, NOOR_TOO, SAM, SAM_TOO, INES].map(({ user }) => user);

function shop(votes: number, steps: Step[] = [{ kind: 'fake', input: { does: 'purge' } }]) {
  const policy = { by: ['sre'], votes, expires: '15m', 'begin-within': '5m', 'break-glass': { by: ['sre'] } };
  const actions = [
    testAction('purge', { risk: 'destructive', undo: 'none', steps }),
    testAction('restart', { steps }),
    testAction('look', { risk: 'safe', steps }),
  ];
  return testCatalogue(testService([testRunbook({ actions })], { policies: { destructive: policy } }));
}

async function begin(votes = 1, steps?: Step[]): Promise<void> {
  house = await startTestHouse(database, { catalogue: shop(votes, steps) });
  house.people.groups.S0SRE = ALL;
  house.people.humans = { U1NOOR: 'W0NOOR', U1SAM: 'W0SAM' };
}

async function asked(by = NOOR): Promise<{ plan: string; digest: string }> {
  expect(await house.flows.remediate({ ...purge, by }, 'r1')).toEqual({ ok: true });
  const { id, digest } = await rows.plan();
  return { plan: id, digest };
}

const events = async () => (await auditEntries(database.db, 0, 100)).map(({ event }) => event);
const refused = { ok: false };

beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(async () => {
  await house.stop();
  await database.drop();
});

describe('a human with two linked ids', () => {
  it('does not approve, look at or deny what they asked for under the other, and may cancel it', async () => {
    await begin();
    const plan = await asked();
    const own = { ...plan, by: NOOR_TOO };
    expect(await house.flows.approve(own)).toMatchObject(refused);
    expect(await house.flows.viewPlan(own)).toMatchObject(refused);
    expect(await house.flows.deny({ ...own, reason: 'no' })).toMatchObject(refused);
    expect(await house.flows.cancel({ ...plan, by: SAM })).toMatchObject(refused);
    expect(await rows.plan()).toMatchObject({ state: 'waiting' });
    expect(await house.flows.cancel(own)).toEqual({ ok: true });
    expect(await rows.plan()).toMatchObject({ state: 'cancelled' });
  });

  it('is one of the two whom a policy wants', async () => {
    await begin(2);
    const plan = await asked();
    expect(await house.flows.approve({ ...plan, by: SAM })).toEqual({ ok: true });
    expect(await house.flows.approve({ ...plan, by: SAM_TOO })).toMatchObject(refused);
    expect(await rows.plan()).toMatchObject({ state: 'waiting' });
    expect(await house.flows.approve({ ...plan, by: INES })).toEqual({ ok: true });
    await rows.reaches('done');
  });

  it('votes once, also with both ids in the same moment', async () => {
    await begin(2);
    const plan = await asked();
    const answers = await Promise.all([SAM, SAM_TOO].map((by) => house.flows.approve({ ...plan, by })));
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
    expect(await rows.plan()).toMatchObject({ state: 'waiting' });
    expect(house.steps.performed).toEqual([]);
  });

  it('is one of those who could approve, when that is counted for a request', async () => {
    await begin(2);
    house.people.groups.S0SRE = [NOOR, NOOR_TOO, SAM, SAM_TOO].map(({ user }) => user);
    expect(await house.flows.remediate(purge, 'r1')).toMatchObject(refused);
  });

  it('is found out when the approval is spent, though the ids were linked only since', async () => {
    await begin(2);
    house.people.humans = {};
    const plan = await asked();
    expect(await house.flows.approve({ ...plan, by: SAM })).toEqual({ ok: true });
    linkOnceApproved({ U1SAM: 'W0SAM' });
    expect(await house.flows.approve({ ...plan, by: SAM_TOO })).toEqual({ ok: true });
    await rows.reaches('void');
    expect(house.steps.performed).toEqual([]);
  });

  it('does not sign the review of what they broke the glass for', async () => {
    await begin();
    const plan = await asked(SAM);
    expect(await house.flows.breakGlass({ ...plan, by: NOOR, reason: 'now' })).toEqual({ ok: true });
    await rows.reaches('done');
    for (const by of [NOOR_TOO, SAM_TOO])
      expect(await house.flows.review({ ...plan, by, note: 'well' })).toMatchObject(refused);
    expect((await house.flows.approvals(NOOR_TOO)).reviews).toEqual([]);
    expect((await house.flows.approvals(INES)).reviews).toHaveLength(1);
    expect(await house.flows.review({ ...plan, by: INES, note: 'well' })).toEqual({ ok: true });
  });

  it('is not shown what they asked for under the other as waiting for them', async () => {
    await begin();
    await asked();
    expect((await house.flows.approvals(NOOR_TOO)).waitingForMe).toEqual([]);
    expect((await house.flows.approvals(SAM)).waitingForMe).toHaveLength(1);
  });

  it('says once that they look at it', async () => {
    await begin();
    const plan = await asked();
    for (const by of [SAM, SAM, SAM_TOO])
      expect(await house.flows.claim({ ...plan, by })).toEqual({ ok: true });
    expect((await rows.plan()).claimed_by).toBe(`${TEAM}:U0SAM`);
  });
});

/** From the moment on in which the plan is approved. */
function linkOnceApproved(humans: Record<string, string | null>): void {
  const { account } = house.people;
  house.people.account = async (...all) => {
    if ((await rows.plan()).state === 'approved') house.people.humans = humans;
    return account(...all);
  };
}

describe('somebody whom Slack cannot tell', () => {
  it('does not vote, nor break glass, nor ask for what has to be approved', async () => {
    await begin();
    const plan = await asked();
    house.people.humans = { U0SAM: null };
    expect(await house.flows.approve({ ...plan, by: SAM })).toMatchObject(refused);
    expect(await house.flows.breakGlass({ ...plan, by: SAM, reason: 'now' })).toMatchObject(refused);
    expect(
      await house.flows.remediate({ ...purge, parameters: { queue: 'other' }, by: SAM }, 'r2'),
    ).toMatchObject({
      ok: false,
      says: expect.stringContaining('Enterprise Grid'),
    });
    expect(await rows.plan()).toMatchObject({ state: 'waiting' });
  });

  it('who asked, keeps everybody else from approving it', async () => {
    await begin();
    const plan = await asked();
    house.people.humans = { U0NOOR: null };
    expect(await house.flows.approve({ ...plan, by: SAM })).toMatchObject({
      ok: false,
      says: expect.stringContaining('Enterprise Grid'),
    });
    expect(await rows.plan()).toMatchObject({ state: 'waiting' });
  });

  it('does not count when an approval is spent', async () => {
    await begin();
    const plan = await asked();
    linkOnceApproved({ U0SAM: null });
    expect(await house.flows.approve({ ...plan, by: SAM })).toEqual({ ok: true });
    await rows.reaches('void');
    expect(house.steps.performed).toEqual([]);
  });
});

describe('a plan from before keys of people were kept', () => {
  it('counts a vote of then for the human that its id leads to now', async () => {
    await begin(2);
    house.people.humans = {};
    const plan = await asked();
    expect(await house.flows.approve({ ...plan, by: SAM })).toEqual({ ok: true });
    await sql`update vote set person = team || '/' || "user"`.execute(database.db);
    house.people.humans = { U1SAM: 'W0SAM' };
    expect(await house.flows.approve({ ...plan, by: SAM_TOO })).toMatchObject(refused);
    expect(await house.flows.approve({ ...plan, by: INES })).toEqual({ ok: true });
    await rows.reaches('done');
  });

  it('does not run for a vote that its requester cast under another id', async () => {
    await begin();
    house.people.humans = {};
    const plan = await asked();
    linkOnceApproved({ U1NOOR: 'W0NOOR' });
    expect(await house.flows.approve({ ...plan, by: NOOR_TOO })).toEqual({ ok: true });
    await rows.reaches('void');
    expect(house.steps.performed).toEqual([]);
  });
});

describe.each([
  ['deactivated', 'deactivated'],
  ['guest', 'guest'],
  ['bot', 'no person'],
  ['stranger', 'no member'],
] as const)('a request of somebody who is %s by now', (kind, word) => {
  it('is void at the next vote, and says why', async () => {
    await begin();
    const plan = await asked();
    house.people.accounts.U0NOOR = kind;
    expect(await house.flows.approve({ ...plan, by: SAM })).toMatchObject({
      ok: false,
      says: expect.stringContaining(word),
    });
    expect(await rows.plan()).toMatchObject({ state: 'void' });
    expect(await events()).toContain('voided');
    expect(await house.says(`plan:${plan.plan}`, (text) => text.includes('Void'))).toContain(word);
  });
});

describe('a request of somebody who was deactivated', () => {
  const kind = 'deactivated';

  it('is void when the approval is spent', async () => {
    await begin();
    const plan = await asked();
    const { account } = house.people;
    house.people.account = async (...all) => {
      if ((await rows.plan()).state === 'approved') house.people.accounts.U0NOOR = kind;
      return account(...all);
    };
    expect(await house.flows.approve({ ...plan, by: SAM })).toEqual({ ok: true });
    await rows.reaches('void');
    expect(await rows.plan()).toMatchObject({ began_at: null });
    expect(house.steps.performed).toEqual([]);
  });

  it.each([
    ['a step of Guardia', [{ kind: 'fake', input: { does: 'purge' } }]],
    ['a manual step', [handStep('Turn it off.'), { kind: 'fake', input: { does: 'purge' } }]],
  ])('is void right before %s that would be the first', async (_what, steps) => {
    await begin(1, steps);
    const plan = await asked();
    onceRunning(() => {
      house.people.accounts.U0NOOR = kind;
    });
    expect(await house.flows.approve({ ...plan, by: SAM })).toEqual({ ok: true });
    await rows.reaches('void');
    expect(house.steps.performed).toEqual([]);
    expect(await events()).not.toContain('step-begun');
    expect((await events()).at(-1)).toBe('voided');
    expect(await house.says(`plan:${plan.plan}`, (text) => text.includes('Void'))).toContain(kind);
    await house.says(`progress:${plan.plan}`, (text) => text.includes('Void'));
  });

  it('is void when somebody breaks the glass for it', async () => {
    await begin();
    const plan = await asked();
    house.people.accounts.U0NOOR = kind;
    expect(await house.flows.breakGlass({ ...plan, by: SAM, reason: 'now' })).toMatchObject(refused);
    expect(await rows.plan()).toMatchObject({ state: 'void' });
  });
});

/** From the moment on in which the plan runs. */
function onceRunning(does: () => void): void {
  const { account } = house.people;
  house.people.account = async (...all) => {
    const plan = await database.db.selectFrom('plan').select('state').executeTakeFirst();
    if (plan?.state === 'running') does();
    return account(...all);
  };
}

describe('what nobody has to approve', () => {
  it.each([restart, look])('is void right before its first step as well: $action', async (request) => {
    await begin();
    onceRunning(() => {
      house.people.accounts.U0NOOR = 'deactivated';
    });
    await house.flows.remediate(request, 'r1');
    await rows.reaches('void');
    expect(house.steps.performed).toEqual([]);
    expect(await house.says(`plan:${(await rows.plan()).id}`, (text) => text.includes('Void'))).toContain(
      'deactivated',
    );
  });

  it('runs for the clock, whose account is Guardia’s own', async () => {
    const schedule = { at: '00:00', zone: 'UTC', runs: ['look'] };
    const actions = [testAction('look', { risk: 'safe' })];
    const catalogue = testCatalogue(testService([testRunbook({ schedule, actions })]));
    house = await startTestHouse(database, { catalogue });
    house.people.accounts.U0GUARDIA = 'bot';
    await house.flows.runSchedule('shop', 'stuck', 'x');
    await until('the plan', () => database.db.selectFrom('plan').select('id').executeTakeFirst());
    await rows.reaches('done');
  });

  it('is void before its first step while Slack cannot say who asked for it', async () => {
    await begin();
    onceRunning(() => {
      house.people.broken = true;
    });
    await house.flows.remediate(restart, 'r1');
    await rows.reaches('void');
    expect(house.steps.performed).toEqual([]);
  });
});
