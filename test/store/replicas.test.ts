import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { beat, bury, leave, silent } from '../../src/store/replicas.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

it('leaves a silent replica to the others until one of them has taken over its flows', async () => {
  const { db } = database;
  await beat(db, 'gone');
  await leave(db, 'gone');
  const dies = bury(db, 'gone', 45, async () => {
    throw new Error('this one dies, too');
  });
  await expect(dies).rejects.toThrow('dies');
  await expect(silent(db, 45)).resolves.toEqual(['gone']);
  const taken: string[] = [];
  const takeOver = (by: string) => bury(db, 'gone', 45, async () => void taken.push(by));
  await Promise.all([takeOver('first'), takeOver('second')]);
  expect(taken).toHaveLength(1);
  await expect(silent(db, 45)).resolves.toEqual([]);
});
