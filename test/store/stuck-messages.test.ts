import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { message, section } from '../../src/report/blocks.ts';
import { say } from '../../src/store/messages.ts';
import { stuckMessages } from '../../src/store/stuck-messages.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(() => database.pool.query('truncate message'));
afterAll(() => database.drop());

const MINUTE = 60_000;

/** A message that was stated so long ago, and that Slack did not take. */
async function stated(key: string, minutesAgo: number, last_error: string | null, given_up = false) {
  const { db } = database;
  await say(db, { key, channel: 'C0DENIS', message: message('x', [section(['x'])]) });
  const wanted_at = new Date(Date.now() - minutesAgo * MINUTE);
  await db.updateTable('message').set({ wanted_at, last_error, given_up }).where('key', '=', key).execute();
}

it('names the channel where messages have waited for over five minutes, and why', async () => {
  await stated('a', 6, 'not_in_channel');
  await stated('b', 25 * 60, 'not_in_channel');
  await expect(stuckMessages(database.db)).resolves.toEqual([
    { name: 'messages-stuck', says: expect.stringMatching(/2 messages in C0DENIS: not_in_channel/) },
  ]);
});

it('names at once what was given up', async () => {
  await stated('a', 0, 'invalid_arguments', true);
  await expect(stuckMessages(database.db)).resolves.toEqual([
    { name: 'messages-stuck', says: expect.stringMatching(/a message in C0DENIS: invalid_arguments/) },
  ]);
});

it('says nothing of what only waits its turn, of what is young, delivered, or was given up long ago', async () => {
  await stated('waits', 60, null);
  await stated('young', 1, 'ratelimited');
  await stated('given up', 25 * 60, 'invalid_arguments', true);
  await stated('there', 60, 'ratelimited');
  await database.pool.query("update message set delivered_version = version where key = 'there'");
  await expect(stuckMessages(database.db)).resolves.toEqual([]);
});
