import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import type { PracticeWorkspace } from '../../src/practice/workspace/server.ts';
import type { Message } from '../../src/report/message.ts';
import { messageLink } from '../../src/report/text.ts';
import type { SlackConnection } from '../../src/slack/connection.ts';
import { createDelivery, type Delivery } from '../../src/slack/delivery.ts';
import type { Queries } from '../../src/store/database.ts';
import { placeOf, say, type Wanted } from '../../src/store/messages.ts';
import { keepPicture } from '../../src/store/pictures.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { connect, openWorkspace, PNG, SILENT, until } from './slack.ts';

/** A message that leads to another one of ours, which may not stand in Slack yet. */
const CHANNEL = 'C0DENIS';
const OTHER = 'C0GENERAL';
const BOT = 'U0GUARDIA';

let database: TestDatabase;
let workspace: PracticeWorkspace;
let connection: SlackConnection;
let delivery: Delivery;
let closed: string[];

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  workspace = await openWorkspace();
  connection = await connect(workspace);
  closed = [];
  const metrics = { delivered() {}, failed() {} };
  delivery = createDelivery({
    ...{ database, connection, replica: 'one', logger: SILENT, metrics },
    notPosted: async (key) => void closed.push(key),
  });
  await delivery.start();
});
afterEach(async () => {
  await delivery.stop();
  connection.stop();
  await workspace.stop();
  await database.pool.query('truncate message, picture, pace');
});

const leadingTo = (key: string) => messageLink(key, 'the request');

function state(
  key: string,
  mrkdwn: string,
  { channel = CHANNEL, ...more }: Partial<Wanted> = {},
): Promise<void> {
  return stateIn(database.db, key, mrkdwn, channel, more);
}

function stateIn(
  db: Queries,
  key: string,
  mrkdwn: string,
  channel = CHANNEL,
  more: Partial<Wanted> = {},
): Promise<void> {
  const blocks = [{ type: 'section' as const, text: { type: 'mrkdwn' as const, text: mrkdwn } }];
  return say(db, { key, channel, message: { text: key, blocks }, ...more });
}

/** The words of the message that stands under a key. */
function shown(key: string, channel = CHANNEL): string {
  const found = workspace.driver.messages(channel).find(({ text }) => text === key);
  return JSON.stringify(found?.blocks?.[0] ?? '');
}

async function addressOf(key: string): Promise<string> {
  const place = await placeOf(database.db, key);
  return place ? connection.permalink(place.channel, place.ts, place.threadTs) : 'nowhere';
}

