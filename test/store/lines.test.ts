import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import type { Importance } from '../../src/store/importance.ts';
import { say, type Wanted } from '../../src/store/messages.ts';
import { delivered, nextDueIn, putOff, takeDue } from '../../src/store/outbox.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { rowsTouched } from '../helpers/touched.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());
beforeEach(() => database.pool.query('truncate message, pace'));

const CHANNEL = 'C1';

async function said(key: string, importance: Importance, more: Partial<Wanted> = {}): Promise<void> {
  await say(database.db, { key, channel: CHANNEL, message: { text: key, blocks: [] }, importance, ...more });
}

/** As if it had been said so long ago. */
async function waits(key: string, seconds: number): Promise<void> {
  await sql`update message set wanted_at = now() - make_interval(secs => ${seconds}) where key = ${key}`.execute(
    database.db,
  );
}

/** The turn that the channel's line takes next: every fourth belongs to who waits longest. */
async function turn(nth: number): Promise<void> {
  await sql`insert into pace (key, tat, turn) values (${`post:${CHANNEL}`}, now() - interval '1 minute', ${nth})
    on conflict (key) do update set turn = excluded.turn`.execute(database.db);
}

const take = async (by = 'r') =>
  (await takeDue(database.db, { limit: 16, busy: [], by })).map(({ key }) => key);

async function postedInOrder(count: number): Promise<string[]> {
  const keys: string[] = [];
  for (let nth = 1; nth <= count; nth += 1) {
    await turn(nth);
    const [key] = await take();
    if (key === undefined) break;
    await delivered(database.db, key, { version: 1, ts: `1.${nth}`, bare: false });
    keys.push(key);
  }
  return keys;
}

const putOffFor = (key: string, seconds: number, more: object = {}) =>
  putOff(database.db, key, { seconds, error: 'http_500', uncertain: true, ...more });

describe('the next message of a channel', () => {
  it('is the most important one, and among those the one that was said first', async () => {
    await said('warning 1', 4);
    await said('warning 2', 4);
    await said('critical 1', 0);
    await said('critical 2', 0);
    expect(await postedInOrder(4)).toEqual(['critical 1', 'critical 2', 'warning 1', 'warning 2']);
  });

  it('is a critical one that was just said, however long the others have waited', async () => {
    await said('warning', 4);
    await waits('warning', 3_600);
    await said('critical', 0);
    expect((await postedInOrder(1))[0]).toBe('critical');
  });

  it('rises a severity each minute below what is critical', async () => {
    await said('info', 6);
    await waits('info', 70);
    await said('warning', 4);
    expect(await postedInOrder(2)).toEqual(['info', 'warning']);
  });

  it('stays behind a more severe one until it has waited for a minute', async () => {
    await said('info', 6);
    await waits('info', 50);
    await said('warning', 4);
    expect(await postedInOrder(2)).toEqual(['warning', 'info']);
  });

  it('is one that has waited long every fourth time, so that no flood of critical ones keeps it waiting', async () => {
    await said('info', 6);
    await waits('info', 3_600);
    for (let nth = 0; nth < 8; nth += 1) await said(`critical ${nth}`, 0);
    expect((await postedInOrder(5)).indexOf('info')).toBe(3);
  });

  it('is the first of a thread when an important reply waits for it', async () => {
    for (let nth = 0; nth < 3; nth += 1) await said(`card ${nth}`, 4);
    await said('finding', 5, { thread: { key: 'card 2' } });
    await said('call', 0, { thread: { key: 'card 2' } });
    expect(await postedInOrder(5)).toEqual(['card 2', 'finding', 'call', 'card 0', 'card 1']);
  });

  it('is never a reply whose thread does not stand, whatever else there is', async () => {
    await said('card', 4);
    await said('reply', 0, { thread: { key: 'card' } });
    await sql`update message set given_up = true where key = 'card'`.execute(database.db);
    await said('other', 4);
    expect(await postedInOrder(3)).toEqual(['other']);
  });

  it('is in order also in a thread that only Slack knows', async () => {
    await said('first', 4, { thread: { ts: '9.9' } });
    await said('second', 0, { thread: { ts: '9.9' } });
    await said('elsewhere', 1, { thread: { ts: '8.8' } });
    expect(await postedInOrder(3)).toEqual(['first', 'second', 'elsewhere']);
  });
});

