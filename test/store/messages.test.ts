import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { linkedFrom, say } from '../../src/store/messages.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';

let database: TestDatabase;

beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(() => database.drop());

async function said(...keys: string[]): Promise<void> {
  for (const key of keys) await say(database.db, { key, channel: 'C1', message: { text: key, blocks: [] } });
}

async function isSoon(from: string, to: string): Promise<boolean | undefined> {
  const [found] = await linkedFrom(database.db, from, [to]);
  return found?.soon;
}

it('a new message waits for one that was said before it, and never for one that was said after it', async () => {
  await said('request', 'call');
  expect(await isSoon('call', 'request')).toBe(true);
  expect(await isSoon('request', 'call')).toBe(false);
  expect(await isSoon('call', 'nobody')).toBeUndefined();
});

it.each([
  ['stands already', { ts: '1.1' }, 'request'],
  ['will not be posted', { given_up: true }, 'request'],
])('a message does not wait for one that %s', async (_, more, key) => {
  await said('request', 'call');
  await database.db.updateTable('message').set(more).where('key', '=', key).execute();
  expect(await isSoon('call', 'request')).toBe(false);
});

it.each([
  ['stands itself', { ts: '1.1' }],
  ['has waited for a second', { created_at: new Date(Date.now() - 5_000) }],
])('a message does not wait once it %s', async (_, more) => {
  await said('request', 'call');
  await database.db.updateTable('message').set(more).where('key', '=', 'call').execute();
  expect(await isSoon('call', 'request')).toBe(false);
});
