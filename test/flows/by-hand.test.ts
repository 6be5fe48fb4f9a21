import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import type { Person } from '../../src/approval/person.ts';
import { firstBreak } from '../../src/audit/chain.ts';
import type { RunbookAction } from '../../src/catalogue/catalogue.ts';
import { auditEntries } from '../../src/store/audit.ts';
import { purge, restart, until } from '../helpers/asked.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { GUEST, INES, NOOR, SAM, STRANGER, startTestHouse, TEAM, type TestHouse } from '../helpers/house.ts';
import { rowsOf } from '../helpers/rows.ts';
import { handStep, testAction, testCatalogue, testRunbook, testService } from '../helpers/shop.ts';

let database: TestDatabase;
let house: TestHouse;
const rows = rowsOf(() => database);

beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(async () => {
  await house.stop();
  await database.drop();
});

const machine = (does: string) => ({ kind: 'fake', input: { does } });
/** The first by hand, the second by Guardia, the third by hand again. */
const RESTORE = [
  handStep('Provision a server for {queue}.', { by: 'sre' }),
  machine('restore'),
  handStep('Point the DNS record to it.'),
];

function inHouse(steps: RunbookAction['steps'], more: Partial<RunbookAction> = {}) {
  const verify = { checks: ['workers'], withinMs: 200 };
  const action = testAction('restart', { title: 'Restore {queue}', steps, verify, ...more });
  const destructive = { ...action, name: 'purge', risk: 'destructive' as const, undo: 'none' };
  return testCatalogue(testService([testRunbook({ actions: [action, destructive] })]));
}

async function begin(catalogue = inHouse(RESTORE)): Promise<void> {
  house = await startTestHouse(database, { catalogue });
}

/** The next process. */
async function beginAgain(catalogue = inHouse(RESTORE)): Promise<void> {
  house = await startTestHouse(database, { catalogue, steps: house.steps, people: house.people });
}

/** The restore has begun and waits at its first step. */
async function waiting(catalogue = inHouse(RESTORE)): Promise<{ plan: string; digest: string }> {
  await begin(catalogue);
  await expect(house.flows.remediate(restart, 'r1')).resolves.toEqual({ ok: true });
  await reaches(0);
  const { id, digest } = await rows.plan();
  return { plan: id, digest };
}

const steps = () => database.db.selectFrom('plan_step').selectAll().orderBy('index').execute();
const reaches = (index: number) =>
  until(`step ${index} to begin`, async () => (await steps()).find((one) => one.index === index));
const done = (plan: { plan: string; digest: string }, step: number, by: Person = SAM) =>
  house.flows.byHand({ ...plan, step, done: true, by });
const cannot = (plan: { plan: string; digest: string }, step: number, reason = 'no quota left') =>
  house.flows.byHand({ ...plan, step, done: false, reason, by: INES });

