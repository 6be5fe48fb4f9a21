import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '../helpers/asked.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { INES, NOOR, SAM, startTestHouse, type TestHouse } from '../helpers/house.ts';
import { testCatalogue, testRunbook, testService } from '../helpers/shop.ts';

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

async function asked(): Promise<{ plan: string; digest: string }> {
  const place = { channel: 'C0SHOP' };
  const request = { service: 'shop', runbook: 'stuck', parameters: { queue: 'orders' }, by: NOOR, place };
  await house.flows.remediate({ ...request, action: 'purge', reason: 'duplicates' }, 'r1');
  const { id, digest } = await database.db.selectFrom('plan').selectAll().executeTakeFirstOrThrow();
  return { plan: id, digest };
}

async function messages(prefix: string) {
  const rows = await database.db.selectFrom('message').selectAll().orderBy('key').execute();
  return rows.filter(({ key }) => key.startsWith(prefix)).map(({ key, channel }) => ({ key, channel }));
}

/** Time passes until this much of it is left. */
async function leave(seconds: number): Promise<void> {
  const [made, expires] = [Date.now() - (900 - seconds) * 1_000, Date.now() + seconds * 1_000];
  await database.db
    .updateTable('plan')
    .set({ made_at: new Date(made), expires_at: new Date(expires) })
    .execute();
}

describe('those who may approve', () => {
  it('are each written to once, but not whoever asks, and read how it ended', async () => {
    const { plan, digest } = await asked();
    expect(await messages('call:')).toEqual([
      { key: `call:${plan}:U0INES`, channel: 'D0INES' },
      { key: `call:${plan}:U0SAM`, channel: 'D0SAM' },
    ]);
    expect(await house.says(`call:${plan}:U0SAM`)).toMatch(
      /Your approval is asked for[\s\S]*duplicates[\s\S]*Approve/,
    );
    await house.flows.claim({ plan, digest, by: INES });
    expect(await house.says(`call:${plan}:U0SAM`)).toMatch(/<@U0INES> is looking at it/);
    await house.flows.deny({ plan, digest, by: SAM, reason: 'wrong queue' });
    for (const user of ['U0SAM', 'U0INES']) {
      const text = await house.says(`call:${plan}:${user}`, (one) => one.includes('Denied'));
      expect(text).not.toContain('"Approve"');
    }
  });

  it('are called with their group where they cannot be written to', async () => {
    house.people.directMessage = async () => Promise.reject(new Error('Slack is away'));
    const { plan } = await asked();
    expect(await messages('call:')).toEqual([]);
    expect(await house.says(`plan:${plan}`)).toContain('<!subteam^S0SRE>');
  });

  it('are reminded once before it expires, those who have not voted', async () => {
    const policy = { by: ['sre'], votes: 2, expires: '15m', 'begin-within': '5m' };
    house.catalogue.now = testCatalogue(testService([testRunbook()], { policies: { destructive: policy } }));
    const { plan, digest } = await asked();
    await leave(310);
    await house.flows.approve({ plan, digest, by: SAM });
    expect(await messages('reminder:')).toEqual([]);
    await leave(290);
    await house.nudge(plan);
    await until('a reminder', async () => (await messages('reminder:'))[0]);
    await house.nudge(plan);
    expect((await messages('reminder:')).map(({ key }) => key)).toEqual([`reminder:${plan}:U0INES`]);
    expect(await house.says(`reminder:${plan}:U0INES`)).toMatch(/Still waiting for an approval/);
  });
});
