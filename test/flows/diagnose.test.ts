import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { pictureKey } from '../../src/flows/diagnosis-message.ts';
import { findPicture } from '../../src/store/pictures.ts';
import { alertGroup, until } from '../helpers/asked.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { NOOR, STRANGER, startTestHouse, type TestHouse } from '../helpers/house.ts';

/** As much of a PNG as is looked at. */
const PNG = Buffer.from('\x89PNG\r\n\x1a\n and so on', 'latin1');

let database: TestDatabase;
let house: TestHouse;

beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(async () => {
  await house.stop();
  await database.drop();
});

async function onlyAlert(): Promise<string> {
  const until = Date.now() + 15_000;
  while (Date.now() < until) {
    const row = await database.db.selectFrom('alert').select('id').executeTakeFirst();
    if (row) return row.id;
    await new Promise((next) => setTimeout(next, 10));
  }
  throw new Error('no alert was stored');
}

async function count(table: 'alert' | 'run' | 'message'): Promise<number> {
  const row = await database.db
    .selectFrom(table)
    .select((e) => e.fn.countAll<string>().as('n'))
    .executeTakeFirstOrThrow();
  return Number(row.n);
}

describe('an alert', () => {
  it('is diagnosed in its thread before anyone types, and says which actions fit', async () => {
    house = await startTestHouse(database);
    await house.flows.takeAlert(alertGroup());
    const id = await onlyAlert();
    const head = await house.says(`alert:${id}`, (text) => text.includes('pile up'));
    expect(head).toContain('The queue is stuck');
    expect(head).toContain('Restart the workers');
    expect(head).toContain('Purge the queue orders');
    const run = await database.db.selectFrom('run').selectAll().executeTakeFirstOrThrow();
    const told = await house.says(`diagnosis:${run.id}`, (text) => text.includes('picture:'));
    expect(told).toContain('Jobs pile up, and no worker answers');
    expect(told).toContain('Jobs waiting in orders');
    const message = await database.db
      .selectFrom('message')
      .selectAll()
      .where('key', '=', `diagnosis:${run.id}`)
      .executeTakeFirstOrThrow();
    expect(message.thread_key).toBe(`alert:${id}`);
  });

  it('that comes again edits its message, and one that ends turns it green with the time it took', async () => {
    house = await startTestHouse(database);
    await house.flows.takeAlert(alertGroup());
    const id = await onlyAlert();
    await house.says(`alert:${id}`, (text) => text.includes('pile up'));
    await house.flows.takeAlert(alertGroup());
    await house.flows.takeAlert(alertGroup('g1', { status: 'resolved' }));
    const green = await house.says(`alert:${id}`, (text) => text.includes('Resolved'));
    expect(green).toMatch(/after 6\d s/);
    expect(await count('alert')).toBe(1);
    expect(await count('run')).toBe(1);
  });

  it('that fires again soon after its end goes on in the same thread', async () => {
    house = await startTestHouse(database);
    await house.flows.takeAlert(alertGroup());
    const id = await onlyAlert();
    await house.flows.takeAlert(alertGroup('g1', { status: 'resolved' }));
    await house.says(`alert:${id}`, (text) => text.includes('Resolved'));
    await house.flows.takeAlert(alertGroup());
    await house.says(`alert:${id}`, (text) => !text.includes('Resolved'));
    expect(await count('alert')).toBe(1);
    expect(await count('run')).toBe(2);
  });

  it('that fires again soon, about something else, starts another thread and looks at that', async () => {
    house = await startTestHouse(database);
    await house.flows.takeAlert(alertGroup());
    const id = await onlyAlert();
    await house.flows.takeAlert(alertGroup('g1', { status: 'resolved' }));
    await house.says(`alert:${id}`, (text) => text.includes('Resolved'));
    await house.flows.takeAlert(alertGroup('g1', { labels: { queue: 'parcels' } }));
    const parameters = await until('another diagnosis', async () => {
      const runs = await database.db.selectFrom('run').select('asked').orderBy('began_at').execute();
      return runs[1] && runs.map(({ asked }) => (asked as { parameters: object }).parameters);
    });
    expect(parameters).toEqual([{ queue: 'orders' }, { queue: 'parcels' }]);
    expect(await count('alert')).toBe(2);
  });

  it('that ends before it was seen firing says nothing', async () => {
    house = await startTestHouse(database);
    await house.flows.takeAlert(alertGroup('g1', { status: 'resolved' }));
    await house.flows.takeAlert(alertGroup('g2'));
    await onlyAlert();
    expect(await count('alert')).toBe(1);
  });

  it('that no runbook claims is still posted, and offers the runbooks of its service', async () => {
    house = await startTestHouse(database);
    await house.flows.takeAlert(alertGroup('g1', { labels: { alertname: 'Strange', team: 'shop' } }));
    const id = await onlyAlert();
    const head = await house.says(`alert:${id}`);
    expect(head).toContain('Strange');
    expect(head).toContain('diagnose:stuck');
    expect(await count('run')).toBe(0);
  });

  it('calls the role once the check has failed for long enough, and calls nobody twice', async () => {
    house = await startTestHouse(database);
    await house.flows.takeAlert(alertGroup());
    const id = await onlyAlert();
    const call = await house.says(`escalation:${id}:to:sre`);
    expect(call).toContain('<!subteam^S0SRE>');
    await expect(house.flows.escalate(id, NOOR, { ref: 'to:sre', note: null })).resolves.toMatchObject({
      ok: false,
    });
  });

  it('is acknowledged once', async () => {
    house = await startTestHouse(database);
    await house.flows.takeAlert(alertGroup());
    const id = await onlyAlert();
    await expect(house.flows.acknowledge(id, NOOR)).resolves.toEqual({ ok: true });
    await expect(house.flows.acknowledge(id, NOOR)).resolves.toMatchObject({ ok: false });
    await house.says(`alert:${id}`, (text) => text.includes('U0NOOR'));
  });
});

