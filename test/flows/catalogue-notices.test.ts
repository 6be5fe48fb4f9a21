import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import type { Catalogue } from '../../src/catalogue/catalogue.ts';
import type { Refusal } from '../../src/catalogue/refusal.ts';
import { createCatalogueNotices } from '../../src/flows/catalogue-notices.ts';
import type { Message } from '../../src/report/message.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { plainMessage } from '../report/plain.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(() => database.pool.query('truncate message, refused_catalogue'));
afterAll(() => database.drop());

const BAD: Refusal = {
  revision: 'b'.repeat(64),
  problems: ['x.yml:1:1 <!here> is wrong'],
  lastGoodSince: null,
};

/** One replica, whose catalogue is refused or not. */
function replica(channel: string | null = 'C0AUDIT') {
  const state = { refusal: null as Refusal | null, woken: 0 };
  const notices = createCatalogueNotices({
    db: database.db,
    channel,
    catalogue: {
      current: (): Catalogue => ({ revision: 'a'.repeat(64), services: new Map() }),
      refusal: () => state.refusal,
    },
    wake: () => {
      state.woken += 1;
    },
    logger: pino({ level: 'silent' }),
  });
  const becomes = (refusal: Refusal | null) => {
    state.refusal = refusal;
    return notices.tell();
  };
  return { state, becomes };
}

async function said() {
  const rows = await database.db
    .selectFrom('message')
    .select(['payload', 'version'])
    .orderBy('seq')
    .execute();
  return rows.map(({ payload, version }) => ({ version, text: plainMessage(payload as Message).join('\n') }));
}

describe('the audit channel', () => {
  it('hears of a refused catalogue once, whichever replicas refuse it and however often', async () => {
    const [one, two] = [replica(), replica()];
    await one.becomes(BAD);
    await Promise.all([one.becomes({ ...BAD }), two.becomes({ ...BAD })]);
    expect(await said()).toEqual([
      {
        version: 1,
        text: expect.stringMatching(/❌ \*Catalogue b{12} was refused\*[\s\S]*a{12}[\s\S]*is wrong/),
      },
    ]);
    expect(JSON.stringify(await said())).not.toContain('<!here>');
    expect(one.state.woken).toBeGreaterThan(0);
  });

  it('reads in the same message that a good one is in force, also from a process that started since', async () => {
    await replica().becomes(BAD);
    await replica().becomes({ ...BAD, lastGoodSince: '2026-11-14T03:12:00.000Z' });
    const next = replica();
    await next.becomes(null);
    expect(await said()).toEqual([
      { version: 2, text: expect.stringMatching(/✅ \*Catalogue b{12} was refused, and is replaced\*/) },
      { version: 2, text: expect.stringMatching(/✅ \*Catalogue b{12} was refused, and is replaced\*/) },
    ]);
    await next.becomes(BAD);
    expect((await said()).map(({ version }) => version)).toEqual([2, 2, 1]);
  });

  it('hears nothing where all is well, or where there is none', async () => {
    await replica().becomes(null);
    await replica(null).becomes(BAD);
    expect(await said()).toEqual([]);
  });

  it('hears of it later when it could not be stored at first', async () => {
    const one = replica();
    await database.pool.query('alter table refused_catalogue rename to away');
    await one.becomes(BAD);
    expect(await said()).toEqual([]);
    await database.pool.query('alter table away rename to refused_catalogue');
    await one.becomes(one.state.refusal);
    expect(await said()).toHaveLength(1);
  });
});
