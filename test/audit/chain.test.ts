import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type AuditEntry, firstBreak, missesHead } from '../../src/audit/chain.ts';
import { auditEntries, auditHead, record } from '../../src/store/audit.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';

let database: TestDatabase;
let entries: AuditEntry[];
const by = { team: 'T', user: 'U' };

beforeAll(async () => {
  database = await createTestDatabase();
  const { db } = database;
  await Promise.all(
    Array.from({ length: 12 }, (_, n) =>
      db.transaction().execute((tx) => record(tx, { event: 'asked', by, details: { n, at: 1.5 } })),
    ),
  );
  entries = await auditEntries(db, 0, 100);
});
afterAll(() => database.drop());

const changed = (at: number, change: (entry: AuditEntry) => AuditEntry) =>
  entries.map((entry, index) => (index === at ? change(entry) : entry));

describe('the record', () => {
  it('is one unbroken chain, also when many write at once', async () => {
    expect(entries.map((entry) => entry.seq)).toEqual(Array.from({ length: 12 }, (_, n) => n + 1));
    expect(entries[0]?.previous).toBe('0'.repeat(64));
    expect(firstBreak(entries)).toBeNull();
    expect(await auditHead(database.db)).toEqual({ seq: 12, hash: entries[11]?.hash });
  });

  it('shows a changed entry', () => {
    expect(firstBreak(changed(4, (entry) => ({ ...entry, user: 'V' })))).toMatch(/entry 5 was changed/);
    expect(firstBreak(changed(4, (entry) => ({ ...entry, details: {} })))).toMatch(/entry 5 was changed/);
  });

  it('shows a removed and a reordered entry', () => {
    expect(firstBreak(entries.filter((entry) => entry.seq !== 3))).toMatch(/entry 3 is missing/);
    const [first, second, third, ...rest] = entries as [AuditEntry, AuditEntry, AuditEntry];
    expect(firstBreak([first, third, second, ...rest])).toMatch(/entry 2 is missing/);
    expect(firstBreak([first, { ...third, seq: 2 }, ...rest])).toMatch(/does not follow/);
  });

  it('shows a cut tail against a head that was exported', () => {
    const head = { seq: 12, hash: entries[11]?.hash ?? '' };
    expect(missesHead(entries, head)).toBeNull();
    expect(missesHead(entries.slice(0, 10), head)).toMatch(/tail was cut/);
    expect(missesHead(entries, { ...head, hash: 'x' })).toMatch(/not the one/);
  });

  it('is written with the change or not at all', async () => {
    const failing = database.db.transaction().execute(async (tx) => {
      await record(tx, { event: 'spent', by });
      throw new Error('the change failed');
    });
    await expect(failing).rejects.toThrow('the change failed');
    expect((await auditHead(database.db)).seq).toBe(12);
  });
});
