import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { runAudit } from '../../src/audit/command-line.ts';
import { auditHead, record } from '../../src/store/audit.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';

let database: TestDatabase;
const by = { team: 'T', user: 'U' };

beforeAll(async () => {
  database = await createTestDatabase();
  for (let n = 0; n < 3; n += 1) {
    await database.db.transaction().execute((tx) => record(tx, { event: 'asked', by, details: { n } }));
  }
});
afterAll(() => database.drop());

async function guardia(...argv: string[]): Promise<{ code: number; said: string }> {
  const said: string[] = [];
  const say = (text: string) => void said.push(text);
  const code = await runAudit(argv, { out: say, err: say, environment: { DATABASE_URL: database.url } });
  return { code, said: said.join('\n') };
}

describe('guardia audit verify', () => {
  it('says that the record is whole, also against a head that was exported', async () => {
    const { seq, hash } = await auditHead(database.db);
    expect(await guardia('verify')).toEqual({ code: 0, said: 'The record is whole: 3 entries.' });
    expect((await guardia('verify', '--head', `${seq}:${hash}`)).code).toBe(0);
  });

  it('says which entry was changed, and that a tail was cut', async () => {
    const { seq, hash } = await auditHead(database.db);
    await sql`delete from audit where seq = 3`.execute(database.db);
    expect(await guardia('verify', '--head', `${seq}:${hash}`)).toMatchObject({
      code: 1,
      said: expect.stringMatching(/tail was cut/),
    });
    await sql`update audit set details = '{"n": 9}' where seq = 2`.execute(database.db);
    expect(await guardia('verify')).toMatchObject({
      code: 1,
      said: expect.stringMatching(/entry 2 was changed/),
    });
  });

  it('says so when Guardia never ran there, and what it takes', async () => {
    await sql`drop table audit`.execute(database.db);
    expect(await guardia('verify')).toMatchObject({ code: 2, said: expect.stringMatching(/has not run/) });
    expect(await guardia('check')).toMatchObject({ code: 2, said: expect.stringMatching(/verify/) });
  });
});
