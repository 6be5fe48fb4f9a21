import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { KyselyPlugin } from 'kysely';
import type { PracticeWorkspace } from '../../src/practice/workspace/server.ts';
import type { Message } from '../../src/report/message.ts';
import type { SlackConnection } from '../../src/slack/connection.ts';
import { createDelivery, type Delivery } from '../../src/slack/delivery.ts';
import { lookFor } from '../../src/slack/look.ts';
import { placeOf, say, type Wanted } from '../../src/store/messages.ts';
import { release, takeDue } from '../../src/store/outbox.ts';
import { keepPicture } from '../../src/store/pictures.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { connect, openWorkspace, PNG, SILENT, until } from './slack.ts';

const CHANNEL = 'C0DENIS';
const OTHER = 'C0GENERAL';
const BOT = 'U0GUARDIA';

let database: TestDatabase;
let workspace: PracticeWorkspace;
let connection: SlackConnection;
let delivery: Delivery;
let failures: string[];

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(() => database.drop());

beforeEach(async () => {
  workspace = await openWorkspace();
  connection = await connect(workspace);
  failures = [];
  delivery = deliveryOf('replica-1');
  await delivery.start();
});

afterEach(async () => {
  await delivery.stop();
  connection.stop();
  await workspace.stop();
  await database.pool.query('truncate message, picture, pace');
});

function deliveryOf(replica: string, db = database.db): Delivery {
  const metrics = { delivered() {}, failed: (_: string, code: string) => void failures.push(code) };
  return createDelivery({
    database: { db, pool: database.pool },
    connection,
    replica,
    logger: SILENT,
    metrics,
  });
}

/** A database whose word that the first message stands in Slack comes late. */
function holdingBack(until: Promise<void>): KyselyPlugin {
  let held: object | null = null;
  return {
    transformQuery({ node, queryId }) {
      const isIt = node.kind === 'UpdateQueryNode' && JSON.stringify(node).includes('delivered_version');
      if (isIt) held ??= queryId;
      return node;
    },
    async transformResult({ result, queryId }) {
      if (queryId === held) await until;
      return result;
    },
  };
}

function words(text: string): Message {
  return { text, blocks: [{ type: 'section', text: { type: 'mrkdwn', text } }] };
}

function withChart(text: string, key: string): Message {
  const chart = { type: 'image' as const, alt_text: 'Jobs waiting', slack_file: { id: `picture:${key}` } };
  return { text, blocks: [...words(text).blocks, chart] };
}

function state(key: string, text: string, more: Partial<Wanted> = {}): Promise<void> {
  return say(database.db, { key, channel: CHANNEL, message: words(text), ...more });
}

function texts(channel = CHANNEL): string[] {
  return workspace.driver.messages(channel).map((message) => message.text);
}

async function appears(text: string, channel = CHANNEL): Promise<string> {
  const message = await workspace.driver.waitFor(
    (seen) => seen.messages(channel).find((one) => one.text.includes(text)),
    { what: text, timeoutMs: 8_000 },
  );
  return message.ts;
}