describe('a link to another message', () => {
  it('is its address, where it stands already', async () => {
    await state('request:1', 'Please decide.', { channel: OTHER });
    await delivery.idle();
    await state('plan:1', `It is ${leadingTo('request:1')}.`);
    await delivery.idle();
    expect(shown('plan:1')).toContain(`It is <${await addressOf('request:1')}|the request>.`);
    expect(workspace.driver.calls('chat.update')).toBe(0);
  });

  it('in a thread leads into that thread', async () => {
    await state('root', 'Root.');
    await state('reply', 'Reply.', { thread: { key: 'root' } });
    await delivery.idle();
    await state('plan:1', leadingTo('reply'));
    await delivery.idle();
    expect(shown('plan:1')).toContain(`thread_ts=${(await placeOf(database.db, 'root'))?.ts}`);
  });

  it('is its words alone until then, and becomes a link by itself', async () => {
    await state('plan:1', `It is ${leadingTo('request:1')}.`);
    await workspace.driver.waitFor(() => shown('plan:1').includes('It is the request.'), {
      what: 'the words',
    });
    await state('request:1', 'Please decide.', { channel: OTHER });
    await workspace.driver.waitFor(() => shown('plan:1').includes('/archives/C0GENERAL/'), {
      what: 'the link',
    });
    await delivery.idle();
    expect(shown('plan:1')).toContain(`<${await addressOf('request:1')}|the request>`);
  });

  it('to what was said before it is waited for a moment, so that it needs no edit', async () => {
    await database.db.transaction().execute(async (tx) => {
      await stateIn(tx, 'request:1', 'Please decide.', OTHER);
      await stateIn(tx, 'call:1', leadingTo('request:1'));
    });
    await delivery.idle();
    expect(shown('call:1')).toContain(`<${await addressOf('request:1')}|the request>`);
    expect(workspace.driver.calls('chat.update')).toBe(0);
  });

  it('that two messages have to each other holds up neither, and costs one edit', async () => {
    await database.db.transaction().execute(async (tx) => {
      await stateIn(tx, 'request:1', leadingTo('plan:1'), OTHER);
      await stateIn(tx, 'plan:1', leadingTo('request:1'));
    });
    await delivery.idle();
    expect(shown('plan:1')).toContain(`<${await addressOf('request:1')}|`);
    expect(shown('request:1', OTHER)).toContain(`<${await addressOf('plan:1')}|`);
    expect(workspace.driver.calls('chat.update')).toBe(1);
  });

  it('follows also where nobody saw the posting of its words end', async () => {
    workspace.faults.next('chat.postMessage', 'effect-then-close');
    await state('plan:1', leadingTo('request:1'));
    await until('it is found', async () => (await placeOf(database.db, 'plan:1'))?.ts);
    await state('request:1', 'Please decide.', { channel: OTHER });
    await delivery.idle();
    expect(shown('plan:1')).toContain(`<${await addressOf('request:1')}|`);
  });

  it('to what never comes is given up, and its words stay', async () => {
    await state('plan:1', `It is ${leadingTo('request:1')}.`);
    const { db } = database;
    const row = () => db.selectFrom('message').select(['bare', 'ts']).executeTakeFirstOrThrow();
    await until('its words', async () => (await row()).ts);
    expect(await row()).toMatchObject({ bare: true });
    await sql`update message set attempts = 100, next_attempt_at = now()`.execute(db);
    delivery.wake();
    await delivery.idle();
    expect(await row()).toMatchObject({ bare: false });
    expect(shown('plan:1')).toContain('It is the request.');
  });

  it('stands beside a picture that comes later', async () => {
    const png = new Uint8Array(PNG);
    await keepPicture(database.db, { key: 'chart', png, title: 'Jobs', alt: 'Jobs waiting' });
    const chart = { type: 'image' as const, alt_text: 'Jobs', slack_file: { id: 'picture:chart' } };
    const text = { type: 'mrkdwn' as const, text: leadingTo('request:1') };
    const message: Message = { text: 'plan:1', blocks: [{ type: 'section', text }, chart] };
    await say(database.db, { key: 'plan:1', channel: CHANNEL, message });
    await state('request:1', 'Please decide.', { channel: OTHER });
    await delivery.idle();
    expect(shown('plan:1')).toContain(`<${await addressOf('request:1')}|`);
    const [posted] = workspace.driver.messages(CHANNEL);
    expect(posted?.blocks).toHaveLength(2);
  });

  it('is put in where Guardia writes its own markup, and nowhere else', async () => {
    await state('request:1', 'x', { channel: OTHER });
    await delivery.idle();
    const text = { type: 'plain_text' as const, text: leadingTo('request:1') };
    const message: Message = { text: 'plan:1', blocks: [{ type: 'section', text }] };
    await say(database.db, { key: 'plan:1', channel: CHANNEL, message });
    await delivery.idle();
    expect(shown('plan:1')).toContain('<message:request:1|the request>');
  });

  it('that would make its text longer than Slack takes is left as its words', async () => {
    await state('request:1', 'x', { channel: OTHER });
    await delivery.idle();
    const link = leadingTo('request:1');
    await state('plan:1', `${'x'.repeat(3_000 - link.length)}${link}`);
    await delivery.idle();
    expect(shown('plan:1')).toContain('xthe request');
  });
});

describe('a message that cannot be posted where it is to stand', () => {
  it('is told of each time it was tried', async () => {
    workspace.driver.change.remove(OTHER, BOT);
    await state('request:1', 'Please decide.', { channel: OTHER });
    await delivery.idle();
    expect(closed).toEqual(['request:1']);
  });

  it('is told of when Slack refuses it for good', async () => {
    for (let i = 0; i < 3; i += 1) workspace.faults.next('chat.postMessage', { error: 'not_allowed' });
    await state('request:1', 'Please decide.');
    await delivery.idle();
    expect(closed).toEqual(['request:1']);
  });

  it('is not told of while Slack is only busy, nor once it stands', async () => {
    workspace.faults.next('chat.postMessage', '500');
    await state('request:1', 'Please decide.');
    await delivery.idle();
    workspace.faults.next('chat.update', { error: 'not_in_channel' });
    await state('request:1', 'Decided.');
    await delivery.idle();
    expect(workspace.driver.calls('chat.update')).toBe(1);
    expect(closed).toEqual([]);
  });
});
