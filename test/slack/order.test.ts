import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { PracticeWorkspace } from '../../src/practice/workspace/server.ts';
import type { SlackConnection } from '../../src/slack/connection.ts';
import { createDelivery, type Delivery } from '../../src/slack/delivery.ts';
import { say, type Wanted } from '../../src/store/messages.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { connect, openWorkspace, SILENT, until } from './slack.ts';

/** Order is held within a thread and within an importance, also while Slack fails. */
const CHANNEL = 'C0DENIS';
const CARDS = 20;

let database: TestDatabase;
let workspace: PracticeWorkspace;
let connection: SlackConnection;
let delivery: Delivery;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  await database.pool.query('truncate message, pace');
  workspace = await openWorkspace();
  connection = await connect(workspace);
  delivery = deliveryOf('one');
});
afterEach(async () => {
  jest.restoreAllMocks();
  await delivery.stop();
  connection.stop();
  await workspace.stop();
});

function deliveryOf(replica: string): Delivery {
  const metrics = { delivered() {}, failed() {} };
  return createDelivery({ database, connection, replica, logger: SILENT, metrics });
}

function state(key: string, more: Partial<Wanted> = {}): Promise<void> {
  return say(database.db, {
    key,
    channel: CHANNEL,
    message: { text: key, blocks: [] },
    importance: 4,
    ...more,
  });
}

const texts = (thread?: string) => workspace.driver.messages(CHANNEL, thread).map(({ text }) => text);
const cards = Array.from({ length: CARDS }, (_, nth) => `card ${nth}`);

/** Slack's own limits are not what is tried here. */
function withoutPace(): () => void {
  const timer = setInterval(
    () => void database.pool.query('update pace set tat = least(tat, now())').catch(() => {}),
    10,
  );
  return () => clearInterval(timer);
}

async function allStand(count: number): Promise<void> {
  const free = withoutPace();
  await until(`${count} messages`, () => texts().length >= count).finally(free);
}

describe('cards of one importance stand in the order in which they were said', () => {
  it.each(['500', 'html', 'nothing', 'effect-then-close', 'ratelimited'] as const)(
    'also when Slack answers now and then with %s',
    async (fault) => {
      for (const card of cards) await state(card);
      const { postMessage } = connection.client.chat;
      let call = 0;
      jest.spyOn(connection.client.chat, 'postMessage').mockImplementation((asked) => {
        call += 1;
        if (call % 7 === 2) workspace.faults.next('chat.postMessage', fault);
        return postMessage.call(connection.client.chat, asked);
      });
      await delivery.start();
      await allStand(CARDS);
      expect(texts()).toEqual(cards);
    },
    20_000,
  );

  it('also when two replicas share the work', async () => {
    for (const card of cards) await state(card);
    const two = deliveryOf('two');
    workspace.faults.next('chat.postMessage', '500', 3);
    await Promise.all([delivery.start(), two.start()]);
    await allStand(CARDS);
    await two.stop();
    expect(texts()).toEqual(cards);
  }, 20_000);

  it('and so do the replies of a thread', async () => {
    await state('root');
    for (const card of cards.slice(0, 6)) await state(card, { thread: { key: 'root' } });
    workspace.faults.next('chat.postMessage', '500', 2);
    await delivery.start();
    const free = withoutPace();
    const root = await until('the root', () => workspace.driver.messages(CHANNEL)[0]?.ts);
    workspace.faults.next('chat.postMessage', 'nothing');
    await until('the replies', () => texts(root).length === 7).finally(free);
    expect(texts(root)).toEqual(['root', ...cards.slice(0, 6)]);
  }, 20_000);
});

describe('a message that Slack never takes', () => {
  /** Slack fails on this one alone. */
  function poisoned(key: string, failure: object): void {
    const { postMessage } = connection.client.chat;
    jest.spyOn(connection.client.chat, 'postMessage').mockImplementation((asked) => {
      if ((asked as { text?: string }).text === key)
        return Promise.reject(Object.assign(new Error('no'), failure));
      return postMessage.call(connection.client.chat, asked);
    });
  }

  it('keeps its place at first, then lets the others go on', async () => {
    poisoned('card 0', { code: 'ECONNRESET' });
    await state('card 0');
    await state('card 1');
    await delivery.start();
    const row = () =>
      database.db.selectFrom('message').selectAll().where('key', '=', 'card 0').executeTakeFirstOrThrow();
    await until('two tries', async () => (await row()).strikes >= 2);
    expect(texts()).toEqual([]);
    await database.db.updateTable('message').set({ strikes: 7 }).where('key', '=', 'card 0').execute();
    await until('the next one', () => texts().length > 0);
    expect(texts()).toEqual(['card 1']);
    expect(await row()).toMatchObject({ passable: true, given_up: false, ts: null });
  });

  it('keeps its place while Slack cannot even be looked into', async () => {
    poisoned('card 0', { code: 'ECONNRESET' });
    jest.spyOn(connection.client.conversations, 'history').mockRejectedValue(new Error('no'));
    await state('card 0');
    await delivery.start();
    const row = () =>
      database.db.selectFrom('message').selectAll().where('key', '=', 'card 0').executeTakeFirstOrThrow();
    await until('three tries', async () => (await row()).attempts >= 3);
    expect((await row()).strikes).toBe(1);
  });

  it('does not keep what is more important waiting', async () => {
    poisoned('card 0', { code: 'ECONNRESET' });
    await state('card 0');
    await delivery.start();
    await until('a try', async () => {
      const row = await database.db.selectFrom('message').select('attempts').executeTakeFirstOrThrow();
      return row.attempts > 0;
    });
    await state('critical', { importance: 0 });
    await until('the critical one', () => texts().length > 0);
    expect(texts()).toEqual(['critical']);
  });
});

it('what a delivery that the database cut off had taken is taken again at once', async () => {
  await state('card 0');
  const broken = new Error('Connection terminated unexpectedly');
  const take = jest.spyOn(connection.client.chat, 'postMessage').mockImplementationOnce(async () => {
    await database.pool.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()',
    );
    throw broken;
  });
  await delivery.start();
  await until('the card', () => texts().length > 0);
  expect(take).toHaveBeenCalledTimes(2);
}, 20_000);
