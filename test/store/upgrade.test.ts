import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Kysely, sql } from 'kysely';
import { handleNext } from '../../src/store/alerts.ts';
import { up as start } from '../../src/store/migrations/0001-start.ts';
import { up as since } from '../../src/store/migrations/0004-since.ts';
import { up as lines } from '../../src/store/migrations/0009-lines.ts';
import { delivered, takeDue } from '../../src/store/outbox.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';

/** A database of an earlier version in which messages and alert groups wait. */
let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
  const db = database.db as Kysely<unknown>;
  await sql`drop schema public cascade`.execute(db);
  await sql`create schema public`.execute(db);
  await start(db);
  await since(db);
  await sql`
    insert into alert (id, group_key, service, status, severity, details, channel, starts_at)
    select gen_random_uuid(), severity, 'shop', 'firing', severity, '{}', 'C1', now()
    from unnest(array['info', 'Warning', 'critical', 'purple']) severity`.execute(db);
  await sql`
    insert into message (key, channel, payload, importance, ts, version, delivered_version)
    select 'alert:' || id, channel, '{"text":"","blocks":[]}', 0, null, 1, 0 from alert order by severity desc`.execute(
    db,
  );
  await sql`
    insert into message (key, channel, payload, importance) values
      ('audit-head:7', 'C1', '{"text":"","blocks":[]}', 2), ('plan:1', 'C1', '{"text":"","blocks":[]}', 0),
      ('run:1', 'C1', '{"text":"","blocks":[]}', 1)`.execute(db);
  await sql`
    insert into alert_inbox (body, handled_at) values
      ('{"groupKey":"a","labels":{"severity":"info"}}', null),
      ('{"groupKey":"b","labels":{"severity":"critical"}}', now()),
      ('{"groupKey":"c","labels":{}}', null),
      ('{"groupKey":"d","labels":{"severity":"critical"}}', null)`.execute(db);
  await lines(db);
  // The clock of a later version, by which a group is marked as handled.
  await sql`create function guardia_now() returns timestamptz language sql volatile as 'select clock_timestamp()'`.execute(
    db,
  );
});
afterAll(() => database.drop());

it('messages that waited before the upgrade are posted by the severity of their alert', async () => {
  const posted: string[] = [];
  for (let nth = 1; nth <= 7; nth += 1) {
    await sql`insert into pace (key, tat, turn) values ('post:C1', now() - interval '1 minute', 1)
      on conflict (key) do update set tat = excluded.tat, turn = 1`.execute(database.db);
    const [row] = await takeDue(database.db, { limit: 1, busy: [], by: 'r' });
    if (!row) break;
    await delivered(database.db, row.key, { version: 1, ts: `1.${nth}`, bare: false });
    posted.push(row.key);
  }
  const { rows } = await sql<{ key: string; severity: string }>`
    select 'alert:' || id as key, severity from alert`.execute(database.db);
  const severities = new Map(rows.map(({ key, severity }) => [key, severity]));
  expect(posted.map((key) => severities.get(key) ?? key)).toEqual([
    ...['critical', 'plan:1', 'run:1', 'purple', 'Warning', 'info', 'audit-head:7'],
  ]);
});

it('alert groups that waited before the upgrade are handled by their severity', async () => {
  await sql`select setval('alert_inbox_turn', 1, false)`.execute(database.db);
  const handled: string[] = [];
  const handle = async (_: unknown, body: object) =>
    void handled.push((body as { groupKey: string }).groupKey);
  while (await handleNext(database.db, handle, handle));
  expect(handled).toEqual(['d', 'c', 'a']);
});