describe('delivery', () => {
  it('posts what is said, and edits it when something else is said under the same key', async () => {
    await state('alert:1', 'Redis is down');
    const ts = await appears('Redis is down');
    await state('alert:1', 'Redis is up again');
    await appears('Redis is up again');
    expect(workspace.driver.messages(CHANNEL)).toMatchObject([{ ts, text: 'Redis is up again' }]);
    expect(await placeOf(database.db, 'alert:1')).toEqual({ channel: CHANNEL, ts, threadTs: null });
  });

  it('tells a thread in the order in which it was said, after its first message', async () => {
    await database.db.transaction().execute(async (tx) => {
      await say(tx, { key: 'root', channel: CHANNEL, message: words('root') });
      for (let i = 1; i <= 4; i += 1) {
        const importance = i === 4 ? 0 : 1;
        await say(tx, {
          key: `reply:${i}`,
          channel: CHANNEL,
          thread: { key: 'root' },
          message: words(`reply ${i}`),
          importance,
        });
      }
    });
    await delivery.idle();
    const [root] = workspace.driver.messages(CHANNEL);
    const thread = workspace.driver.messages(CHANNEL, root?.ts).map((message) => message.text);
    expect(thread).toEqual(['root', 'reply 1', 'reply 2', 'reply 3', 'reply 4']);
  });

  it('posts what is important first', async () => {
    await database.db.transaction().execute(async (tx) => {
      for (const importance of [2, 1, 0] as const) {
        await say(tx, {
          key: `m${importance}`,
          channel: CHANNEL,
          message: words(`importance ${importance}`),
          importance,
        });
      }
    });
    await delivery.idle();
    expect(texts()).toEqual(['importance 0', 'importance 1', 'importance 2']);
  });

  it('sends only the newest of many versions, also of one that comes while another is sent', async () => {
    workspace.faults.next('chat.postMessage', '500');
    await state('run:1', 'version 1');
    for (let i = 2; i <= 20; i += 1) await state('run:1', `version ${i}`);
    await delivery.idle();
    expect(texts()).toEqual(['version 20']);
    expect(workspace.driver.calls('chat.update')).toBeLessThan(5);
  });

  it('shares the work with another replica without posting anything twice', async () => {
    const second = deliveryOf('replica-2');
    await second.start();
    for (let i = 0; i < 30; i += 1)
      await state(`m:${i}`, `message ${i}`, { channel: i % 2 ? CHANNEL : OTHER });
    await database.pool.query("update pace set tat = now() - interval '1 minute'");
    const free = setInterval(
      () => void database.pool.query("update pace set tat = now() - interval '1 minute'"),
      20,
    );
    await Promise.all([delivery.idle(), second.idle()]);
    clearInterval(free);
    await second.stop();
    const all = [...texts(CHANNEL), ...texts(OTHER)].sort();
    expect(all).toEqual(Array.from({ length: 30 }, (_, i) => `message ${i}`).sort());
  });

  it('counts an edit as under way that began before the post of its message was seen to end', async () => {
    const seen = Promise.withResolvers<void>();
    await delivery.stop();
    delivery = deliveryOf('replica-2', database.db.withPlugin(holdingBack(seen.promise)));
    await delivery.start();
    await state('alert:1', 'Redis is down');
    await appears('Redis is down');
    workspace.faults.next('chat.update', 'nothing');
    await state('alert:1', 'Redis is up again');
    await until('the edit to begin', () => workspace.driver.calls('chat.update') > 0);
    seen.resolve();
    await delivery.idle();
    expect(texts()).toEqual(['Redis is up again']);
  });

  it('hears of new messages again after the database cut its connections', async () => {
    await database.pool.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()',
    );
    await state('alert:1', 'Redis is down');
    await appears('Redis is down');
  });
});

