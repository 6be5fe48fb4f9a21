import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { tellAlert } from '../../src/flows/alert-message.ts';
import { resolveAlert } from '../../src/store/alerts.ts';
import type { Queries } from '../../src/store/database.ts';
import { alertGroup, look, purge, restart, until } from '../helpers/asked.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { NOOR, SAM, STRANGER, startTestHouse, type TestHouse } from '../helpers/house.ts';
import { rowsOf } from '../helpers/rows.ts';
import { testAction, testCatalogue, testRunbook, testService } from '../helpers/shop.ts';

let database: TestDatabase;
let house: TestHouse;
const rows = rowsOf(() => database);

beforeEach(async () => {
  database = await createTestDatabase();
  house = await startTestHouse(database);
});
afterEach(async () => {
  await house.stop();
  await database.drop();
});

const ended = (flow: string) =>
  until(`an end of ${flow}`, async () => {
    const { rows: found } = await sql<{ status: string }>`select status from dbos.workflow_status
      where workflow_uuid = ${flow} and status <> 'PENDING'`.execute(database.db);
    return found[0]?.status;
  });

const keys = async () =>
  (await database.db.selectFrom('message').select('key').execute()).map((row) => row.key);

/** How many wait for a lock. */
async function locked(tx: Queries): Promise<number> {
  const held = await sql`select distinct pid from pg_locks where not granted
    and coalesce(database, 0) in (0, (select oid from pg_database where datname = current_database()))`.execute(
    tx,
  );
  return held.rows.length;
}

async function firing(): Promise<string> {
  await house.flows.takeAlert(alertGroup('g1'));
  const { id } = await rows.alert('g1');
  await house.says(`alert:${id}`, (text) => text.includes('pile up'));
  return id;
}

/** The restart in two steps. */
const inTwoSteps = testCatalogue(
  testService([
    testRunbook({
      actions: [
        testAction('restart', {
          steps: [
            { kind: 'fake', input: { does: 'first' } },
            { kind: 'fake', input: { does: 'second' } },
          ],
        }),
      ],
    }),
  ]),
);

describe('a fault of ours', () => {
  const fault = new TypeError('cannot read properties of undefined');

  it('while a plan is made is answered at once', async () => {
    house.steps.preview = async () => Promise.reject(fault);
    await expect(house.flows.remediate(restart, 'r1')).resolves.toMatchObject({
      ok: false,
      says: expect.stringContaining('a fault in Guardia itself'),
    });
  });

  it('right before a plan runs makes it void, and says so', async () => {
    await house.flows.remediate(purge, 'r1');
    const { id, digest } = await rows.plan();
    const { fingerprint } = house.steps;
    const answered = house.flows.approve({ plan: id, digest, by: SAM });
    house.steps.fingerprint = async (...asked) => {
      house.steps.fingerprint = async () => Promise.reject(fault);
      return fingerprint(...asked);
    };
    await expect(answered).resolves.toEqual({ ok: true });
    await rows.reaches('void');
    await house.says(`plan:${id}`, (text) => text.includes('a fault in Guardia itself'));
    expect(house.steps.performed).toEqual([]);
  });
});

it('an action that nothing verifies is not said to have healed anything', async () => {
  await house.flows.remediate(look, 'r1');
  await rows.reaches('done');
  await expect(ended('remediate:r1')).resolves.toBe('SUCCESS');
  expect(await keys()).toEqual([`plan:${(await rows.plan()).id}`]);
});

it('charts that cannot be drawn cost neither the findings nor the call for help', async () => {
  house.draw.fails = new Error('the painter is gone');
  const id = await firing();
  await house.says(`escalation:${id}:to:sre`);
});

it('two dozen people who ask for the same thing at once are all answered, though the pool has fewer connections', async () => {
  const origin = `alert:${await firing()}`;
  house.steps.whilePerforming = () => new Promise((done) => setTimeout(done, 1_000));
  let began = 0;
  const asked = await database.db.transaction().execute(async (tx) => {
    await sql`select pg_advisory_xact_lock(hashtextextended('shop/stuck/restart', 0))`.execute(tx);
    const all = Array.from({ length: 24 }, (_, n) => house.flows.remediate({ ...restart, origin }, `r${n}`));
    await until('a pool that is used up', async () => ((await locked(tx)) >= 11 ? true : undefined));
    began = Date.now();
    return { all };
  });
  const answers = await Promise.all(asked.all);
  expect(answers.filter((answer) => answer.ok)).toHaveLength(1);
  expect(Date.now() - began).toBeLessThan(4_000);
}, 60_000);

/** From now on the record takes no entry of these events. */
async function noRecordOf(...events: string[]): Promise<void> {
  const listed = sql.join(events.map((event) => sql.lit(event)));
  await sql`create function refuse() returns trigger language plpgsql as $$
    begin raise exception 'the record is full'; end $$`.execute(database.db);
  await sql`create trigger refuse before insert on audit for each row when (new.event in (${listed}))
    execute function refuse()`.execute(database.db);
}

