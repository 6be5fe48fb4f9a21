import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { say } from '../../src/store/messages.ts';
import { delivered, takeDue } from '../../src/store/outbox.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';

let database: TestDatabase;

beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(() => database.drop());

/** A message that stands in Slack, and has waited so long for an edit. */
async function edited(key: string, importance: 0 | 1, waitsSeconds: number): Promise<void> {
  const { db } = database;
  const message = (text: string) => ({ text, blocks: [] });
  await say(db, { key, channel: 'C1', message: message('first'), importance });
  await delivered(db, key, { version: 1, ts: `1.${key}`, bare: false });
  await say(db, { key, channel: 'C1', message: message('second'), importance });
  await sql`update message set wanted_at = now() - make_interval(secs => ${waitsSeconds}) where key = ${key}`.execute(
    db,
  );
}

const nextDue = async () =>
  (await takeDue(database.db, { limit: 1, busy: [], by: 'r' })).map(({ key }) => key);

it('what is important is edited first', async () => {
  await edited('run', 1, 1);
  await edited('alert', 0, 0);
  expect(await nextDue()).toEqual(['alert']);
});

it('what has waited long is edited before what is newly important, so that nothing waits for ever', async () => {
  await edited('run', 1, 30);
  await edited('alert', 0, 0);
  expect(await nextDue()).toEqual(['run']);
});

it('saying it once more does not send it to the end of the line', async () => {
  await edited('run', 1, 30);
  await say(database.db, { key: 'run', channel: 'C1', message: { text: 'third', blocks: [] } });
  await edited('alert', 0, 0);
  expect(await nextDue()).toEqual(['run']);
});