describe('when Slack fails, delivery', () => {
  it.each(['500', 'html', 'nothing', 'ratelimited'] as const)(
    'posts once after Slack answered %s',
    async (fault) => {
      workspace.faults.next('chat.postMessage', fault);
      await state('alert:1', 'Redis is down');
      await delivery.idle();
      expect(texts()).toEqual(['Redis is down']);
      expect(failures).not.toEqual([]);
    },
  );

  it('does not post again what Slack took before it closed the connection', async () => {
    workspace.faults.next('chat.postMessage', 'effect-then-close');
    await state('alert:1', 'Redis is down');
    await delivery.idle();
    expect(texts()).toEqual(['Redis is down']);
    await state('alert:1', 'Redis is up again');
    await delivery.idle();
    expect(texts()).toEqual(['Redis is up again']);
  });

  it('finds a reply whose posting nobody saw end in its thread', async () => {
    await state('root', 'root');
    const ts = await appears('root');
    workspace.faults.next('chat.postMessage', 'effect-then-close');
    await state('reply', 'reply', { thread: { key: 'root' } });
    await delivery.idle();
    expect(workspace.driver.messages(CHANNEL, ts).map((message) => message.text)).toEqual(['root', 'reply']);
  });

  it('does not take the message of another app that carries the same mark for its own', async () => {
    const { client } = connection;
    const marked = (bot_id: string, ts: string) => ({
      bot_id,
      ts,
      metadata: { event_type: 'guardia', event_payload: { key: 'alert:1', version: 3 } },
    });
    const history = jest.spyOn(client.conversations, 'history');
    const row = { key: 'alert:1', channel: CHANNEL, threadTs: null, createdAt: new Date() };
    history.mockResolvedValueOnce({ ok: true, messages: [marked('B0OTHER', '1.1')] } as never);
    expect(await lookFor(connection, row)).toBeNull();
    history.mockResolvedValueOnce({ ok: true, messages: [marked('B0GUARDIA', '1.2')] } as never);
    expect(await lookFor(connection, row)).toEqual({ ts: '1.2', version: 3 });
  });

  it('keeps 429 to the channel it was said for', async () => {
    workspace.faults.next('chat.postMessage', 'ratelimited');
    await state('slow', 'in the busy channel');
    await workspace.driver.waitFor((seen) => seen.calls('chat.postMessage') === 1, { what: 'the 429' });
    await state('fast', 'in the other channel', { channel: OTHER });
    await appears('in the other channel', OTHER);
    expect(texts()).toEqual([]);
    await appears('in the busy channel');
  });

  it('holds off everything else for that channel as long as Slack said', async () => {
    workspace.faults.next('chat.postMessage', 'ratelimited');
    await state('first', 'first');
    await workspace.driver.waitFor((seen) => seen.calls('chat.postMessage') === 1, { what: 'the 429' });
    await state('second', 'second', { importance: 0 });
    await appears('second');
    const [refused, next] = workspace.driver.callLog('chat.postMessage');
    expect((next?.at ?? 0) - (refused?.at ?? 0)).toBeGreaterThan(900);
  });

  it('says the text alone when Slack takes no blocks of a message, and says so', async () => {
    workspace.faults.next('chat.postMessage', { error: 'invalid_blocks' });
    await state('alert:1', 'Redis is down');
    await delivery.idle();
    expect(texts()).toEqual([expect.stringMatching(/^Redis is down\n.*cannot be shown/)]);
    expect(failures).toEqual(['invalid_blocks']);
  });

  it('posts a message anew that somebody deleted', async () => {
    await state('alert:1', 'Redis is down');
    workspace.driver.change.deleteMessage(CHANNEL, await appears('Redis is down'));
    await state('alert:1', 'Redis is up again');
    await delivery.idle();
    expect(texts()).toEqual(['Redis is up again']);
  });

  it('waits for a channel that it is not in, and leaves the others alone', async () => {
    workspace.driver.change.remove(CHANNEL, BOT);
    await state('alert:1', 'for later');
    await state('alert:2', 'for now', { channel: OTHER });
    await appears('for now', OTHER);
    await delivery.idle();
    expect(texts()).toEqual([]);
    workspace.driver.change.invite(CHANNEL, BOT);
    await database.pool.query('update message set next_attempt_at = now()');
    delivery.wake();
    await appears('for later');
  });

  it('waits for an archived channel, and says what is new as soon as it is open', async () => {
    workspace.driver.change.archive(CHANNEL);
    await state('alert:1', 'Redis is down');
    await delivery.idle();
    expect(failures).toEqual(['is_archived']);
    workspace.driver.change.archive(CHANNEL, false);
    await state('alert:1', 'Redis is up again');
    await delivery.idle();
    expect(texts()).toEqual(['Redis is up again']);
  });

  it('is not ready while Slack refuses the token, and loses nothing', async () => {
    workspace.faults.next('chat.postMessage', { error: 'token_revoked' });
    await state('alert:1', 'Redis is down');
    await workspace.driver.waitFor((seen) => seen.calls('chat.postMessage') === 1, { what: 'the refusal' });
    await state('alert:2', 'Redis is slow');
    expect(connection.ready()).toBe(false);
    await appears('Redis is down');
    await appears('Redis is slow');
    expect(connection.ready()).toBe(true);
  });
});

