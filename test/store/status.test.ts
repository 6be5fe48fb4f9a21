import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { COUNTED } from '../../src/report/help.ts';
import { storeStatus } from '../../src/store/status.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const wait = (from: number, to: number, ts: string | null) =>
  sql`insert into message (key, channel, payload, ts) select 'm' || i, 'C1', '{}', ${ts}::text
    from generate_series(${from}::int, ${to}::int) i`.execute(database.db);

it('messages that wait are counted, posts and edits, up to a thousand', async () => {
  await wait(1, 3, null);
  await wait(4, 5, '1.1');
  expect((await storeStatus(database.db)).waitingMessages).toBe(5);
  await wait(6, COUNTED + 500, null);
  expect((await storeStatus(database.db)).waitingMessages).toBe(COUNTED);
});
