import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { AlertGroup } from '../../src/flows/requests.ts';
import { alertGroup, diagnosis, purge, restart, until } from '../helpers/asked.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { NOOR, startTestHouse, type TestHouse } from '../helpers/house.ts';
import { rowsOf } from '../helpers/rows.ts';
import { testAction, testCatalogue, testCheck, testRule, testRunbook, testService } from '../helpers/shop.ts';

let database: TestDatabase;
let house: TestHouse;
const rows = rowsOf(() => database);

const queue = { type: 'string', default: 'orders', pattern: '[a-z]+', about: 'a queue of the shop' } as const;
const LENGTH = { kind: 'fake', input: { name: 'queue', length: '{queue}' } };
const WHY = 'queue: "a b" must match [a-z]+ (a queue of the shop)';

/** One check and one action are about a queue, the others are not. */
const runbook = testRunbook({
  parameters: { queue },
  checks: [
    testCheck('queue', { title: 'Jobs waiting in {queue}', failing: '> 1000', step: LENGTH }),
    testCheck('workers', { title: 'Workers answer', failing: 'none' }),
  ],
  actions: [
    testAction('restart', { title: 'Restart the workers', 'suggest-when': ['workers'] }),
    testAction('purge', {
      ...{ title: 'Purge the queue {queue}', risk: 'destructive', undo: 'none', 'suggest-when': ['workers'] },
      steps: [{ kind: 'fake', input: { does: 'purge {queue}' } }],
    }),
  ],
  escalate: [testRule('workers')],
});
const other = testRunbook({ ...runbook, name: 'other', title: 'Another', alerts: [] });

beforeEach(async () => {
  database = await createTestDatabase();
  house = await startTestHouse(database, { catalogue: testCatalogue(testService([runbook, other])) });
});
afterEach(async () => {
  await house.stop();
  await database.drop();
});

async function fires(group: AlertGroup): Promise<{ id: string; run: string }> {
  await house.flows.takeAlert(group);
  const { id } = await rows.alert(group.groupKey);
  const { id: run } = await until('a diagnosis', () =>
    database.db
      .selectFrom('run')
      .select('id')
      .where('alert', '=', id)
      .where('ended_at', 'is not', null)
      .executeTakeFirst(),
  );
  return { id, run };
}

/** A group whose firing alerts have these labels beside the common ones. */
function groupOf(...queues: (string | null)[]): AlertGroup {
  const group = alertGroup('g1');
  const [alert] = group.alerts;
  if (!alert) throw new Error('a group has an alert');
  const alerts = queues.map((one) => ({
    ...alert,
    labels: { ...alert.labels, ...(one ? { queue: one } : {}) },
  }));
  return { ...group, alerts };
}

