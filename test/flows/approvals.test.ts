import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Person } from '../../src/approval/person.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { GUEST, INES, NOOR, SAM, STRANGER, startTestHouse, type TestHouse } from '../helpers/house.ts';

let database: TestDatabase;
let house: TestHouse;

beforeEach(async () => {
  database = await createTestDatabase();
  house = await startTestHouse(database);
});
afterEach(async () => {
  await house.stop();
  await database.drop();
});

async function asked(by: Person, queue: string) {
  const request = {
    service: 'shop',
    runbook: 'stuck',
    parameters: { queue },
    by,
    place: { channel: 'C0SHOP' },
  };
  const purge = { ...request, action: 'purge', reason: 'duplicates' };
  expect(await house.flows.remediate(purge, `r-${queue}`)).toEqual({ ok: true });
  const { id, digest } = await database.db
    .selectFrom('plan')
    .selectAll()
    .where('request', '=', `r-${queue}`)
    .executeTakeFirstOrThrow();
  return { plan: id, digest };
}

const titles = (plans: readonly { title: string }[]) => plans.map(({ title }) => title);

describe('what waits for a person', () => {
  it('are the requests of others in services whose approvers they are among, the most urgent first', async () => {
    await asked(NOOR, 'orders');
    const later = await asked(SAM, 'invoices');
    await database.db
      .updateTable('plan')
      .set({ expires_at: new Date(Date.now() + 60_000) })
      .where('id', '=', later.plan)
      .execute();
    const of = async (person: Person) => titles((await house.flows.approvals(person)).waitingForMe);
    expect(await of(INES)).toEqual(['Purge the queue invoices', 'Purge the queue orders']);
    expect(await of(NOOR)).toEqual(['Purge the queue invoices']);
    expect(await of(STRANGER)).toEqual([]);
    expect(await of({ ...INES, user: 'U0NOBODY' })).toEqual([]);
  });

  it('is told to members alone, and so is what was decided lately', async () => {
    const plan = await asked(NOOR, 'orders');
    await house.flows.deny({ ...plan, by: SAM, reason: 'wrong queue' });
    for (const who of [STRANGER, GUEST]) {
      const { waitingForMe, reviews, mine, decided } = await house.flows.approvals(who);
      expect([...waitingForMe, ...reviews, ...mine, ...decided]).toEqual([]);
    }
  });

  it('stands beside what they asked for, and what was decided lately', async () => {
    const plan = await asked(NOOR, 'orders');
    await asked(SAM, 'invoices');
    await house.flows.deny({ ...plan, by: SAM, reason: 'wrong queue' });
    const { mine, decided } = await house.flows.approvals(NOOR);
    expect(mine).toMatchObject([{ title: 'Purge the queue orders', state: 'denied', requester: NOOR }]);
    expect(titles(decided)).toEqual(['Purge the queue orders']);
    expect(await house.flows.home(NOOR)).toMatchObject({ mine, decided });
  });
});
