import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { COUNTED } from '../../src/report/help.ts';
import { firingAlerts } from '../../src/store/alerts.ts';
import { storeStatus } from '../../src/store/status.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { rowsTouched } from '../helpers/touched.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const wait = (from: number, to: number, ts: string | null) =>
  sql`insert into message (key, channel, payload, ts) select 'm' || i, 'C1', '{}', ${ts}::text
    from generate_series(${from}::int, ${to}::int) i`.execute(database.db);

it('the newest alerts that fire are found without a look at the others', async () => {
  const fire = (count: number) =>
    sql`insert into alert (id, group_key, service, status, severity, details, channel, starts_at)
      select gen_random_uuid(), 'g' || i, 'shop', 'firing', 'warning', '{}', 'C1', now() - i * interval '1 second'
      from generate_series(1, ${count}::int) i`.execute(database.db);
  await fire(5_000);
  await sql`analyze alert`.execute(database.db);
  expect(await rowsTouched(database, 'alert', (db) => firingAlerts(db, 10))).toBe(10);
});

it('messages that wait are counted, posts and edits, up to a thousand', async () => {
  await wait(1, 3, null);
  await wait(4, 5, '1.1');
  expect((await storeStatus(database.db)).waitingMessages).toBe(5);
  await wait(6, COUNTED + 500, null);
  expect((await storeStatus(database.db)).waitingMessages).toBe(COUNTED);
});