describe('a message that could not be posted yet', () => {
  it('holds back what is no more important in its channel, and nothing else', async () => {
    await said('failing', 2);
    await said('equal', 2);
    await said('lesser', 4);
    await said('other channel', 4, { channel: 'C2' });
    await putOffFor('failing', 60);
    expect(await take()).toEqual(['other channel']);
    await said('critical', 0);
    expect(await take()).toEqual(['critical']);
  });

  it('holds nobody back when it is passable', async () => {
    await said('failing', 2);
    await said('equal', 2);
    await putOffFor('failing', 60, { passable: true });
    expect(await take()).toEqual(['equal']);
  });

  it('takes its place again once its time has come', async () => {
    await said('failing', 2);
    await said('equal', 2);
    await putOffFor('failing', 0, { passable: true });
    expect(await take()).toEqual(['failing']);
  });

  it('holds nobody back once it is given up', async () => {
    await said('failing', 2);
    await said('equal', 2);
    await putOffFor('failing', 60, { giveUp: true });
    expect(await take()).toEqual(['equal']);
  });

  it('holds the others back while another replica posts it', async () => {
    await said('first', 2);
    await said('second', 2);
    expect(await take('one')).toEqual(['first']);
    expect(await take('two')).toEqual([]);
  });

  it('says when the next one is due', async () => {
    await said('failing', 2);
    await said('lesser', 4);
    await putOffFor('failing', 20);
    expect(await nextDueIn(database.db, [])).toBeGreaterThan(19_000);
    await said('critical', 0);
    expect(await nextDueIn(database.db, [])).toBe(0);
    expect(await nextDueIn(database.db, [CHANNEL])).toBeNull();
  });

  it('says when it is due itself, where it is passable', async () => {
    await said('closed', 2);
    await putOffFor('closed', 15, { passable: true });
    const ms = await nextDueIn(database.db, []);
    expect(ms).toBeGreaterThan(14_000);
    expect(ms).toBeLessThanOrEqual(15_000);
  });
});

describe('edits', () => {
  it('are taken as many as Slack lets through, the most important first', async () => {
    await sql`insert into message (key, channel, payload, importance, ts, version, delivered_version)
      select 'e' || i, 'C1', '{"text":"","blocks":[]}', 4, i || '.1', 2, 1 from generate_series(1, 30) i`.execute(
      database.db,
    );
    await sql`update message set importance = 0 where key = 'e17'`.execute(database.db);
    await sql`insert into pace (key, tat) values ('chat.update', now() + interval '10 seconds')`.execute(
      database.db,
    );
    const keys = await take();
    expect(keys).toHaveLength(3);
    expect(keys).toContain('e17');
  });
});

describe('a look at what waits', () => {
  const look = () =>
    rowsTouched(database, 'message', async (db) => {
      await takeDue(db, { limit: 1, busy: [], by: 'r' });
      await nextDueIn(db, []);
    });

  const fill = (count: number, what: string) =>
    sql`insert into message (key, channel, thread_key, payload, importance, ts, version, delivered_version)
      select 'n' || i, 'C' || i % 3, null, '{"text":"","blocks":[]}', 4 + i % 2, ${what === 'edits' ? sql`i || '.1'` : sql`null`},
        2, ${what === 'edits' ? 1 : 0} from generate_series(1, ${count}) i`.execute(database.db);

  const replies = (count: number) =>
    sql`insert into message (key, channel, thread_key, payload, importance)
      select 'r' || i, 'C' || i % 3, 'n' || i, '{"text":"","blocks":[]}', 5 from generate_series(1, ${count}) i`.execute(
      database.db,
    );

  it.each([
    ['posts', 'before'],
    ['posts', 'after'],
    ['edits', 'before'],
    ['edits', 'after'],
  ])('touches no more rows among 10,000 %s than among 100, %s the table was analyzed', async (what, when) => {
    const analyze = () => (when === 'after' ? database.pool.query('analyze message') : undefined);
    await fill(100, what);
    await analyze();
    const few = await look();
    await database.pool.query('truncate message');
    await fill(10_000, what);
    await analyze();
    expect(await look()).toBeLessThanOrEqual(few * 1.5);
  });

  it('touches no more rows when every message has a reply that waits for it', async () => {
    await fill(100, 'posts');
    await replies(100);
    const few = await look();
    await database.pool.query('truncate message');
    await fill(5_000, 'posts');
    await replies(5_000);
    expect(await look()).toBeLessThanOrEqual(few * 1.5);
  });
});
