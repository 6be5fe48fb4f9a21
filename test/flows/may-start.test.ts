import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { RunbookAction, Service } from '../../src/catalogue/catalogue.ts';
import { GuardiaError } from '../../src/errors.ts';
import type { RemediateRequest } from '../../src/flows/requests.ts';
import { auditEntries } from '../../src/store/audit.ts';
import { look, purge, restart, until } from '../helpers/asked.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { GUEST, NOOR, SAM, STRANGER, startTestHouse, TEAM, type TestHouse } from '../helpers/house.ts';
import { rowsOf } from '../helpers/rows.ts';
import { testCatalogue, testRunbook, testService } from '../helpers/shop.ts';

const KIM = { team: TEAM, user: 'U0KIM' };
const CALL = { team: TEAM, user: 'U0CALL' };
const BOT = { team: TEAM, user: 'U0BOT' };
const roles = { sre: { title: 'SRE', group: 'S0SRE' }, oncall: { title: 'On call', group: 'S0CALL' } };
const ONLY = 'Only members of SRE or On call of The shop may start this. Ask one of them to start it.';

let database: TestDatabase;
let house: TestHouse;
let requests = 0;
const rows = rowsOf(() => database);

beforeEach(async () => {
  database = await createTestDatabase();
  house = await startTestHouse(database, { catalogue: shop() });
  house.people.groups.S0CALL = ['U0CALL'];
});
afterEach(async () => {
  await house.stop();
  await database.drop();
});

/** The shop, with something changed in it and in all of its actions. */
function shop(service: Partial<Service> = {}, action: Partial<RunbookAction> = {}) {
  const { actions } = testRunbook();
  const runbook = testRunbook({ actions: actions.map((one) => ({ ...one, ...action })), escalate: [] });
  return testCatalogue(testService([runbook], { roles, ...service }));
}

async function ask(request: RemediateRequest, by = request.by) {
  requests += 1;
  return house.flows.remediate({ ...request, by }, `r${requests}`);
}

const plans = () => database.db.selectFrom('plan').select('id').execute();
const done = async () => {
  await rows.reaches('done');
  return house.steps.performed;
};

