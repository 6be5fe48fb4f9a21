import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { handleNext, keepInbox } from '../../src/store/alerts.ts';
import { importanceOf, severityClass } from '../../src/store/importance.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { rowsTouched } from '../helpers/touched.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  await database.pool.query('truncate alert_inbox');
  await turn(1);
});

/** Every fourth turn belongs to who waits longest. */
const turn = (nth: number) => sql`select setval('alert_inbox_turn', ${nth}, false)`.execute(database.db);

async function came(name: string, severity: string, groupKey = name, secondsAgo = 0): Promise<void> {
  const group = { name, groupKey, labels: { severity } };
  await keepInbox(database.pool, group);
  await sql`update alert_inbox set received_at = now() - make_interval(secs => ${secondsAgo})
    where body ->> 'name' = ${name}`.execute(database.db);
}

async function handled(count: number): Promise<string[]> {
  const names: string[] = [];
  const handle = async (_: unknown, body: object) => void names.push((body as { name: string }).name);
  for (let nth = 0; nth < count; nth += 1) await handleNext(database.db, handle, handle);
  return names;
}

const turnTouches = () =>
  rowsTouched(database, 'alert_inbox', (db) => {
    const handle = async () => {};
    return handleNext(db, handle, handle);
  });

describe('the next alert group', () => {
  it('is the most severe one, and among those the one that came first', async () => {
    await came('info', 'info');
    await came('warning 1', 'warning');
    await came('warning 2', 'warning');
    await came('critical', 'critical');
    expect(await handled(5)).toEqual(['critical', 'warning 1', 'warning 2', 'info']);
  });

  it('is the first that came under its key, which is as severe as the most severe that waits under it', async () => {
    await came('other', 'warning');
    await came('fires', 'warning', 'g');
    await came('worse', 'critical', 'g');
    await came('resolved', 'info', 'g');
    expect(await handled(4)).toEqual(['fires', 'worse', 'other', 'resolved']);
  });

  it('rises a severity each minute', async () => {
    await came('info', 'info', 'a', 70);
    await came('warning', 'warning');
    expect(await handled(2)).toEqual(['info', 'warning']);
  });

  it('is a critical one that just came, however long the others have waited', async () => {
    await came('warning', 'warning', 'a', 3_600);
    await came('critical', 'critical');
    expect(await handled(1)).toEqual(['critical']);
  });

  it('is one that has waited long every fourth time, so that no flood of critical ones keeps it waiting', async () => {
    await came('info', 'info', 'a', 3_600);
    for (let nth = 0; nth < 6; nth += 1) await came(`critical ${nth}`, 'critical');
    expect((await handled(5)).indexOf('info')).toBe(3);
  });

  it('is found without a look at those that were handled, or at the others that wait', async () => {
    const fill = (from: number, to: number, handledAt: string | null) =>
      sql`insert into alert_inbox (body, group_key, severity, handled_at)
        select '{}', 'g' || i, 2, ${handledAt}::timestamptz from generate_series(${from}::int, ${to}::int) i`.execute(
        database.db,
      );
    await fill(1, 100, null);
    await database.pool.query('analyze alert_inbox');
    const few = await turnTouches();
    await database.pool.query('truncate alert_inbox');
    await fill(1, 5_000, '2026-01-01');
    await fill(5_001, 10_000, null);
    expect(await turnTouches()).toBeLessThanOrEqual(few * 1.5);
  });

  it('is none when all are handled', async () => {
    await came('one', 'critical');
    await handled(1);
    expect(
      await handleNext(
        database.db,
        async () => {},
        async () => {},
      ),
    ).toBe(false);
  });
});

describe('a severity', () => {
  it.each([
    [0, ['critical', 'Critical ', 'CRIT', 'emergency', 'page', 'P1', 'sev1', 'disaster']],
    [1, ['error', 'major', 'high', 'none', 'purple', '', undefined]],
    [2, ['warning', 'WARN', 'minor', 'p3', 'average']],
    [3, ['info', 'notice', 'low', 'debug', 'P5']],
  ])('of class %i has many names', (expected, names) => {
    expect(names.map(severityClass)).toEqual(names.map(() => expected));
  });

  it('makes its card more important than any findings of a lesser one', () => {
    const order = ['critical', 'error', 'warning', 'info'].flatMap((severity) => [
      importanceOf(severity, 'card'),
      importanceOf(severity, 'findings'),
    ]);
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });
});
