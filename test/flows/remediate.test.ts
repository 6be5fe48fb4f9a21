import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import type { Person } from '../../src/approval/person.ts';
import { firstBreak } from '../../src/audit/chain.ts';
import { GuardiaError } from '../../src/errors.ts';
import type { RemediateRequest } from '../../src/flows/requests.ts';
import { auditEntries } from '../../src/store/audit.ts';
import type { PlanState } from '../../src/store/schema.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { GUEST, INES, NOOR, SAM, STRANGER, startTestHouse, type TestHouse } from '../helpers/house.ts';
import { testAction, testCatalogue, testRunbook, testService } from '../helpers/shop.ts';

let database: TestDatabase;
let house: TestHouse;

beforeEach(async () => {
  database = await createTestDatabase();
  house = await startTestHouse(database);
});
afterEach(async () => {
  await house.stop();
  await database.drop();
});

const base = {
  service: 'shop',
  runbook: 'stuck',
  parameters: { queue: 'orders' },
  by: NOOR,
  place: { channel: 'C0SHOP' },
};
const purge: RemediateRequest = { ...base, action: 'purge', reason: 'duplicates' };
const restart: RemediateRequest = { ...base, action: 'restart' };

async function onlyPlan() {
  return database.db.selectFrom('plan').selectAll().executeTakeFirstOrThrow();
}

async function keysOf(kind: string): Promise<string[]> {
  const rows = await database.db
    .selectFrom('message')
    .select('key')
    .where('key', 'like', `${kind}:%`)
    .execute();
  return rows.map((row) => row.key);
}

async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const over = Date.now() + 20_000;
  while (Date.now() < over) {
    const seen = await look();
    if (seen !== undefined) return seen;
    await new Promise((next) => setTimeout(next, 10));
  }
  throw new Error(`there never was ${what}`);
}

async function reaches(state: PlanState): Promise<void> {
  const until = Date.now() + 20_000;
  let now = 'none';
  while (Date.now() < until) {
    now = (await onlyPlan()).state;
    if (now === state) return;
    await new Promise((next) => setTimeout(next, 10));
  }
  throw new Error(`the plan is ${now}, not ${state}`);
}

async function asked(): Promise<{ plan: string; digest: string }> {
  await expect(house.flows.remediate(purge, 'r1')).resolves.toEqual({ ok: true });
  const { id, digest } = await onlyPlan();
  return { plan: id, digest };
}

const events = async () => (await auditEntries(database.db, 0, 100)).map((entry) => entry.event);

