import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import type { ChainHead } from '../../src/audit/chain.ts';
import { runAudit } from '../../src/audit/command-line.ts';
import { auditEntries, auditHead, record } from '../../src/store/audit.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';

let database: TestDatabase;
let folder: string;
const by = { team: 'T', user: 'U' };

beforeAll(async () => {
  database = await createTestDatabase();
  folder = await mkdtemp(join(tmpdir(), 'guardia-audit-'));
  for (let n = 0; n < 3; n += 1) {
    await database.db.transaction().execute((tx) => record(tx, { event: 'asked', by, details: { n } }));
  }
});
afterAll(() => Promise.all([database.drop(), rm(folder, { recursive: true })]));

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

  it('holds the record against every head of a file', async () => {
    const [first, second] = await auditEntries(database.db, 0, 2);
    const file = join(folder, 'heads');
    const line = ({ seq, hash }: ChainHead) => `2026-11-14T03:12:00.000Z ${seq}:${hash}\n`;
    await writeFile(file, line(second as ChainHead) + line(first as ChainHead));
    expect(await guardia('verify', '--heads', file)).toMatchObject({ code: 0 });
    await appendFile(file, line({ seq: 2, hash: 'a'.repeat(64) }));
    expect(await guardia('verify', '--heads', file)).toMatchObject({
      code: 1,
      said: 'The record is broken: entry 2 is not the one that was exported.',
    });
    await appendFile(file, 'what is this?\n');
    expect(await guardia('verify', '--heads', file)).toMatchObject({
      code: 2,
      said: expect.stringMatching(/line 4 is not a head: write SEQ:HASH/),
    });
    expect(await guardia('verify', '--heads', join(folder, 'gone'))).toMatchObject({ code: 2 });
    expect(await guardia('verify', '--head', '3')).toMatchObject({ code: 2 });
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