describe('a plan with steps that are done by hand', () => {
  it('goes on in order, each time once a member says that it is done', async () => {
    const plan = await waiting();
    expect(house.steps.performed).toEqual([]);
    await expect(done(plan, 0)).resolves.toEqual({ ok: true });
    await reaches(2);
    expect(house.steps.performed).toEqual(['restart']);
    await expect(done(plan, 2, INES)).resolves.toEqual({ ok: true });
    await rows.reaches('done');
    expect((await steps()).map(({ ok }) => ok)).toEqual([true, true, true]);
    await house.says(`proof:${plan.plan}`);
  });

  it('shows what it waits for, whose it is, how long, and two buttons; later who did it and when', async () => {
    const plan = await waiting();
    const key = `plan:${plan.plan}`;
    const shown = await house.says(key, (text) => text.includes('Waiting for a person'));
    expect(shown).toContain('by hand: Provision a server for orders. · SRE');
    expect(shown).toMatch(/step 1 of 3 · until \d\d:\d\d UTC/);
    expect(shown).toMatch(/It is done.*hand-done:0.*It cannot be done.*hand-cannot:0/s);
    expect(shown).toContain('▫️ Next · does restore');
    await done(plan, 0);
    const after = await house.says(key, (text) => text.includes('hand-done:2'));
    expect(after).toMatch(/✅ Done · by hand: Provision a server for orders\. · <@U0SAM> at <!date/);
    expect(after).not.toContain('hand-done:0');
  });

  it('calls whose work it is, in a reply that is posted, and nobody once it is done', async () => {
    const plan = await waiting();
    const call = await house.says(`hand:${plan.plan}:0`);
    expect(call).toContain('<!subteam^S0SRE>');
    expect(call).toContain('Provision a server for orders.');
    await done(plan, 0);
    const ended = await house.says(`hand:${plan.plan}:0`, (text) => text.includes('Done by hand'));
    expect(ended).not.toContain('subteam');
    expect(ended).not.toContain('hand-done');
    // Where the runbook names nobody, whoever asked sees to it.
    await house.says(`hand:${plan.plan}:2`, (text) => text.includes('<@U0NOOR>'));
  });

  it('does not go on with what is not what was approved any more when it comes to it', async () => {
    const plan = await waiting(inHouse([handStep('Tell the customers.'), machine('purge')]));
    house.steps.waiting = 48_000;
    await done(plan, 0);
    await rows.reaches('failed');
    expect(house.steps.performed).toEqual([]);
    await house.says(`plan:${plan.plan}`, (text) =>
      /it is not what was approved any more: queue grew from 1243 to 48000; nothing was done/.test(text),
    );
  });

  it('goes on with what it has changed itself', async () => {
    const plan = await waiting(
      inHouse([handStep('Tell the customers.'), machine('close'), handStep('Look.'), machine('open')]),
    );
    await done(plan, 0);
    await reaches(2);
    house.steps.waiting = 48_000;
    await done(plan, 2);
    await rows.reaches('done');
  });

  it('is written to the record, with who said what', async () => {
    const plan = await waiting();
    await done(plan, 0);
    await reaches(2);
    await cannot(plan, 2);
    await rows.reaches('failed');
    const entries = await auditEntries(database.db, 0, 100);
    const said = entries
      .filter(({ event }) => event.startsWith('step'))
      .map(({ event, user, details }) => [event, user, details.index, details.what ?? details.says]);
    expect(said).toEqual([
      ['step-begun', null, 0, 'by hand: Provision a server for orders.'],
      ['step-ended', SAM.user, 0, ''],
      ['step-begun', null, 1, 'does restore'],
      ['step-ended', null, 1, 'did restart'],
      ['step-begun', null, 2, 'by hand: Point the DNS record to it.'],
      ['step-ended', INES.user, 2, 'It cannot be done: no quota left'],
    ]);
    expect(firstBreak(entries)).toBeNull();
  });

  it('lets a simulated estate take note of what was done by hand, and of nothing else', async () => {
    await begin();
    const told: unknown[] = [];
    house.steps.done = (env, ref) => void told.push([env.service, ref]);
    await house.flows.remediate(restart, 'r1');
    await reaches(0);
    const { id, digest } = await rows.plan();
    await done({ plan: id, digest }, 0);
    await reaches(2);
    await cannot({ plan: id, digest }, 2);
    await rows.reaches('failed');
    expect(told).toEqual([['shop', { runbook: 'stuck', action: 'restart', index: 0 }]]);
  });

  it('ends when somebody says why it cannot be done, and nothing after it runs', async () => {
    const plan = await waiting();
    await expect(cannot(plan, 0, ' ')).resolves.toMatchObject({
      ok: false,
      says: expect.stringContaining('Say why'),
    });
    await expect(cannot(plan, 0)).resolves.toEqual({ ok: true });
    await rows.reaches('failed');
    expect(house.steps.performed).toEqual([]);
    const shown = await house.says(`plan:${plan.plan}`, (text) => text.includes('Failed'));
    expect(shown).toContain('no quota left');
    expect(shown).toContain('Nothing after the failed step ran');
    expect(await house.says(`hand:${plan.plan}:0`)).toContain('no quota left');
  });

  it('fails when nobody says anything in time', async () => {
    const plan = await waiting(inHouse([handStep('Wait for it.', { within: '1s' }), machine('restore')]));
    await rows.reaches('failed');
    expect(house.steps.performed).toEqual([]);
    await house.says(`plan:${plan.plan}`, (text) =>
      text.includes('Nobody said within 1 s that it was done.'),
    );
    expect(await house.says(`hand:${plan.plan}:0`)).not.toContain('hand-done');
  });

  it('does not take a word that comes after the time for it', async () => {
    const plan = await waiting();
    await sql`update plan_step set began_at = now() - interval '61 minutes'`.execute(database.db);
    await expect(done(plan, 0)).resolves.toMatchObject({
      ok: false,
      // The run may have noticed by itself a moment earlier.
      says: expect.stringMatching(/was over|Nobody waits/),
    });
    await rows.reaches('failed');
    expect(house.steps.performed).toEqual([]);
  });

  it('goes on after a step that took people long', async () => {
    const plan = await waiting(inHouse([handStep('Restore it.', { within: '3d' }), machine('check')]));
    await sql`update plan set began_at = now() - interval '2 days'`.execute(database.db);
    await sql`update plan_step set began_at = now() - interval '2 days'`.execute(database.db);
    await done(plan, 0);
    await rows.reaches('done');
    expect(house.steps.performed).toEqual(['restart']);
  });

  it('does not ask for a step long after the one before it', async () => {
    await begin(inHouse([machine('first'), handStep('Look at it.')]));
    house.steps.whilePerforming = async () => {
      await sql`update plan set began_at = now() - interval '2 days'`.execute(database.db);
      house.steps.whilePerforming = () => {};
      // The end of the step is written as one of long ago.
      await sql`create function long_ago() returns trigger language plpgsql as $$
        begin new.ended_at := now() - interval '2 days'; return new; end $$`.execute(database.db);
      await sql`create trigger long_ago before update on plan_step for each row when (new.index = 0)
        execute function long_ago()`.execute(database.db);
    };
    await house.flows.remediate(restart, 'r1');
    await rows.reaches('failed');
    const { id } = await rows.plan();
    await house.says(`plan:${id}`, (text) => text.includes('It was not run: it was to begin 2 d ago'));
  });

  it('that is destructive is approved as a whole, before anybody is asked to do anything', async () => {
    await begin();
    await house.flows.remediate(purge, 'r1');
    const { id, digest } = await rows.plan();
    const request = await house.says(`plan:${id}`);
    expect(request).toMatch(
      /1\. by hand: Provision a server for orders\.\\n2\. does restore\\n3\. by hand: Point/,
    );
    const plan = { plan: id, digest };
    await expect(done(plan, 0)).resolves.toMatchObject({ ok: false });
    await expect(house.flows.viewPlan({ ...plan, by: SAM })).resolves.toMatchObject({
      steps: [
        'by hand: Provision a server for orders.',
        'does restore',
        'by hand: Point the DNS record to it.',
      ],
    });
    await expect(house.flows.approve({ ...plan, by: SAM })).resolves.toEqual({ ok: true });
    await reaches(0);
    expect(await house.says(`progress:${id}`)).toContain('Waiting for a person');
    await done(plan, 0);
    await reaches(2);
    await done(plan, 2);
    await rows.reaches('done');
  });

  it('is made without asking any system about what people do', async () => {
    await begin(inHouse([handStep('Only {queue}.')]));
    const asked = async () => Promise.reject(new Error('a system was asked'));
    Object.assign(house.steps, { preview: asked, fingerprint: asked, perform: asked, drift: asked });
    await house.flows.remediate(purge, 'r1');
    const { id, digest, frozen } = await rows.plan();
    expect(frozen).toMatchObject({
      steps: [{ what: 'by hand: Only orders.', fingerprint: { substance: { do: 'Only orders.' } } }],
    });
    await expect(house.flows.approve({ plan: id, digest, by: SAM })).resolves.toEqual({ ok: true });
    await reaches(0);
    await done({ plan: id, digest }, 0);
    await rows.reaches('done');
  });

  it('is void when the runbook asks for something else by then', async () => {
    await begin();
    await house.flows.remediate(purge, 'r1');
    const { id, digest } = await rows.plan();
    house.catalogue.now = inHouse([handStep('Provision two servers.'), ...RESTORE.slice(1)]);
    await expect(house.flows.approve({ plan: id, digest, by: SAM })).resolves.toMatchObject({
      ok: false,
      says: expect.stringContaining('step 1 does something else'),
    });
  });
});

