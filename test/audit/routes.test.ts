import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { firstBreak } from '../../src/audit/chain.ts';
import { type AuditRecord, auditRoutes } from '../../src/audit/routes.ts';
import { auditEntries, auditHead, record } from '../../src/store/audit.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { closeServers, quiet, serve } from '../http/serve.ts';

let database: TestDatabase;
let kept: AuditRecord;

beforeAll(async () => {
  database = await createTestDatabase();
  const { db } = database;
  for (let n = 0; n < 5; n += 1) {
    const happening = { event: 'asked', by: { team: 'T', user: 'U' }, details: { n } } as const;
    await db.transaction().execute((tx) => record(tx, happening));
  }
  kept = { entries: (after, limit) => auditEntries(db, after, limit), head: () => auditHead(db) };
});
afterAll(() => database.drop());
afterEach(closeServers);

async function auditor(given: Partial<Parameters<typeof auditRoutes>[0]> = {}) {
  const options = { token: 'audit-me', record: kept, logger: quiet, ...given };
  const { url } = await serve(auditRoutes(options));
  return async (path: string, authorization = 'Bearer audit-me') => {
    const response = await fetch(url + path, { headers: { authorization } });
    return { status: response.status, body: await response.json() };
  };
}

describe('the record over HTTP', () => {
  it('is read page by page to its head, and the copy can be verified', async () => {
    const ask = await auditor();
    const first = await ask('/audit/events?limit=3');
    expect(first.body.next).toBe(3);
    const second = await ask('/audit/events?after=3&limit=3');
    expect(second.body.next).toBeNull();
    const copy = [...first.body.events, ...second.body.events];
    expect(copy.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);
    expect(firstBreak(copy)).toBeNull();
    const { hash, seq } = copy[4];
    expect((await ask('/audit/head')).body).toEqual({ seq, hash });
    expect((await ask('/audit/events?after=5')).body).toEqual({ events: [], next: null });
  });

  it('gives a hundred entries unless told otherwise', async () => {
    const asked: number[][] = [];
    const entries: AuditRecord['entries'] = async (...given) => {
      asked.push(given);
      return [];
    };
    await (await auditor({ record: { ...kept, entries } }))('/audit/events');
    expect(asked).toEqual([[0, 100]]);
  });

  it.each([
    ['after=0&limit=1', [1]],
    ['after=3&limit=1000', [4, 5]],
    [`after=${Number.MAX_SAFE_INTEGER}`, []],
  ])('takes %s', async (query, seqs) => {
    const { status, body } = await (await auditor())(`/audit/events?${query}`);
    expect(status).toBe(200);
    expect(body.events.map(({ seq }: { seq: number }) => seq)).toEqual(seqs);
  });

  it.each([
    ['after=-1', 'after', '0 to 9007199254740991'],
    ['after=x', 'after', '0 to 9007199254740991'],
    ['after=1e3', 'after', '0 to 9007199254740991'],
    ['after=9007199254740992', 'after', '0 to 9007199254740991'],
    ['limit=0', 'limit', '1 to 1000'],
    ['limit=1001', 'limit', '1 to 1000'],
    ['limit=', 'limit', '1 to 1000'],
    ['limit=2.5', 'limit', '1 to 1000'],
  ])('refuses %s in words', async (query, name, range) => {
    const { status, body } = await (await auditor())(`/audit/events?${query}`);
    const message = `Write ${name} as a whole number from ${range}.`;
    expect([status, body]).toEqual([400, { error: 'bad-input', message }]);
  });

  it.each(['/audit/events', '/audit/head'])('%s is for who shows the token alone', async (path) => {
    for (const shown of ['', 'Bearer wrong', 'audit-me']) {
      const { status, body } = await (await auditor())(path, shown);
      const message = 'Show the audit token: Authorization: Bearer <token>.';
      expect([status, body]).toEqual([401, { error: 'unauthorized', message }]);
    }
  });

  it('is closed without a token', async () => {
    const { status, body } = await (await auditor({ token: undefined }))('/audit/head');
    expect([status, body.message]).toEqual([404, 'This endpoint is closed: AUDIT_TOKEN is not set.']);
  });

  it('says to try again when the database does not answer, and why in the log alone', async () => {
    const logged: string[] = [];
    const logger = pino({ level: 'error' }, { write: (line: string) => void logged.push(line) });
    const head = () => Promise.reject(new Error('postgres://u:hunter2@db is away'));
    const { status, body } = await (await auditor({ record: { ...kept, head }, logger }))('/audit/head');
    const message = 'The record cannot be read now. Try again.';
    expect([status, body]).toEqual([503, { error: 'database', message }]);
    expect(logged.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({
        err: expect.objectContaining({ message: expect.stringContaining('is away') }),
        msg: 'the record could not be read',
      }),
    ]);
  });
});