describe('a diagnosis', () => {
  const request = {
    service: 'shop',
    runbook: 'stuck',
    parameters: { queue: 'orders' },
    by: NOOR,
    place: { channel: 'C0SHOP' },
  };

  it('shows what is known while one check is slow, and is completed', async () => {
    house = await startTestHouse(database, { partialAfterMs: 50 });
    house.steps.takesMs.queue = 600;
    await house.flows.diagnose(request, 'r1');
    const run = await database.db.selectFrom('run').select('id').executeTakeFirstOrThrow();
    const partial = await house.says(`diagnosis:${run.id}`, (text) => text.includes('still asking'));
    expect(partial).toContain('No worker answers');
    const full = await house.says(`diagnosis:${run.id}`, (text) => !text.includes('still asking'));
    expect(full).toContain('Jobs pile up');
    await house.says(`run:${run.id}`, (text) => text.includes('pile up'));
  });

  it('shows the picture that came with a finding instead of drawing one', async () => {
    house = await startTestHouse(database);
    house.draw.fails = new Error('nothing is to be drawn');
    const { observe } = house.steps;
    house.steps.observe = async (...asked) => ({
      ...(await observe(...asked)),
      image: PNG.toString('base64'),
    });
    await house.flows.diagnose(request, 'r1');
    const run = await database.db.selectFrom('run').select('id').executeTakeFirstOrThrow();
    await house.says(`diagnosis:${run.id}`, (text) => text.includes('picture:'));
    const kept = await findPicture(database.db, pictureKey(run.id, 'queue'));
    expect(kept?.png).toEqual(PNG);
    expect(kept?.alt).toBe('Jobs waiting in orders: 1,243 jobs');
  });

  it('does not run twice when the same request comes again', async () => {
    house = await startTestHouse(database);
    await Promise.all([house.flows.diagnose(request, 'r1'), house.flows.diagnose(request, 'r1')]);
    expect(await count('run')).toBe(1);
  });

  it('says that a check could not answer, and why', async () => {
    house = await startTestHouse(database);
    house.steps.sees.queue = new Error('prometheus refused the connection');
    await house.flows.diagnose(request, 'r1');
    const run = await database.db.selectFrom('run').select('id').executeTakeFirstOrThrow();
    await house.says(`diagnosis:${run.id}`, (text) => text.includes('prometheus refused the connection'));
  });

  it('is refused to people of other organisations', async () => {
    house = await startTestHouse(database);
    await expect(house.flows.diagnose({ ...request, by: STRANGER }, 'r1')).resolves.toMatchObject({
      ok: false,
    });
    expect(await count('run')).toBe(0);
  });

  it('that was stored but not begun before the process died is run by the next', async () => {
    house = await startTestHouse(database);
    await house.stop();
    await database.db
      .insertInto('run')
      .values({
        id: '11111111-1111-4111-8111-111111111111',
        request: 'ask:x',
        service: 'shop',
        runbook: 'stuck',
        alert: null,
        asked_team: null,
        asked_user: null,
        asked: JSON.stringify(request),
      })
      .execute();
    house = await startTestHouse(database);
    await house.says('diagnosis:11111111-1111-4111-8111-111111111111', (text) => text.includes('pile up'));
  });
});
