import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { firstBreak } from '../../src/audit/chain.ts';
import { auditEntries } from '../../src/store/audit.ts';
import { alertGroup, purge, restart } from '../helpers/asked.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { SAM, startTestHouse, type TestHouse } from '../helpers/house.ts';
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

/** What PostgreSQL does not take as it is: NUL, half a character; and what only looks like it. */
const odd = 'a\u0000b\ud800c\\u0000d';

describe('text that a database refuses, as any system may say it,', () => {
  it('does not keep a diagnosis from its end', async () => {
    house.steps.sees = { queue: odd, workers: [] };
    await house.flows.takeAlert(alertGroup('g1'));
    const { id } = await rows.alert('g1');
    await house.says(`alert:${id}`, (text) => text.includes('o worker answers'));
  });

  it('does not keep a run from its end, and the record stays whole', async () => {
    house.steps.failWith = new Error(`it said ${odd}`);
    await house.flows.remediate(restart, 'r1');
    await rows.reaches('failed');
    const entries = await auditEntries(database.db, 0, 100);
    expect(JSON.stringify(entries)).toContain(JSON.stringify('it said ab\ufffdc\\u0000d').slice(1, -1));
    expect(firstBreak(entries)).toBeNull();
  });

  it('may stand in a plan, which is approved as it is stored', async () => {
    house.steps.preview = async () => ({ what: odd, evidence: [{ label: odd, text: odd }] });
    house.steps.fingerprint = async () => ({ substance: { waiting: 1, name: odd } });
    await expect(house.flows.remediate(purge, 'r1')).resolves.toEqual({ ok: true });
    const { id, digest } = await rows.plan();
    await expect(house.flows.approve({ plan: id, digest, by: SAM })).resolves.toEqual({ ok: true });
    await rows.reaches('done');
  });
});
