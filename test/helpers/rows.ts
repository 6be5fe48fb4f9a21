import { until } from './asked.ts';
import type { TestDatabase } from './database.ts';

/** What a test looks up in its database, waiting for what comes later. */
export function rowsOf(database: () => TestDatabase) {
  const plan = () => database().db.selectFrom('plan').selectAll().executeTakeFirstOrThrow();
  return {
    plan,
    reaches: (state: string) =>
      until(`a plan that is ${state}`, async () => ((await plan()).state === state ? state : undefined)),
    alert: (groupKey: string) =>
      until(`an alert of ${groupKey}`, () =>
        database().db.selectFrom('alert').selectAll().where('group_key', '=', groupKey).executeTakeFirst(),
      ),
  };
}
