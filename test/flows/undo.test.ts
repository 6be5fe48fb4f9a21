import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import type { RunbookAction } from '../../src/catalogue/catalogue.ts';
import { alertGroup, purge, restart } from '../helpers/asked.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { SAM, startTestHouse, type TestHouse } from '../helpers/house.ts';
import { rowsOf } from '../helpers/rows.ts';
import { testAction, testCatalogue, testCheck, testRunbook, testService } from '../helpers/shop.ts';

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

/** `restart` runs at once and `purge` after an approval; both are alike but for that. */
function catalogue(more: Partial<RunbookAction>) {
  const action = testAction('restart', { title: 'Close the shop', ...more });
  const destructive = { ...action, name: 'purge', title: 'Empty it', risk: 'destructive' as const };
  const open = testAction('open', { title: 'Open {queue} again', risk: 'safe' });
  const runbook = testRunbook({ actions: [action, destructive, open], escalate: [] });
  const other = testRunbook({ name: 'other', alerts: [{ alertname: 'OtherStuck' }], escalate: [] });
  return testCatalogue(testService([runbook, { ...other, checks: [testCheck('queue')] }]));
}
const begin = async (more: Partial<RunbookAction>) => {
  house = await startTestHouse(database, { catalogue: catalogue(more) });
};

describe('an action that another takes back', () => {
  const undone = { undoneBy: 'open', verify: { checks: ['workers'], withinMs: 100 } };

  it('says so in its request, and its proof offers that one', async () => {
    await begin(undone);
    house.steps.whilePerforming = () => {
      house.steps.sees.workers = ['w1'];
    };
    await house.flows.remediate(purge, 'r1');
    const { id, digest } = await rows.plan();
    expect(await house.says(`plan:${id}`)).toContain('*Undo*  by the action \\"Open orders again\\"');
    await house.flows.approve({ plan: id, digest, by: SAM });
    const proof = await house.says(`proof:${id}`);
    expect(proof).toContain('Healed');
    expect(proof).toContain('Undo: Open orders again');
    expect(proof).toContain('remediate:open');
  });

  it('offers it in the thread of its run where no check proves anything', async () => {
    await begin({ undoneBy: 'open' });
    await house.flows.remediate(restart, 'r1');
    const { id } = await rows.plan();
    const told = await house.says(`plan:${id}`, (text) => text.includes('Done · Close'));
    expect(told).toContain('Undo: Open orders again');
    expect(told).toContain(`"value":"plan:${id}"`);
  });

  it('that says only how in words offers nothing', async () => {
    await begin({ undo: 'Turn it on again.' });
    await house.flows.remediate(restart, 'r1');
    const told = await house.says(`plan:${(await rows.plan()).id}`, (text) => text.includes('Done · Close'));
    expect(told).not.toContain('Undo:');
  });
});

describe('an action that is never run during an incident', () => {
  const reason = 'A target that moves hides the miss.';
  const never = { neverDuringIncident: reason, undo: 'none' };

  async function fires(alertname = 'OtherStuck', labels: Record<string, string> = {}): Promise<void> {
    await house.flows.takeAlert(alertGroup('g9', { labels: { alertname, ...labels } }));
    await rows.alert('g9');
  }

  it.each([
    ['at once', restart],
    ['after an approval', purge],
  ])('is refused with the reason while an alert of its service fires (%s)', async (_, request) => {
    await begin(never);
    await fires();
    await expect(house.flows.remediate(request, 'r1')).resolves.toMatchObject({
      ok: false,
      says: expect.stringMatching(
        /^Nothing was done: not while an incident is open \(OtherStuck for 60 s\): A target/,
      ),
    });
    expect(await database.db.selectFrom('plan').select('id').execute()).toEqual([]);
    expect(house.steps.performed).toEqual([]);
  });

  it('is not refused once the alert has ended', async () => {
    await begin(never);
    await fires();
    await house.flows.takeAlert(
      alertGroup('g9', { status: 'resolved', labels: { alertname: 'OtherStuck' } }),
    );
    await house.says(`alert:${(await rows.alert('g9')).id}`, (text) => text.includes('Resolved'));
    await expect(house.flows.remediate(restart, 'r1')).resolves.toEqual({ ok: true });
    await rows.reaches('done');
  });

  it('is not refused for an alert of another service', async () => {
    await begin(never);
    const shop = house.catalogue.now.services.get('shop');
    const till = testService([], { name: 'till', labels: { team: 'till' } });
    house.catalogue.now = {
      revision: 'r2',
      services: new Map([...(shop ? [['shop', shop] as const] : []), ['till', till]]),
    };
    await fires('TillDown', { team: 'till' });
    expect((await rows.alert('g9')).service).toBe('till');
    await expect(house.flows.remediate(restart, 'r1')).resolves.toEqual({ ok: true });
    await rows.reaches('done');
  });

  it('becomes void at the vote when one has begun meanwhile', async () => {
    await begin(never);
    await house.flows.remediate(purge, 'r1');
    const { id, digest } = await rows.plan();
    await fires();
    await expect(house.flows.approve({ plan: id, digest, by: SAM })).resolves.toMatchObject({
      ok: false,
      says: expect.stringContaining(reason),
    });
    await rows.reaches('void');
    expect(await house.says(`plan:${id}`, (text) => text.includes('Void'))).toContain(reason);
  });

  it.each([
    ['at once', restart],
    ['after an approval', purge],
  ])('becomes void when one has begun right before it runs, and says so (%s)', async (_, request) => {
    await begin(never);
    // An alert fires in the very moment in which the plan may run.
    await sql`create function fires() returns trigger language plpgsql as $$ begin
      insert into alert (id, group_key, service, status, severity, details, channel, starts_at) values
        (gen_random_uuid(), 'g9', 'shop', 'firing', 'critical', '{"title": "OtherStuck", "labels": {}}', 'C0SHOP', now());
      return null; end $$`.execute(database.db);
    await sql`create trigger fires after insert or update of state on plan for each row
      when (new.state = 'approved') execute function fires()`.execute(database.db);
    await expect(house.flows.remediate(request, 'r1')).resolves.toEqual({ ok: true });
    const { id, digest, state } = await rows.plan();
    if (state === 'waiting') await house.flows.approve({ plan: id, digest, by: SAM });
    await rows.reaches('void');
    expect(house.steps.performed).toEqual([]);
    const told = await house.says(`plan:${id}`, (text) => text.includes('Void'));
    expect(told).toContain(reason);
    expect(told).toContain('Nothing ran');
  });
});
