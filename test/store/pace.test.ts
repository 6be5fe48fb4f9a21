import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { holdOff, type Pace, postingTo, take, UPDATE } from '../../src/store/pace.ts';
import { begin, finish, forgetReceived } from '../../src/store/received.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

/** As many turns as are to be had at once. */
async function burst(pace: Pace): Promise<number> {
  let turns = 0;
  while ((await take(database.db, pace)) === 0) turns += 1;
  return turns;
}

/** As if everything had happened so much earlier. */
async function later(seconds: number): Promise<void> {
  await database.pool.query('update pace set tat = tat - make_interval(secs => $1)', [seconds]);
}

describe('a pace', () => {
  it('lets a short burst through, then one at a time, and says how long to wait', async () => {
    const pace = postingTo('C1');
    expect(await burst(pace)).toBe(3);
    const wait = await take(database.db, pace);
    expect(wait).toBeGreaterThan(500);
    expect(wait).toBeLessThanOrEqual(1_000);
    await later(1);
    expect(await burst(pace)).toBe(1);
  });

  it('keeps edits below fifty in any minute, also after a rest', async () => {
    let turns = await burst(UPDATE);
    for (let second = 0; second < 59; second += 1) {
      await later(1);
      turns += await burst(UPDATE);
    }
    expect(turns).toBeGreaterThan(40);
    expect(turns).toBeLessThanOrEqual(50);
  });

  it('is counted once for all who take it at the same time', async () => {
    const pace = postingTo('C2');
    const waits = await Promise.all(Array.from({ length: 20 }, () => take(database.db, pace)));
    expect(waits.filter((wait) => wait === 0)).toHaveLength(3);
  });

  it('lets nobody through as long as Slack said to wait, whatever burst was left', async () => {
    const pace = postingTo('C3');
    await holdOff(database.db, pace, 30_000);
    expect(await take(database.db, pace)).toBeGreaterThan(29_000);
    await later(29);
    expect(await take(database.db, pace)).toBeGreaterThan(0);
    await later(1);
    expect(await take(database.db, pace)).toBe(0);
  });
});

describe('a receipt', () => {
  it('is given to one, and to nobody once the work is done', async () => {
    expect(await begin(database.db, 'a', 60)).toBe('yours');
    expect(await begin(database.db, 'a', 60)).toBe('elsewhere');
    await finish(database.db, 'a');
    expect(await begin(database.db, 'a', 60)).toBe('done');
  });

  it('is kept for more than ten minutes, then forgotten', async () => {
    await begin(database.db, 'b', 60);
    await finish(database.db, 'b');
    await database.pool.query("update received set at = now() - interval '11 minutes' where id = 'b'");
    await forgetReceived(database.db, 60);
    expect(await begin(database.db, 'b', 60)).toBe('done');
    await database.pool.query("update received set at = now() - interval '61 minutes' where id = 'b'");
    await forgetReceived(database.db, 60);
    expect(await begin(database.db, 'b', 60)).toBe('yours');
  });
});
