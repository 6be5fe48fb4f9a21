import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { type Bot, CHANNEL, NOOR, OTHER, SAM, startBot } from './bot.ts';
import { until } from './slack.ts';

let database: TestDatabase;
let bot: Bot;
let driver: Bot['workspace']['driver'];
let id: string;
let ts: string;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  bot = await startBot(database);
  driver = bot.workspace.driver;
  bot.flows.offer = {
    ok: true,
    offer: {
      title: 'Redis is down',
      service: { name: 'denis', title: 'Denis' },
      labels: { alertname: 'RedisDown', namespace: 'denis', severity: 'critical' },
      times: ['30m', '1h', '2h'].map((one) => ({ id: one, title: one })),
    },
  };
  id = randomUUID();
  const ref = `alert:${id}`;
  bot.flows.origins.set(ref, {
    ...{ ref, alert: id, service: 'denis', runbook: 'redis-down', parameters: {} },
    place: { channel: CHANNEL },
  });
  ts = await bot.post(
    ref,
    ['silence', 'end-silence'].map((one) => ({ id: one, value: ref })),
  );
});
afterEach(() => bot.stop());

const noor = () => driver.as(NOOR.user);

/** The dialog, once it says how many alerts it would silence. */
async function opened(): Promise<string> {
  const got = await noor().click(CHANNEL, ts, 'silence');
  return (await got.opened(/reach 3 active alerts/)).id;
}

it('Silence asks how long, why and what, and says how many alerts that is now', async () => {
  const got = await noor().click(CHANNEL, ts, 'silence');
  const { title, blocks } = await got.opened(/2 labels reach 3 active alerts/);
  expect(title).toBe('Silence');
  expect(JSON.stringify(blocks)).toContain('alertname=RedisDown');
  expect(bot.flows.of('silenceOffer')).toEqual([[id, NOOR]]);
  expect(bot.flows.of('silenceReach')).toEqual([[id, ['namespace', 'severity']]]);
});

it('is an hour with every label unless somebody chooses otherwise, and always has a reason', async () => {
  const view = await opened();
  expect((await noor().submit(view, {})).ok).toBe(false);
  expect((await noor().submit(view, { reason: '  ' })).ok).toBe(false);
  expect(bot.flows.of('silence')).toEqual([]);
  await noor().submit(view, { reason: 'deployment' });
  expect(await until('a silence', () => bot.flows.of('silence')[0])).toEqual([
    {
      id: expect.any(String),
      alert: id,
      by: NOOR,
      time: '1h',
      labels: ['namespace', 'severity'],
      reason: 'deployment',
    },
  ]);
  expect(driver.modals(NOOR.user)).toEqual([]);
});

it('with fewer labels says anew how many alerts that is, and silences just those', async () => {
  const view = await opened();
  const selected = { selected_options: [{ text: { type: 'plain_text', text: 'x' }, value: 'namespace' }] };
  const values = { labels: ['namespace'] };
  const got = await noor().clickIn(view, 'labels', selected, values);
  await got.opened(/1 labels reach 3 active alerts/);
  await noor().submit(view, { action: '2h', labels: ['namespace'], reason: 'deployment' });
  const [request] = await until('a silence', () => bot.flows.of('silence')[0]);
  expect(request).toMatchObject({ time: '2h', labels: ['namespace'] });
});

it('says in the dialog why it could not be', async () => {
  bot.flows.answers.silence = { ok: false, says: 'Not silenced: Alertmanager refused: no.' };
  const got = await noor().submit(await opened(), { reason: 'deployment' });
  await got.opened(/Not silenced: Alertmanager refused: no\./);
});

it('opens no dialog where there is nothing to silence', async () => {
  bot.flows.offer = { ok: false, says: 'Somebody has silenced this alert already.' };
  const got = await noor().click(CHANNEL, ts, 'silence');
  await got.ephemeral('Somebody has silenced this alert already.');
  expect(driver.modals(NOOR.user)).toEqual([]);
});

it('counts on its own message alone', async () => {
  const view = await opened();
  const moved = await noor()
    .click(OTHER, ts, 'end-silence')
    .catch(() => null);
  expect(moved).toBeNull();
  await database.pool.query('update message set key = $1, payload = $2', ['alert:other', '{}']);
  const got = await noor().submit(view, { reason: 'deployment' });
  await got.opened(/out of date/);
  expect(bot.flows.of('silence')).toEqual([]);
});

it('End silence ends it, or says to the person alone why not', async () => {
  bot.flows.answers.endSilence = { ok: false, says: 'It is still silenced: no.' };
  const got = await driver.as(SAM.user).click(CHANNEL, ts, 'end-silence');
  await got.ephemeral('It is still silenced: no.');
  expect(bot.flows.of('endSilence')).toEqual([[id, SAM]]);
});