describe('who may start an action', () => {
  it.each([
    ['disruptive', restart],
    ['destructive', purge],
  ])('a person in no role of the service may not start what is %s, and reads who may', async (_, request) => {
    expect(await ask(request, KIM)).toEqual({ ok: false, says: ONLY });
    expect(await house.flows.whyNotStart({ ...request, by: KIM })).toBe(ONLY);
    expect(await plans()).toEqual([]);
    expect(house.steps.performed).toEqual([]);
  });

  it.each([NOOR, CALL])('a member of any role of the service may ($user)', async (by) => {
    expect(await house.flows.whyNotStart({ ...restart, by })).toBeNull();
    expect(await ask(restart, by)).toEqual({ ok: true });
    expect(await done()).toEqual(['restart']);
  });

  it('everybody of the workspace may start what is safe', async () => {
    expect(await ask(look, KIM)).toEqual({ ok: true });
    expect(await done()).toEqual(['look']);
  });

  it.each([GUEST, STRANGER, BOT, { team: TEAM, user: 'U0GONE' }])(
    'not even what is safe, nor as a member of the role, is started by a guest, stranger, bot or deactivated account ($user)',
    async (by) => {
      house.people.groups.S0SRE?.push(by.user);
      const refused = { ok: false, says: 'Only members of this workspace may run actions.' };
      expect(await ask(look, by)).toEqual(refused);
      expect(await ask(restart, by)).toEqual(refused);
      expect(await plans()).toEqual([]);
    },
  );

  it('is what run-by of the service says', async () => {
    house.catalogue.now = shop({ runBy: ['oncall'] });
    expect(await ask(restart, SAM)).toMatchObject({
      says: expect.stringContaining('Only members of On call of The shop may start this.'),
    });
    expect(await ask(look, KIM)).toEqual({ ok: true });
    expect(await ask(restart, CALL)).toEqual({ ok: true });
  });

  it('is what run-by of the action says, whatever its service and its risk', async () => {
    house.catalogue.now = shop({ runBy: ['oncall'] }, { runBy: ['sre'] });
    expect(await ask(restart, CALL)).toMatchObject({ ok: false });
    expect(await ask(look, KIM)).toMatchObject({ ok: false });
    expect(await ask(restart, SAM)).toEqual({ ok: true });
    house.catalogue.now = shop({}, { runBy: ['anybody'] });
    expect(await house.flows.whyNotStart({ ...purge, by: KIM })).toBeNull();
    expect(await house.flows.whyNotStart({ ...purge, by: GUEST })).not.toBeNull();
  });

  it('is asked of Slack each time, groups where the answer is over half a minute old', async () => {
    const [asked, groups]: [unknown[], unknown[]] = [[], []];
    const { account, members } = house.people;
    house.people.account = (person, options) => {
      asked.push(options);
      return account(person, options);
    };
    house.people.members = (group, options) => {
      groups.push(options);
      return members(group, options);
    };
    await ask(restart);
    await rows.reaches('done');
    // When it is asked for, and when it is spent: the person, and the first group that they are in. Who asked is also
    // looked up when it is spent, and right before its first step.
    expect(asked).toEqual(Array.from({ length: 4 }, () => ({ fresh: true })));
    expect(groups).toEqual(Array.from({ length: 2 }, () => ({ maxAgeMs: 30_000 })));
  });

  it('is waited for while Slack is limited, and then it runs', async () => {
    const { preview } = house.steps;
    const { members } = house.people;
    let refusals = 0;
    house.steps.preview = (...all) => {
      refusals = 3;
      return preview(...all);
    };
    house.people.members = (...all) => {
      if (refusals === 0) return members(...all);
      refusals -= 1;
      return Promise.reject(new GuardiaError('slack', 'Slack said ratelimited.', { retryable: true }));
    };
    expect(await ask(restart)).toEqual({ ok: true });
    await rows.reaches('done');
    expect(refusals).toBe(0);
  });

  it('is not asked of more groups than it takes to find the person', async () => {
    const asked: string[] = [];
    const { members } = house.people;
    house.people.members = (group, options) => {
      asked.push(group);
      return members(group, options);
    };
    await house.flows.whyNotStart(restart);
    await house.flows.whyNotStart({ ...restart, by: CALL });
    expect(asked).toEqual(['S0SRE', 'S0SRE', 'S0CALL']);
  });

  it('is nobody while Slack does not say who is who', async () => {
    house.people.broken = true;
    const says = expect.stringMatching(
      /^Slack could not say who may start this \(.*\), so nobody may for now/,
    );
    expect(await ask(restart)).toEqual({ ok: false, says });
    expect(await ask(look)).toEqual({ ok: false, says });
    expect(await house.flows.whyNotStart(restart)).toEqual(says);
  });

  it('is nobody of a group that Slack does not know, and still whoever is in another', async () => {
    const { members } = house.people;
    house.people.members = async (group, options) => {
      if (group === 'S0CALL') throw new GuardiaError('slack', 'Slack said no_such_subteam.');
      return members(group, options);
    };
    expect(await house.flows.whyNotStart({ ...restart, by: CALL })).toMatch(
      /Slack could not say who may start/,
    );
    expect(await house.flows.whyNotStart(restart)).toBeNull();
  });

  it('is nobody where the groups are empty, and the answer says so', async () => {
    house.people.groups = {};
    expect(await ask(restart)).toEqual({
      ok: false,
      says: 'Only members of SRE or On call of The shop may start this, and there are none. Add people to these Slack groups.',
    });
  });

  it('is nobody where the setting of the group is missing, and the answer says which', async () => {
    house.catalogue.now = shop({ roles: { sre: { title: 'SRE', group: `\${SHOP_SRE_GROUP}` } } });
    expect(await ask(restart)).toEqual({
      ok: false,
      says: 'Who is SRE is not known, since SHOP_SRE_GROUP is not set, so nobody may start this. Set SHOP_SRE_GROUP to the id of a Slack user group.',
    });
  });

  it('is Guardia itself by the clock alone, and only for what is safe', async () => {
    const by = house.people.self();
    expect(await ask(look, by)).toMatchObject({ ok: false });
    expect(await ask({ ...restart, byClock: true }, by)).toMatchObject({ ok: false });
    expect(await ask({ ...look, byClock: true }, by)).toEqual({ ok: true });
    expect(await done()).toEqual(['look']);
  });
});

