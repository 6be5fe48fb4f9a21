import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { MessageView } from '../../src/practice/workspace/protocol.ts';
import type { PracticeWorkspace } from '../../src/practice/workspace/server.ts';
import type { SlackConnection } from '../../src/slack/connection.ts';
import { createDelivery, type Delivery } from '../../src/slack/delivery.ts';
import { createPeople } from '../../src/slack/people.ts';
import { purge } from '../helpers/asked.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { fakePeople, startTestHouse, type TestHouse } from '../helpers/house.ts';
import { testCatalogue, testRunbook, testService } from '../helpers/shop.ts';
import { connect, openWorkspace, SILENT } from '../slack/slack.ts';

/** From the request to what people see in Slack: real flows, real delivery, and the stand-in for Slack. */
const CHANNEL = 'C0DENIS';
const APPROVERS = 'C0GENERAL';
const BOT = 'U0GUARDIA';
const [NOOR, SAM] = ['U0NOOR', 'U0SAM'].map((user) => ({ team: 'T0GUARDIA', user })) as [Person, Person];
type Person = { team: string; user: string };

let database: TestDatabase;
let workspace: PracticeWorkspace;
let connection: SlackConnection;
let delivery: Delivery;
let house: TestHouse;
let free: NodeJS.Timeout;

beforeEach(async () => {
  database = await createTestDatabase();
  workspace = await openWorkspace();
  connection = await connect(workspace);
  const destructive = {
    ...{ by: ['sre'], votes: 1, expires: '15m', 'begin-within': '5m' },
    channel: APPROVERS,
  };
  house = await startTestHouse(database, {
    people: { ...fakePeople(), ...createPeople({ connection }) },
    catalogue: testCatalogue(testService([testRunbook()], { channel: CHANNEL, policies: { destructive } })),
  });
  delivery = createDelivery({
    ...{ database, connection, replica: 'one', logger: SILENT },
    metrics: { delivered() {}, failed() {} },
    notPosted: house.flows.notPosted,
  });
  await delivery.start();
  // Slack's limit of edits is somebody else's test.
  const { pool } = database;
  free = setInterval(() => void pool.query('delete from pace').catch(() => {}), 50);
});
afterEach(async () => {
  clearInterval(free);
  await delivery.stop();
  await house.stop();
  connection.stop();
  await workspace.stop();
  await database.drop();
});

function message(channel: string, words: RegExp, thread?: string): Promise<MessageView> {
  const all = () => workspace.driver.messages(channel, thread);
  return workspace.driver.waitFor(() => all().find((one) => words.test(JSON.stringify(one.blocks))), {
    what: String(words),
  });
}

async function ask(): Promise<{ plan: string; digest: string }> {
  const place = { channel: CHANNEL };
  expect(await house.flows.remediate({ ...purge, by: NOOR, place }, 'r1')).toEqual({ ok: true });
  const { id, digest } = await database.db.selectFrom('plan').selectAll().executeTakeFirstOrThrow();
  return { plan: id, digest };
}

const addressOf = ({ ts }: MessageView, channel: string, thread?: string) =>
  connection.permalink(channel, ts, thread);

describe('a request in the channel of its approvers', () => {
  it('and its thread lead to each other, the direct messages to it, and all say how it ended', async () => {
    const plan = await ask();
    const request = await message(APPROVERS, /please decide/);
    const notice = await message(CHANNEL, /The request/);
    await message(CHANNEL, new RegExp(`<${addressOf(request, APPROVERS)}\\|The request>`));
    await message(APPROVERS, new RegExp(`<${addressOf(notice, CHANNEL)}\\|a thread> of <#${CHANNEL}>`));
    const sam = await connection.client.conversations.open({ users: SAM.user });
    await message(sam.channel?.id ?? '', new RegExp(`<${addressOf(request, APPROVERS)}\\|the request>`));
    await house.flows.approve({ ...plan, by: SAM });
    await message(APPROVERS, /Done.*Approved by <@U0SAM>/);
    await message(CHANNEL, /Done.*Approved by <@U0SAM>/);
    expect(workspace.driver.messages(APPROVERS)).toHaveLength(1);
    expect(workspace.driver.messages(CHANNEL)).toHaveLength(1);
  });

  it('comes to its thread where Guardia is not in that channel, and says so', async () => {
    workspace.driver.change.remove(APPROVERS, BOT);
    const plan = await ask();
    const notice = await message(CHANNEL, /stands here, since Guardia cannot write in <#C0GENERAL>/);
    const request = await message(CHANNEL, /please decide.*cannot write/, notice.ts);
    await message(
      CHANNEL,
      new RegExp(`<${addressOf(request, CHANNEL, notice.ts).replaceAll(/[?]/g, '\\?')}\\|The request>`),
    );
    workspace.driver.change.invite(APPROVERS, BOT);
    await house.flows.approve({ ...plan, by: SAM });
    await message(CHANNEL, /Done.*Approved by <@U0SAM>/, notice.ts);
    await delivery.idle();
    expect(workspace.driver.messages(APPROVERS)).toEqual([]);
  });
});