describe('a disruptive action', () => {
  it('runs at once, and shows before and after with a chart-ready proof', async () => {
    house.steps.whilePerforming = () => {
      house.steps.sees = { queue: 12, workers: ['w1'] };
    };
    await expect(house.flows.remediate(restart, 'r1')).resolves.toEqual({ ok: true });
    await reaches('done');
    const { id } = await onlyPlan();
    const proof = await house.says(`proof:${id}`);
    expect(proof).toContain('Restart the workers');
    expect(proof).toMatch(/none/);
    expect(house.steps.performed).toEqual(['restart']);
    expect(await events()).toEqual(['asked', 'spent', 'step-begun', 'step-ended', 'verified']);
  });

  it('that did not help says so, and is followed by a new diagnosis', async () => {
    await house.flows.remediate(restart, 'r1');
    const { id } = await onlyPlan();
    await house.says(`proof:${id}`, (text) => text.includes('not healed'));
    const run = await until('a new diagnosis', () =>
      database.db.selectFrom('run').select('id').executeTakeFirst(),
    );
    await house.says(`diagnosis:${run.id}`, (text) => text.includes('no worker answers'));
  });

  it('that fails says why, and is not tried again', async () => {
    house.steps.failWith = new Error('the deployment does not exist');
    await house.flows.remediate(restart, 'r1');
    await reaches('failed');
    const { id } = await onlyPlan();
    await house.says(`plan:${id}`, (text) => text.includes('the deployment does not exist'));
    expect(house.steps.performed).toEqual(['restart']);
  });

  it('that gets no answer in time has an end that nobody saw, and says why', async () => {
    house.steps.failWith = new GuardiaError('deadline', 'the cluster: no answer in 5 s', {
      unconfirmed: true,
    });
    await house.flows.remediate(restart, 'r1');
    await reaches('unknown');
    const { id } = await onlyPlan();
    await house.says(`plan:${id}`, (text) => text.includes('no answer in 5 s'));
    await house.says(`unknown:${id}`, (text) => text.includes('Workers answer'));
    expect(await keysOf('proof')).toEqual([]);
    expect(await events()).toEqual(['asked', 'spent', 'step-begun', 'unknown', 'verified']);
  });

  it.each<[boolean, PlanState]>([
    [true, 'unknown'],
    [false, 'failed'],
  ])('whose connection broke (after it was asked: %s) ends as %s', async (unconfirmed, end) => {
    house.steps.failWith = new GuardiaError('unreachable', 'it closed the connection', { unconfirmed });
    await house.flows.remediate(restart, 'r1');
    await reaches(end);
  });

  it('runs once however often the same request comes', async () => {
    await Promise.all([house.flows.remediate(restart, 'r1'), house.flows.remediate(restart, 'r1')]);
    await reaches('done');
    expect(house.steps.performed).toEqual(['restart']);
  });

  it('is refused while the same action is under way', async () => {
    const [begun, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    house.steps.whilePerforming = () => {
      begun.resolve();
      return released.promise;
    };
    await house.flows.remediate(restart, 'r1');
    await begun.promise;
    await expect(house.flows.remediate({ ...restart, by: SAM }, 'r2')).resolves.toMatchObject({
      ok: false,
      says: expect.stringContaining('under way'),
    });
    released.resolve();
    await reaches('done');
  });

  /** The next plan is made, or goes on to be made after a restart, only when it is let go. */
  function holdPlan() {
    const { preview } = house.steps;
    const held = Promise.withResolvers<void>();
    const reached = new Promise<void>((now) => {
      house.steps.preview = async (...asked) => {
        house.steps.preview = preview;
        now();
        await held.promise;
        return preview(...asked);
      };
    });
    return { reached, letGo: held.resolve };
  }

  it('that somebody asked for once more before it was planned does not run a second time', async () => {
    const plan = holdPlan();
    const first = house.flows.remediate(restart, 'r1');
    await plan.reached;
    await house.flows.remediate({ ...restart, by: SAM }, 'r2');
    await reaches('done');
    plan.letGo();
    await expect(first).resolves.toMatchObject({ ok: false, says: expect.stringContaining('once more') });
    expect(house.steps.performed).toEqual(['restart']);
  });

  it('that was asked for long before a restart is not run by surprise', async () => {
    const plan = holdPlan();
    void house.flows.remediate(restart, 'r1').catch(() => {});
    await plan.reached;
    await house.flows.stop(50);
    const long = new Date(Date.now() - 6 * 60_000).toISOString();
    await sql`update dbos.workflow_input set inputs = regexp_replace(inputs, '20\\d\\d-[0-9T:.-]+Z', ${long})`.execute(
      database.db,
    );
    house = await startTestHouse(database, { steps: house.steps, people: house.people });
    const said = await house.flows.remediate(restart, 'r1');
    expect(said).toMatchObject({ ok: false, says: expect.stringContaining('Guardia was away') });
    expect(house.steps.performed).toEqual([]);
  });

  it.each([
    ['a guest', GUEST],
    ['a person of another organisation', STRANGER],
  ])('is refused to %s', async (_who, by: Person) => {
    await expect(house.flows.remediate({ ...restart, by }, 'r1')).resolves.toMatchObject({ ok: false });
    expect(house.steps.performed).toEqual([]);
  });
});

describe('a destructive action', () => {
  it('waits, and runs once after a second person approved it', async () => {
    const plan = await asked();
    await house.says(`plan:${plan.plan}`, (text) => text.includes('Waiting for approval'));
    expect(house.steps.performed).toEqual([]);
    await expect(house.flows.approve({ ...plan, by: SAM })).resolves.toEqual({ ok: true });
    await reaches('done');
    expect(house.steps.performed).toEqual(['purge']);
    await house.says(`plan:${plan.plan}`, (text) => text.includes('U0SAM') && text.includes('Done'));
    const entries = await auditEntries(database.db, 0, 100);
    expect(entries.map((entry) => entry.event)).toEqual(
      expect.arrayContaining(['asked', 'voted', 'approved', 'spent', 'step-begun', 'step-ended']),
    );
    expect(firstBreak(entries)).toBeNull();
  });

  it.each([
    ['the requester', NOOR, 'You asked for this'],
    ['a guest', GUEST, 'Guests'],
    ['somebody of another organisation', STRANGER, 'other organisations'],
    ['a bot', { team: NOOR.team, user: 'U0BOT' }, 'Only people'],
    ['a deactivated account', { team: NOOR.team, user: 'U0GONE' }, 'deactivated'],
    ['a person outside the group', { team: NOOR.team, user: 'U0ELSE' }, 'approver group'],
  ])('does not count the vote of %s, and says why', async (_who, by: Person, why: string) => {
    house.people.groups.S0SRE?.push('U0GUEST', 'U0BOT', 'U0GONE', 'U0OTHER');
    const plan = await asked();
    await expect(house.flows.approve({ ...plan, by })).resolves.toMatchObject({
      ok: false,
      says: expect.stringContaining(why),
    });
    await expect(house.flows.viewPlan({ ...plan, by })).resolves.toMatchObject({
      ok: false,
      says: expect.stringContaining(why),
    });
    expect((await onlyPlan()).state).toBe('waiting');
    expect(house.steps.performed).toEqual([]);
  });

  it('runs once when two people approve in the same millisecond', async () => {
    const plan = await asked();
    const answers = await Promise.all([
      house.flows.approve({ ...plan, by: SAM }),
      house.flows.approve({ ...plan, by: INES }),
    ]);
    expect(answers.filter((answer) => answer.ok)).toHaveLength(1);
    await reaches('done');
    expect(house.steps.performed).toEqual(['purge']);
  });

  it('has one end when an approval races a denial', async () => {
    const plan = await asked();
    const [approved, denied] = await Promise.all([
      house.flows.approve({ ...plan, by: SAM }),
      house.flows.deny({ ...plan, by: INES, reason: 'not now' }),
    ]);
    expect([approved.ok, denied.ok].filter(Boolean)).toHaveLength(1);
    await reaches(approved.ok ? 'done' : 'denied');
    expect(house.steps.performed).toHaveLength(approved.ok ? 1 : 0);
  });

  it('ends with a denial and its reason, whoever votes later', async () => {
    const plan = await asked();
    await expect(house.flows.deny({ ...plan, by: SAM, reason: '' })).resolves.toMatchObject({ ok: false });
    await expect(house.flows.deny({ ...plan, by: SAM, reason: 'the backup runs' })).resolves.toEqual({
      ok: true,
    });
    await house.says(`plan:${plan.plan}`, (text) => text.includes('the backup runs'));
    await expect(house.flows.approve({ ...plan, by: INES })).resolves.toMatchObject({
      ok: false,
      says: expect.stringContaining('denied'),
    });
    expect(house.steps.performed).toEqual([]);
  });

  it('can be cancelled by the requester alone', async () => {
    const plan = await asked();
    await expect(house.flows.cancel({ ...plan, by: SAM })).resolves.toMatchObject({ ok: false });
    await expect(house.flows.cancel({ ...plan, by: NOOR })).resolves.toEqual({ ok: true });
    await reaches('cancelled');
    await expect(house.flows.approve({ ...plan, by: SAM })).resolves.toMatchObject({ ok: false });
  });

  it('is looked at as it is now: how much it touches, and what the dry run says', async () => {
    const plan = await asked();
    house.steps.waiting = 1_260;
    await expect(house.flows.viewPlan({ ...plan, by: SAM })).resolves.toMatchObject({
      amount: '1260 jobs waiting (1243 jobs waiting when it was asked for)',
    });
  });

  it('is void when its dry run counts far more by now, which is shown to whoever looks before', async () => {
    const preview = { kind: 'fake', input: {} };
    const action = testAction('purge', { risk: 'destructive', undo: 'none', preview });
    house.catalogue.now = testCatalogue(testService([testRunbook({ actions: [action] })]));
    let files = 12;
    const { observe } = house.steps;
    house.steps.observe = async (...all) =>
      all[2].action ? { value: files, says: `${files} files`, evidence: [] } : observe(...all);
    const plan = await asked();
    await expect(house.flows.viewPlan({ ...plan, by: SAM })).resolves.not.toHaveProperty('dryRun');
    files = 60;
    await expect(house.flows.viewPlan({ ...plan, by: SAM })).resolves.toMatchObject({
      dryRun: [{ label: 'dry run', lines: [{ is: 'gone' }, { is: 'new', text: '60 files' }], same: 0 }],
    });
    files = 48_000;
    await expect(house.flows.approve({ ...plan, by: SAM })).resolves.toMatchObject({
      says: expect.stringContaining('its dry run counts 48,000 instead of 12'),
    });
    await reaches('void');
  });

  it('is refused when nobody could read it before approving it', async () => {
    house.steps.preview = async () => ({ what: 'x'.repeat(3_000), evidence: [] });
    await expect(house.flows.remediate(purge, 'r1')).resolves.toEqual({
      ok: false,
      says: expect.stringContaining('more than anybody could read'),
    });
  });

  it('is void when somebody changed it in the database', async () => {
    const plan = await asked();
    await sql`update plan set frozen = jsonb_set(frozen, '{reason}', '"somebody else wants it"')`.execute(
      database.db,
    );
    await house.flows.approve({ ...plan, by: SAM });
    await reaches('void');
    expect(house.steps.performed).toEqual([]);
  });

  it('becomes void at the click when its target changed, and shows the difference', async () => {
    const plan = await asked();
    house.steps.waiting = 48_000;
    await expect(house.flows.approve({ ...plan, by: SAM })).resolves.toMatchObject({
      ok: false,
      says: expect.stringContaining('from 1243 to 48000'),
    });
    await reaches('void');
    await house.says(`plan:${plan.plan}`, (text) => text.includes('from 1243 to 48000'));
    expect(house.steps.performed).toEqual([]);
  });

  it('counts only votes on the digest that was shown', async () => {
    const plan = await asked();
    await expect(house.flows.approve({ ...plan, digest: 'f'.repeat(64), by: SAM })).resolves.toMatchObject({
      ok: false,
    });
    expect((await onlyPlan()).state).toBe('waiting');
  });

  it('is refused at once when nobody could approve it', async () => {
    house.people.groups.S0SRE = ['U0NOOR', 'U0GUEST'];
    await expect(house.flows.remediate(purge, 'r1')).resolves.toMatchObject({
      ok: false,
      says: expect.stringContaining('Nobody could approve'),
    });
    expect(await database.db.selectFrom('plan').selectAll().execute()).toHaveLength(0);
  });

  it('is refused without a reason', async () => {
    await expect(house.flows.remediate({ ...purge, reason: ' ' }, 'r1')).resolves.toMatchObject({
      ok: false,
      says: expect.stringContaining('reason'),
    });
  });

  it('is denied to everybody while Slack cannot say who is who', async () => {
    const plan = await asked();
    house.people.broken = true;
    await expect(house.flows.approve({ ...plan, by: SAM })).resolves.toMatchObject({
      ok: false,
      says: expect.stringContaining('Slack'),
    });
    expect((await onlyPlan()).state).toBe('waiting');
  });

  it('expires by its clock', async () => {
    const plan = await asked();
    await database.db
      .updateTable('plan')
      .set({ expires_at: new Date(Date.now() - 1_000) })
      .execute();
    await expect(house.flows.approve({ ...plan, by: SAM })).resolves.toMatchObject({
      ok: false,
      says: expect.stringContaining('expired'),
    });
    await reaches('expired');
    await house.says(`plan:${plan.plan}`, (text) => text.includes('Expired'));
  });

  it('is not ended by its clocks once it runs', async () => {
    house.steps.whilePerforming = async () => {
      const past = new Date(Date.now() - 60_000);
      await database.db.updateTable('plan').set({ expires_at: past, begin_before: past }).execute();
    };
    const plan = await asked();
    await house.flows.approve({ ...plan, by: SAM });
    await reaches('done');
    expect(await events()).not.toContain('expired');
  });

  it('needs as many distinct people as the policy says', async () => {
    const service = testService([testRunbook()], {
      policies: { destructive: { by: ['sre'], votes: 2, expires: '15m', 'begin-within': '5m' } },
    });
    house.catalogue.now = testCatalogue(service);
    const plan = await asked();
    await house.flows.approve({ ...plan, by: SAM });
    await expect(house.flows.approve({ ...plan, by: SAM })).resolves.toMatchObject({
      ok: false,
      says: expect.stringContaining('already'),
    });
    expect((await onlyPlan()).state).toBe('waiting');
    await house.flows.approve({ ...plan, by: INES });
    await reaches('done');
  });

  it('becomes void when its policy changes while it waits', async () => {
    const plan = await asked();
    const service = testService([testRunbook()], {
      policies: { destructive: { by: ['sre'], votes: 2, expires: '15m', 'begin-within': '5m' } },
    });
    house.catalogue.now = testCatalogue(service);
    await expect(house.flows.approve({ ...plan, by: SAM })).resolves.toMatchObject({ ok: false });
    await reaches('void');
  });
});

describe('after a restart', () => {
  it('an approval that waited can still be given', async () => {
    const plan = await asked();
    await house.stop();
    house = await startTestHouse(database, { steps: house.steps, people: house.people });
    await expect(house.flows.approve({ ...plan, by: SAM })).resolves.toEqual({ ok: true });
    await reaches('done');
    expect(house.steps.performed).toEqual(['purge']);
  });

  it('an approval that is no longer good when it is spent makes the plan void', async () => {
    const plan = await asked();
    await house.stop();
    await database.db
      .insertInto('vote')
      .values({ plan: plan.plan, team: SAM.team, user: SAM.user, vote: 'approve', digest: plan.digest })
      .execute();
    await database.db
      .updateTable('plan')
      .set({ state: 'approved', begin_before: new Date(Date.now() + 60_000) })
      .execute();
    house.people.groups.S0SRE = ['U0INES', 'U0NOOR'];
    house = await startTestHouse(database, { steps: house.steps, people: house.people });
    await house.nudge(plan.plan);
    await reaches('void');
    expect(house.steps.performed).toEqual([]);
  });

  it('a step that had begun and was not seen to end is never repeated, and people decide', async () => {
    house.steps.whilePerforming = () => new Promise(() => {});
    const plan = await asked();
    await house.flows.approve({ ...plan, by: SAM });
    await house.says(`progress:${plan.plan}`);
    while (house.steps.performed.length === 0) await new Promise((next) => setTimeout(next, 5));
    await house.flows.stop(50);
    house = await startTestHouse(database, { steps: house.steps, people: house.people });
    await reaches('unknown');
    expect(house.steps.performed).toEqual(['purge']);
    await house.says(
      `unknown:${plan.plan}`,
      (text) => text.includes('It was done') && text.includes('Jobs waiting'),
    );
    await expect(house.flows.settle({ ...plan, by: GUEST, happened: true })).resolves.toMatchObject({
      ok: false,
    });
    await expect(house.flows.settle({ ...plan, by: SAM, happened: true })).resolves.toEqual({ ok: true });
    await reaches('done');
    await expect(house.flows.settle({ ...plan, by: INES, happened: false })).resolves.toMatchObject({
      ok: false,
    });
    // How long it took nobody knows, and what is seen stands where people were asked.
    expect(await house.says(`progress:${plan.plan}`)).toMatch(
      /Done · Purge the queue orders · [^·]+ · ended/,
    );
    expect(await keysOf('proof')).toEqual([]);
  });

  it('what was proved right before the process was killed is in the record once', async () => {
    const plan = await asked();
    await house.flows.approve({ ...plan, by: SAM });
    const ended = () =>
      until('a flow that has ended', async () => {
        const flows = sql`select 1 from dbos.workflow_status where name = 'remediate' and status = 'SUCCESS'`;
        return (await flows.execute(database.db)).rows[0];
      });
    await ended();
    await house.stop();
    const proof = 'see whether it helped';
    await sql`delete from dbos.operation_outputs where function_name = ${proof}`.execute(database.db);
    await sql`update dbos.workflow_status set status = 'PENDING' where name = 'remediate'`.execute(
      database.db,
    );
    house = await startTestHouse(database, { steps: house.steps, people: house.people });
    await ended();
    expect((await events()).filter((event) => event === 'verified')).toHaveLength(1);
  });

  it('a step that fails because the process goes down has an end that nobody saw', async () => {
    let cutOff = (_: Error) => {};
    house.steps.whilePerforming = () => new Promise((_, failed) => (cutOff = failed));
    await house.flows.remediate(restart, 'r1');
    while (house.steps.performed.length === 0) await new Promise((next) => setTimeout(next, 5));
    await house.flows.stop(50);
    cutOff(new GuardiaError('unreachable', 'the connection was closed'));
    house = await startTestHouse(database, { steps: house.steps, people: house.people });
    await reaches('unknown');
    expect(house.steps.performed).toEqual(['restart']);
  });
});