describe('an alert whose label its runbook does not take', () => {
  const group = () => alertGroup('g1', { labels: { queue: 'a b' } });

  it('is not taken for one about the default: the check that needs it is unknown with the reason, others answer', async () => {
    const { run } = await fires(group());
    const { findings = [] } = (await house.flows.diagnosis(`run:${run}`)) ?? {};
    expect(findings.map(({ check, status, title }) => [check, status, title])).toEqual([
      ['queue', 'unknown', 'Jobs waiting in ‹queue›'],
      ['workers', 'failing', 'Workers answer'],
    ]);
    expect(findings[0]?.says).toBe(`not asked, since ${WHY}`);
  });

  it('says so on its card and in its diagnosis', async () => {
    const { id, run } = await fires(group());
    const inText = JSON.stringify(`⚠️ ${WHY}`).slice(1, -1);
    expect(await house.says(`alert:${id}`)).toContain(inText);
    expect(await house.says(`diagnosis:${run}`)).toContain(inText);
  });

  it('gives its buttons no value of its own: who clicks is told that it is missing, and says it', async () => {
    const { id } = await fires(group());
    expect(await house.flows.origin(`alert:${id}`)).toMatchObject({
      parameters: {},
      refused: { queue: expect.stringContaining('"a b"') },
    });
    const asked = { ...purge, origin: `alert:${id}` };
    expect(await house.flows.remediate({ ...asked, parameters: {} }, 'r1')).toEqual({
      ok: false,
      says: 'Nothing was done, since not all is known that this needs. queue: nobody has said what it is. Say it with /remediate.',
    });
    expect(await house.flows.remediate({ ...asked, parameters: { queue: 'mails' } }, 'r2')).toEqual({
      ok: true,
    });
    expect((await rows.plan()).frozen).toMatchObject({ title: 'Purge the queue mails' });
  });

  it('lets an action start that does not need it', async () => {
    const { id } = await fires(group());
    const asked = { ...restart, parameters: {}, origin: `alert:${id}` };
    expect(await house.flows.remediate(asked, 'r1')).toEqual({ ok: true });
    await rows.reaches('done');
  });

  it('is diagnosed again in its thread with the same reason, also with another runbook’s checks', async () => {
    const { id } = await fires(group());
    const { parameters, refused = {} } = (await house.flows.origin(`alert:${id}`)) ?? { parameters: {} };
    for (const name of ['stuck', 'other']) {
      const asked = { ...diagnosis, runbook: name, parameters, refused, origin: `alert:${id}` };
      await house.flows.diagnose(asked, `d-${name}`);
      const { id: run } = await until('another diagnosis', () =>
        database.db
          .selectFrom('run')
          .select('id')
          .where('request', '=', `ask:d-${name}`)
          .where('ended_at', 'is not', null)
          .executeTakeFirst(),
      );
      expect((await house.flows.diagnosis(`run:${run}`))?.findings[0]?.says).toContain(WHY);
    }
  });

  it('escalates by checks that do not need it, and by those of another runbook that do not', async () => {
    const { id } = await fires(group());
    await house.says(`escalation:${id}:to:sre`);
  });

  it('draws nothing of what it does not name, and says why', async () => {
    const { id } = await fires(group());
    expect(await house.flows.snapshot(`alert:${id}`, NOOR, 's1')).toMatchObject({
      ok: false,
      says: expect.stringContaining(WHY),
    });
  });
});

