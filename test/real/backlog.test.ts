import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { openScene, type Scene } from './helpers/shop-scene.ts';
import { tell } from './helpers/shop-story.ts';
import { until } from './servers/process.ts';

/** The real bot among 20,000 messages and 3,000 alert groups that wait, at the pace that Slack allows. */
const MESSAGES = 20_000;
const GROUPS = 3_000;
const STOPS_WITHIN_MS = 25_000;

let scene: Scene;

beforeAll(async () => {
  scene = await openScene();
  const { db } = scene.database;
  await sql`drop trigger no_pace on pace`.execute(db);
  await sql`
    insert into message (key, channel, payload, importance, wanted_at)
    select 'old:' || i, 'C0DENIS', jsonb_build_object('text', 'old ' || i, 'blocks', '[]'::jsonb), 4,
           now() - interval '1 hour' from generate_series(1, ${MESSAGES}) i`.execute(db);
  const labels = { alertname: 'Unheard', severity: 'warning' };
  const alert = {
    status: 'firing',
    labels,
    annotations: {},
    startsAt: new Date().toISOString(),
    endsAt: null,
  };
  const group = {
    ...{ status: 'firing', receiver: 'guardia', labels, annotations: {}, truncated: 0, externalURL: null },
    alerts: [{ ...alert, fingerprint: 'f', generatorURL: null }],
  };
  await sql`
    insert into alert_inbox (body, group_key, severity)
    select ${JSON.stringify(group)}::jsonb || jsonb_build_object('groupKey', 'g' || i), 'g' || i, 2
    from generate_series(1, ${GROUPS}) i`.execute(db);
}, 60_000);
afterAll(() => scene.stop(), 30_000);

const texts = () => scene.driver.messages('C0DENIS').map(({ text }) => text);
const old = () => texts().filter((text) => text.startsWith('old '));
const numbers = () => old().map((text) => Number(text.slice(4)));

async function counted(): Promise<{ groups: number; messages: number; cards: number; handled: number }> {
  const { rows } = await sql<{ groups: number; messages: number; cards: number; handled: number }>`
    select (select count(*)::int from alert_inbox) as groups,
      (select count(*)::int from alert_inbox where handled_at is not null and group_key like 'g%') as handled,
      (select count(*)::int from message where key like 'old:%') as messages,
      (select count(*)::int from message join alert on message.key = 'alert:' || alert.id
       where alert.group_key like 'g%') as cards`.execute(scene.database.db);
  const [first] = rows;
  if (!first) throw new Error('nothing was counted');
  return first;
}

it('a critical alert is shown before all that waits', async () => {
  await scene.start();
  const story = tell(scene, 'critical');
  await until('the first old message', async () => old().length > 0);
  const before = old().length;
  await story.fire();
  await story.alert();
  expect(old().length - before).toBeLessThanOrEqual(8);
});

it('told to stop while Slack does not answer, it ends in time, and the next process loses nothing', async () => {
  scene.faults.next('*', 'nothing', 10_000);
  const calls = scene.driver.calls('chat.postMessage');
  await until('a post that hangs', async () => scene.driver.calls('chat.postMessage') > calls);
  const begun = performance.now();
  expect(await scene.bot.terminate()).toBe(0);
  expect(performance.now() - begun).toBeLessThan(STOPS_WITHIN_MS);
  const { groups, messages, cards, handled } = await counted();
  expect({ groups, messages }).toEqual({ groups: GROUPS + 1, messages: MESSAGES });
  expect(cards).toBe(handled);
  scene.faults.clear();
  const stood = old().length;
  await scene.start();
  await until('the next old message', async () => old().length > stood + 2);
  expect(numbers()).toEqual(numbers().map((_, index) => index + 1));
}, 90_000);
