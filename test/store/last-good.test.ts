import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { findLastGood, keepLastGood } from '../../src/store/last-good.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const files = (text: string) => [{ service: 'demo', name: 'service', path: 'demo/service.yml', text }];

it('keeps the files of one catalogue, and since when it is in force', async () => {
  const { db } = database;
  await expect(findLastGood(db)).resolves.toBeNull();
  await keepLastGood(db, { revision: 'one', files: files('title: Ä 🔏') });
  const first = await findLastGood(db);
  expect(first).toEqual({ revision: 'one', files: files('title: Ä 🔏'), since: expect.stringMatching(/Z$/) });
  await keepLastGood(db, { revision: 'one', files: files('title: Ä 🔏') });
  await expect(findLastGood(db)).resolves.toEqual(first);
  await keepLastGood(db, { revision: 'two', files: files('title: B') });
  const second = await findLastGood(db);
  expect(second).toMatchObject({ revision: 'two', files: files('title: B') });
  expect(Date.parse(second?.since ?? '')).toBeGreaterThan(Date.parse(first?.since ?? ''));
});

it('keeps one that is larger than any that people wrote', async () => {
  const text = randomBytes(128 * 1_024).toString('hex');
  const large = Array.from({ length: 16 }, () => files(text)).flat();
  await keepLastGood(database.db, { revision: 'large', files: large });
  expect((await findLastGood(database.db))?.files.at(-1)?.text).toBe(text);
});

it('is kept by two replicas at once', async () => {
  const keep = (revision: string) => keepLastGood(database.db, { revision, files: files(revision) });
  await Promise.all(['a', 'b', 'a', 'b'].map(keep));
  const kept = await findLastGood(database.db);
  expect(kept?.files).toEqual(files(kept?.revision ?? ''));
});