describe('a group of several alerts', () => {
  it('is about what all that fire agree on, also where it is not common to the group', async () => {
    const resolved = {
      ...groupOf('old').alerts[0],
      status: 'resolved' as const,
      endsAt: new Date().toISOString(),
    };
    const group = groupOf('mails', 'mails');
    const { id } = await fires({ ...group, alerts: [...group.alerts, resolved as AlertGroup['alerts'][0]] });
    expect((await house.flows.origin(`alert:${id}`))?.parameters).toEqual({ queue: 'mails' });
  });

  it.each([
    ['name different ones', groupOf('mails', 'orders'), '"mails", "orders"'],
    ['do not all name one', groupOf('mails', null), '"mails", nothing'],
    ['may differ, since some were left out', { ...groupOf('mails'), truncated: 2 }, '"mails"'],
  ])('is about no queue when its alerts %s', async (_, group, values) => {
    const { id, run } = await fires(group);
    const why = `its alerts do not agree on the label queue (${values})`;
    expect(await house.flows.origin(`alert:${id}`)).toMatchObject({
      parameters: {},
      refused: { queue: why },
    });
    expect((await house.flows.diagnosis(`run:${run}`))?.findings[0]).toMatchObject({
      status: 'unknown',
      says: `not asked, since queue: ${why}`,
    });
  });

  it('is about the default when none of them names one', async () => {
    const { id } = await fires(groupOf(null, null));
    expect((await house.flows.origin(`alert:${id}`))?.parameters).toEqual({ queue: 'orders' });
  });

  it('is about no queue when labels were left out, among which it may be', async () => {
    const { id } = await fires({ ...groupOf(null), labelsLeft: 5 });
    expect((await house.flows.origin(`alert:${id}`))?.refused).toEqual({
      queue: 'the label queue may be among the 5 that were left out',
    });
  });

  it('that grows by another queue is about none from then on, and is diagnosed again', async () => {
    const { id } = await fires(groupOf('mails'));
    expect(await house.says(`alert:${id}`, (text) => text.includes('Purge the queue mails'))).toBeTruthy();
    await house.flows.takeAlert(groupOf('mails', 'orders'));
    await house.says(`alert:${id}`, (text) => text.includes('do not agree'));
    expect((await house.flows.origin(`alert:${id}`))?.parameters).toEqual({});
    const run = await until('another diagnosis', async () => (await endedRuns(id))[1]);
    expect((await house.flows.diagnosis(`run:${run}`))?.findings[0]?.says).toContain('do not agree');
  });

  it('that is only repeated is not diagnosed again', async () => {
    const { id } = await fires(groupOf('mails'));
    await house.flows.takeAlert(groupOf('mails'));
    await house.says(`alert:${id}`, (text) => text.includes('repeated'));
    const runs = await database.db.selectFrom('run').select('id').where('alert', '=', id).execute();
    expect(runs).toHaveLength(1);
  });

  it('that fires again about another queue starts a thread of its own', async () => {
    const { id } = await fires(groupOf('mails', 'orders'));
    await house.flows.takeAlert({ ...groupOf('mails', 'orders'), status: 'resolved' });
    await house.says(`alert:${id}`, (text) => text.includes('Resolved'));
    await house.flows.takeAlert(groupOf('mails'));
    await until('another alert', async () => {
      const alerts = await database.db.selectFrom('alert').select('id').execute();
      return alerts.length === 2 ? alerts : undefined;
    });
  });
});

/** Ids, oldest first. */
async function endedRuns(alert: string): Promise<string[]> {
  const runs = await database.db
    .selectFrom('run')
    .select('id')
    .where('alert', '=', alert)
    .where('ended_at', 'is not', null)
    .orderBy('began_at')
    .execute();
  return runs.map(({ id }) => id);
}

describe('a button in the thread of an alert', () => {
  /** Somebody diagnosed another queue, or with another runbook, in the thread of an alert about mails. */
  async function diagnosedAs(name: string, of: string) {
    const { id } = await fires(groupOf('mails'));
    const asked = { ...diagnosis, runbook: name, parameters: { queue: of }, origin: `alert:${id}` };
    await house.flows.diagnose(asked, 'd1');
    const { id: run } = await until('the diagnosis', () =>
      database.db
        .selectFrom('run')
        .select('id')
        .where('request', '=', 'ask:d1')
        .where('ended_at', 'is not', null)
        .executeTakeFirst(),
    );
    return { id, run };
  }

  it('is about what its own message looked at, not about what the alert named', async () => {
    const { id, run } = await diagnosedAs('other', 'orders');
    const text = await house.says(`diagnosis:${run}`);
    expect(text).toContain('Purge the queue orders');
    expect(text).toContain(`"value":"run:${run}@`);
    expect(text).not.toContain(`alert:${id}`);
    expect(await house.flows.origin(`run:${run}`)).toEqual({
      ...{ ref: `alert:${id}`, alert: id, service: 'shop', runbook: 'other', place: { channel: 'C0SHOP' } },
      parameters: { queue: 'orders' },
    });
  });

  it('under a proof takes back what was run, not what the alert named', async () => {
    const { id } = await fires(groupOf('mails'));
    const asked = { ...restart, runbook: 'other', parameters: { queue: 'orders' }, origin: `alert:${id}` };
    await house.flows.remediate(asked, 'r1');
    const plan = await rows.plan();
    expect(await house.flows.origin(`plan:${plan.id}`)).toMatchObject({
      ...{ ref: `alert:${id}`, alert: id, runbook: 'other', parameters: { queue: 'orders' } },
    });
  });
});
