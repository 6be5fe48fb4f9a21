import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { openRuns } from '../../src/store/runs.ts';
import { alertGroup, diagnosis, until } from '../helpers/asked.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { startTestHouse, type TestHouse } from '../helpers/house.ts';
import { rowsOf } from '../helpers/rows.ts';

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

/** So many groups wait before Guardia starts. */
async function wait(count: number, severity = 'warning'): Promise<void> {
  const body = JSON.stringify(
    alertGroup('group', { labels: { alertname: 'QueueStuck', severity, team: 'shop' } }),
  );
  await sql`
    insert into alert_inbox (body, group_key, severity)
    select ${body}::jsonb || jsonb_build_object('groupKey', 'group ' || i), 'group ' || i, 2
    from generate_series(1, ${count}) i`.execute(database.db);
}

const importances = async (groupKey: string) => {
  const { id } = await rows.alert(groupKey);
  return until(`the findings of ${groupKey}`, async () => {
    const found = await sql<{ card: number; findings: number }>`
      select card.importance as card, findings.importance as findings
      from message card, run, message findings
      where card.key = ${`alert:${id}`} and run.alert = ${id} and findings.key = 'diagnosis:' || run.id`.execute(
      database.db,
    );
    return found.rows[0];
  });
};

const diagnosed = async () => {
  const ended = await sql<{ count: number }>`
    select count(*)::int as count from run where ended_at is not null`.execute(database.db);
  return ended.rows[0]?.count ?? 0;
};

describe('an alert', () => {
  beforeEach(async () => {
    house = await startTestHouse(database);
  });

  it.each([
    ['critical', { card: 0, findings: 1 }],
    ['warning', { card: 4, findings: 5 }],
  ])('that is %s is as important in Slack', async (severity, importance) => {
    await house.flows.takeAlert(
      alertGroup(severity, { labels: { alertname: 'QueueStuck', severity, team: 'shop' } }),
    );
    expect(await importances(severity)).toEqual(importance);
  });

  it('that becomes critical is more important from then on', async () => {
    const labels = { alertname: 'QueueStuck', severity: 'warning', team: 'shop' };
    await house.flows.takeAlert(alertGroup('g', { labels }));
    expect(await importances('g')).toMatchObject({ card: 4 });
    await house.flows.takeAlert(alertGroup('g', { labels: { ...labels, severity: 'critical' } }));
    await until('a critical card', async () => ((await importances('g')).card === 0 ? true : undefined));
  });
});

describe('with many alert groups that wait', () => {
  it('a critical one that came last is taken in among the first', async () => {
    await wait(300);
    const critical = alertGroup('critical');
    await sql`insert into alert_inbox (body, group_key, severity) values (${JSON.stringify(critical)}, 'critical', 0)`.execute(
      database.db,
    );
    house = await startTestHouse(database);
    await rows.alert('critical');
    const { count } = await database.db
      .selectFrom('alert')
      .select((one) => one.fn.countAll<string>().as('count'))
      .executeTakeFirstOrThrow();
    expect(Number(count)).toBeLessThan(50);
  }, 60_000);

  it('a stop ends at once, loses none, and handles none by half', async () => {
    await wait(5_000);
    house = await startTestHouse(database);
    await rows.alert('group 1');
    const begun = performance.now();
    await house.stop();
    expect(performance.now() - begun).toBeLessThan(10_000);
    const { rows: counts } = await sql<{ left: number; handled: number; alerts: number }>`
      select (select count(*)::int from alert_inbox where handled_at is null) as left,
        (select count(*)::int from alert_inbox where handled_at is not null) as handled,
        (select count(*)::int from alert) as alerts`.execute(database.db);
    const { left = 0, handled = 0, alerts } = counts[0] ?? {};
    expect(left + handled).toBe(5_000);
    expect(alerts).toBe(handled);
    expect(left).toBeGreaterThan(0);
  }, 60_000);
});

it('runs are begun until none is left, also when there are more than are begun at once', async () => {
  const asked = { ...diagnosis, runbook: 'unheard-of' };
  await sql`
    insert into run (id, request, service, runbook, asked)
    select gen_random_uuid(), 'ask:' || i, 'shop', 'unheard-of', ${JSON.stringify(asked)} from generate_series(1, 103) i`.execute(
    database.db,
  );
  house = await startTestHouse(database);
  for (const ended of [50, 103]) {
    await until(`${ended} ends`, async () => ((await diagnosed()) >= ended ? true : undefined));
  }
}, 60_000);

it('the diagnosis of a critical alert begins before those of many others', async () => {
  house = await startTestHouse(database);
  await house.stop();
  await sql`
    insert into run (id, request, service, runbook, asked, importance)
    select gen_random_uuid(), 'alert:' || i, 'shop', 'stuck', '{}', case i when 200 then 1 else 5 end
    from generate_series(1, 200) i`.execute(database.db);
  const [first, ...rest] = await openRuns(database.db);
  const { request } = await database.db
    .selectFrom('run')
    .select('request')
    .where('id', '=', first?.id ?? '')
    .executeTakeFirstOrThrow();
  expect(request).toBe('alert:200');
  expect(rest.length).toBeLessThan(100);
});