describe('a step', () => {
  it('does not run when it cannot be written down, and the run ends', async () => {
    await noRecordOf('step-begun');
    await house.flows.remediate(restart, 'r1');
    await rows.reaches('failed');
    expect(house.steps.performed).toEqual([]);
    await house.says(`plan:${(await rows.plan()).id}`, (text) => text.includes('Failed'));
  });

  it('whose end cannot be written down is told to have an end that nobody saw', async () => {
    await noRecordOf('step-ended');
    await house.flows.remediate(restart, 'r1');
    await rows.reaches('unknown');
    expect(house.steps.performed).toEqual(['restart']);
    await house.says(`unknown:${(await rows.plan()).id}`);
  });

  async function cutAfterTheFirst(meanwhile: () => Promise<unknown>): Promise<void> {
    house.catalogue.now = inTwoSteps;
    house.steps.whilePerforming = async () => void (await meanwhile());
    await house.flows.remediate(restart, 'r1');
    await ended('remediate:r1');
  }

  it('does not begin when its plan has ended meanwhile', async () => {
    await cutAfterTheFirst(() => database.db.updateTable('plan').set({ state: 'unknown' }).execute());
    expect(house.steps.performed).toEqual(['restart']);
  });

  it('does not begin long after the one before it', async () => {
    house.catalogue.now = inTwoSteps;
    let stopped: Promise<void> | undefined;
    house.steps.whilePerforming = async () => {
      stopped ??= house.stop();
    };
    await house.flows.remediate(restart, 'r1');
    await until('a stop', async () => (stopped ? true : undefined));
    await stopped;
    const { id } = await rows.plan();
    await sql`update plan set began_at = now() - interval '2 days'`.execute(database.db);
    await sql`update plan_step set ended_at = now() - interval '2 days'`.execute(database.db);
    const { steps, people } = house;
    house = await startTestHouse(database, { steps, people, catalogue: inTwoSteps });
    await rows.reaches('failed');
    expect(steps.performed).toEqual(['restart']);
    await house.says(`plan:${id}`, (text) => text.includes('It was not run: it was to begin 2 d ago'));
  });
});

describe('an alert that has ended', () => {
  it('calls nobody', async () => {
    const id = await firing();
    await database.db.deleteFrom('message').where('key', 'like', 'escalation:%').execute();
    await database.db.deleteFrom('escalation').execute();
    await database.db.updateTable('alert').set({ status: 'resolved', resolved_at: new Date() }).execute();
    await expect(house.flows.escalate(id, NOOR, { ref: 'to:sre', note: null })).resolves.toMatchObject({
      ok: false,
    });
    expect((await keys()).filter((key) => key.startsWith('escalation:'))).toEqual([]);
  });

  it('is not told to fire by whoever looked a moment earlier', async () => {
    const id = await firing();
    await house.stop();
    const catalogue = () => house.catalogue.now;
    let late: Promise<void> | undefined;
    await database.db.transaction().execute(async (tx) => {
      await resolveAlert(tx, id, new Date().toISOString());
      await tellAlert({ catalogue }, tx, id);
      late = database.db.transaction().execute((other) => tellAlert({ catalogue }, other, id));
      await until('the other that waits', async () => {
        return (await locked(tx)) > 0 ? true : undefined;
      });
    });
    await late;
    expect(await house.says(`alert:${id}`)).toContain('Resolved');
    house = await startTestHouse(database);
  });
});

it('an approval counts only if its voter may still vote when it is spent, asked of Slack at that moment', async () => {
  await house.flows.remediate(purge, 'r1');
  const { id, digest } = await rows.plan();
  const { account } = house.people;
  let votes = 0;
  house.people.account = async (person, options) => {
    if (!options?.fresh || person.user !== SAM.user) return account(person, options);
    votes += 1;
    return { ...person, kind: votes > 1 ? 'deactivated' : 'member' };
  };
  await expect(house.flows.approve({ plan: id, digest, by: SAM })).resolves.toEqual({ ok: true });
  await rows.reaches('void');
  expect(house.steps.performed).toEqual([]);
});

it('people of other organisations neither acknowledge nor call', async () => {
  const id = await firing();
  await expect(house.flows.acknowledge(id, STRANGER)).resolves.toMatchObject({ ok: false });
  await expect(house.flows.escalate(id, STRANGER, { ref: 'to:sre', note: null })).resolves.toMatchObject({
    ok: false,
  });
  await expect(house.flows.snapshot(`alert:${id}`, STRANGER, 's1')).resolves.toMatchObject({ ok: false });
  expect(await rows.alert('g1')).toMatchObject({ acknowledged_user: null });
});