describe('a word on a step that is done by hand', () => {
  it.each([
    ['a guest', GUEST],
    ['a person of another organisation', STRANGER],
    ['a bot', { team: TEAM, user: 'U0BOT' }],
    ['a deactivated account', { team: TEAM, user: 'U0GONE' }],
  ])('of %s does not count', async (_who, by: Person) => {
    const plan = await waiting();
    await expect(done(plan, 0, by)).resolves.toMatchObject({
      ok: false,
      says: expect.stringContaining('members'),
    });
    const [step] = await steps();
    expect(step?.ended_at).toBeNull();
  });

  it('of several people at once is that of the first; the others are told, and nothing runs twice', async () => {
    const plan = await waiting();
    const answers = await Promise.all([
      done(plan, 0, SAM),
      cannot(plan, 0),
      done(plan, 0, NOOR),
      done(plan, 0, SAM),
    ]);
    const [step] = await steps();
    const first = (step?.outcome as { by: Person } | undefined)?.by;
    if (step?.ok) {
      await reaches(2);
      expect(house.steps.performed).toEqual(['restart']);
    } else await rows.reaches('failed');
    const others = [SAM, INES, NOOR, SAM].map((by, index) => [by.user === first?.user, answers[index]?.ok]);
    expect(others.every(([same, ok]) => same === ok)).toBe(true);
  });

  it('said twice by one person is taken once, without a complaint', async () => {
    const plan = await waiting();
    await expect(done(plan, 0)).resolves.toEqual({ ok: true });
    await expect(done(plan, 0)).resolves.toEqual({ ok: true });
    await expect(done(plan, 0, NOOR)).resolves.toMatchObject({ ok: false });
    await reaches(2);
    expect(house.steps.performed).toEqual(['restart']);
  });

  it.each([
    ['that has not come yet', 2],
    ['that Guardia performs', 1],
    ['that the plan does not have', 7],
    ['that is none', -1],
  ])('about a step %s changes nothing', async (_what, step) => {
    const plan = await waiting();
    await expect(done(plan, step)).resolves.toMatchObject({ ok: false });
    await expect(done({ ...plan, digest: 'f'.repeat(64) }, 0)).resolves.toMatchObject({ ok: false });
    expect(await steps()).toMatchObject([{ index: 0, ended_at: null }]);
  });

  it('about a run that has ended changes nothing', async () => {
    const plan = await waiting();
    await cannot(plan, 0);
    await rows.reaches('failed');
    await expect(done(plan, 0)).resolves.toMatchObject({ ok: false });
    expect((await steps())[0]?.ok).toBe(false);
  });
});

describe('after a restart', () => {
  it('a run that waited for a person goes on waiting, and goes on', async () => {
    const plan = await waiting();
    await house.stop();
    await beginAgain();
    await expect(done(plan, 0)).resolves.toEqual({ ok: true });
    await reaches(2);
    await house.stop();
    await beginAgain();
    await done(plan, 2);
    await rows.reaches('done');
    expect(house.steps.performed).toEqual(['restart']);
    const begun = (await auditEntries(database.db, 0, 100)).filter(({ event }) => event === 'step-begun');
    expect(begun).toHaveLength(3);
  });

  it('its time goes on as well', async () => {
    await waiting(inHouse([handStep('Wait for it.', { within: '2s' })]));
    await house.stop();
    await sql`update plan_step set began_at = now() - interval '1 minute'`.execute(database.db);
    await beginAgain(inHouse([handStep('Wait for it.', { within: '2s' })]));
    await rows.reaches('failed');
  });
});
