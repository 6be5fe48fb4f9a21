import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { keepRules } from '../../src/store/policies.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

it('tells one of several at once what held before, and the others what that one kept', async () => {
  const keep = (approval: string) =>
    database.db.transaction().execute((tx) => keepRules(tx, 'shop', { approval }));
  expect(await keep('1 of sre')).toBeNull();
  const before = await Promise.all([keep('2 of sre'), keep('2 of sre'), keep('2 of sre')]);
  expect(before.filter((rules) => rules?.approval === '1 of sre')).toHaveLength(1);
  expect(before.filter((rules) => rules?.approval === '2 of sre')).toHaveLength(2);
});