describe('whoever may not start it any more', () => {
  const leaves = (user = 'U0NOOR') => {
    house.people.groups.S0SRE = ['U0SAM', 'U0INES', 'U0NOOR'].filter((one) => one !== user);
  };
  const LOST = /Void[\s\S]*may not start it any more: only members of SRE or On call of The shop/;

  it('does not have it run: what needs no approval is void when it would begin', async () => {
    const { preview } = house.steps;
    house.steps.preview = (...all) => {
      leaves();
      return preview(...all);
    };
    expect(await ask(restart)).toEqual({ ok: true });
    await rows.reaches('void');
    expect(await house.says(`plan:${(await rows.plan()).id}`, (text) => text.includes('Void'))).toMatch(LOST);
    expect(house.steps.performed).toEqual([]);
  });

  it('does not have it approved: the request is void at the vote', async () => {
    await ask(purge);
    const { id, digest } = await rows.plan();
    leaves();
    expect(await house.flows.approve({ plan: id, digest, by: SAM })).toMatchObject({
      ok: false,
      says: expect.stringContaining('may not start it any more'),
    });
    await rows.reaches('void');
    expect(await house.says(`plan:${id}`, (text) => text.includes('Void'))).toMatch(LOST);
    expect((await auditEntries(database.db, 0, 100)).map(({ event }) => event)).toContain('voided');
  });

  it('does not have it run: what was approved is void when it would begin', async () => {
    await ask(purge);
    const { id, digest } = await rows.plan();
    const { fingerprint } = house.steps;
    let looks = 0;
    // Who approves has looked by then; what begins looks once more.
    house.steps.fingerprint = (...all) => {
      looks += 1;
      if (looks === 2) leaves();
      return fingerprint(...all);
    };
    expect(await house.flows.approve({ plan: id, digest, by: SAM })).toEqual({ ok: true });
    await rows.reaches('void');
    expect(await house.says(`plan:${id}`, (text) => text.includes('Void'))).toMatch(LOST);
    expect(house.steps.performed).toEqual([]);
  });

  it('is not told so for a moment in which Slack does not answer: the vote is refused, and the request waits', async () => {
    await ask(purge);
    const { id, digest } = await rows.plan();
    house.people.broken = true;
    expect(await house.flows.approve({ plan: id, digest, by: SAM })).toMatchObject({ ok: false });
    expect((await rows.plan()).state).toBe('waiting');
  });

  it('loses a request that waits when the catalogue names other roles, and the change is announced', async () => {
    await until('the rules are kept', () => database.db.selectFrom('policy').selectAll().executeTakeFirst());
    await ask(purge);
    const { id } = await rows.plan();
    house.catalogue.now = { ...shop({ runBy: ['oncall'] }), revision: 'next' };
    house.flows.catalogueChanged();
    await rows.reaches('void');
    expect(await house.says(`plan:${id}`, (text) => text.includes('Void'))).toMatch(
      /may not start it any more: only members of On call/,
    );
    const announced = await until('the announcement', async () =>
      (await auditEntries(database.db, 0, 100)).find(({ event }) => event === 'policy-changed'),
    );
    expect(announced.details.changes).toEqual([
      'who may start what is disruptive or destructive: sre, oncall → oncall',
    ]);
  });

  it('is announced for an action that says so itself', async () => {
    await until('the rules are kept', () => database.db.selectFrom('policy').selectAll().executeTakeFirst());
    const actions = testRunbook().actions.map((one) =>
      one.name === 'purge' ? { ...one, runBy: ['anybody'] } : one,
    );
    const service = testService([testRunbook({ actions, escalate: [] })], { roles });
    house.catalogue.now = { ...testCatalogue(service), revision: 'next' };
    house.flows.catalogueChanged();
    const announced = await until('the announcement', async () =>
      (await auditEntries(database.db, 0, 100)).find(({ event }) => event === 'policy-changed'),
    );
    expect(announced.details.changes).toEqual(['who may start stuck/purge: nothing → anybody']);
  });
});
