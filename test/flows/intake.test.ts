import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { alertGroup } from '../helpers/asked.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { startTestHouse, type TestHouse } from '../helpers/house.ts';
import { rowsOf } from '../helpers/rows.ts';

let database: TestDatabase;
let house: TestHouse;
const rows = rowsOf(() => database);

beforeEach(async () => {
  database = await createTestDatabase();
  house = await startTestHouse(database);
});
afterEach(async () => {
  await house.stop();
  await database.drop();
});

describe('an alert group that cannot be handled', () => {
  /** No table takes its time. */
  const bad = () => {
    const group = alertGroup('bad');
    const startsAt = '+022222-01-01T00:00:00.000Z';
    return { ...group, alerts: group.alerts.map((alert) => ({ ...alert, startsAt })) };
  };

  it('does not keep the others waiting', async () => {
    await house.flows.takeAlert(bad());
    await house.flows.takeAlert(alertGroup('good'));
    await rows.alert('good');
  });

  it('is shown as it came, once however often it comes', async () => {
    await house.flows.takeAlert(bad());
    await house.flows.takeAlert(bad());
    const told = await house.says('unhandled:bad', (text) => text.includes('could not handle'));
    expect(told).toContain('alertname=QueueStuck');
    await house.flows.takeAlert(alertGroup('good'));
    await rows.alert('good');
    const messages = await database.db
      .selectFrom('message')
      .select('key')
      .where('channel', '=', 'C0SHOP')
      .execute();
    expect(messages.filter(({ key }) => key.startsWith('unhandled:'))).toHaveLength(1);
  });
});