describe('killed at the wrong moment, delivery', () => {
  it('finds what it had posted and not noted', async () => {
    await delivery.stop();
    await state('alert:1', 'Redis is down');
    const [row] = await takeDue(database.db, { limit: 1, busy: [], by: 'replica-1' });
    await connection.client.chat.postMessage({
      channel: CHANNEL,
      ...words('Redis is down'),
      blocks: [...words('Redis is down').blocks],
      metadata: { event_type: 'guardia', event_payload: { key: 'alert:1', version: row?.version ?? 0 } },
    });
    await delivery.start();
    await delivery.idle();
    expect(texts()).toEqual(['Redis is down']);
    expect(await placeOf(database.db, 'alert:1')).not.toBeNull();
  });

  it('posts what it had taken and not posted, once', async () => {
    await delivery.stop();
    await state('alert:1', 'Redis is down');
    await takeDue(database.db, { limit: 1, busy: [], by: 'replica-1' });
    await delivery.start();
    await delivery.idle();
    expect(texts()).toEqual(['Redis is down']);
  });

  it('leaves alone what another replica is sending', async () => {
    await delivery.stop();
    await state('alert:1', 'Redis is down');
    await takeDue(database.db, { limit: 1, busy: [], by: 'replica-2' });
    await delivery.start();
    await delivery.idle();
    expect(texts()).toEqual([]);
    await release(database.db, 'replica-2');
    await delivery.idle();
    expect(texts()).toEqual(['Redis is down']);
  });
});

describe('pictures', () => {
  const shown = () =>
    workspace.driver.messages(CHANNEL)[0]?.blocks?.map((block) => (block as { type: string }).type);
  const seen = (types: string[]) =>
    workspace.driver.waitFor(() => JSON.stringify(shown()) === JSON.stringify(types), {
      what: types.join(),
      timeoutMs: 8_000,
    });

  beforeEach(() => keepPicture(database.db, { key: 'chart', png: PNG, title: 'Jobs', alt: 'Jobs waiting' }));

  it('follow the words by an edit', async () => {
    await state('run:1', '', { message: withChart('The queue grows', 'chart') });
    await seen(['section']);
    await seen(['section', 'image']);
    await delivery.idle();
    expect(workspace.driver.calls('files.getUploadURLExternal')).toBe(1);
  });

  it('go with the words when Slack has them already', async () => {
    await state('run:1', '', { message: withChart('The queue grows', 'chart') });
    await delivery.idle();
    await state('run:2', '', { message: withChart('The queue still grows', 'chart'), channel: OTHER });
    await delivery.idle();
    expect(workspace.driver.callLog('chat.postMessage')).toHaveLength(2);
    expect(workspace.driver.messages(OTHER)[0]).toMatchObject({
      edited: false,
      blocks: [{}, { type: 'image' }],
    });
  });

  it.each(['500', 'nothing', 'effect-then-close'] as const)(
    'come after an upload that ended with %s half way',
    async (fault) => {
      workspace.faults.next('upload', fault);
      await state('run:1', '', { message: withChart('The queue grows', 'chart') });
      await seen(['section', 'image']);
    },
  );

  it('do not hold up newer words', async () => {
    workspace.faults.next('files.getUploadURLExternal', 'nothing', 2);
    await state('run:1', '', { message: withChart('The queue grows', 'chart') });
    await appears('The queue grows');
    await state('run:1', '', { message: withChart('The queue shrinks', 'chart') });
    await appears('The queue shrinks');
    expect(shown()).toEqual(['section']);
    await seen(['section', 'image']);
  });

  it('are left out of a message that nobody kept them for', async () => {
    await state('run:1', '', { message: withChart('The queue grows', 'lost') });
    await appears('The queue grows');
    expect(shown()).toEqual(['section']);
  });
});
